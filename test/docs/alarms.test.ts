import { describe, expect, it } from 'vitest';
import { dlqOptions } from '../../packages/cli/src/commands/dlq/options.ts';
import { bothLogsOptions } from '../../packages/cli/src/commands/logs/options.ts';
import { outboxOptions } from '../../packages/cli/src/commands/outbox/options.ts';
import { statusOptions } from '../../packages/cli/src/commands/status/options.ts';
import { verifyOptions } from '../../packages/cli/src/commands/verify/options.ts';
import { defineService } from '../../src/domain/kernel/index.ts';
import { stacksOf, widest } from '../infra/deployer/template-needs.ts';
import {
  alarmNames,
  alarmSections,
  alarmsPage,
  sectionsOf,
} from '../infra/support/alarm-sections.ts';
import { booking } from '../infra/support/booking.ts';

const [defaults = { name: '', environment: {} }] = widest;

const ordered = defineService({
  ...booking,
  consumers: { occupancy: { on: ['SeatsReserved'], ordered: true } },
});

const alarms = [...widest.flatMap((one) => stacksOf(one)), ...stacksOf(defaults, ordered)].flatMap(
  ({ template }) => alarmNames(template, booking.name),
);

const sections = alarmsPage
  .split(/^## /m)
  .slice(1)
  .map((text) => [text.slice(1, text.indexOf('`', 1)), text] as const);

const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trim().split('\n'));

const commands = commandsIn(alarmsPage).map((line) => line.replace(/\s+#.*$/, ''));

const read = (line: string): unknown => {
  const [, name, ...args] = line.split(/\s+/);
  const at = [...args, '--stack', 'antipode-booking-primary', '--region', 'us-east-1'];
  switch (name) {
    case 'verify':
      return verifyOptions(at);
    case 'status':
      return statusOptions(at);
    case 'logs':
      return bothLogsOptions(at, Date.now());
    case 'dlq':
      return dlqOptions(at);
    case 'outbox':
      return outboxOptions(at, {}, Date.now());
    default:
      throw new Error(`The page shows a command that no test reads: ${line}`);
  }
};

describe('the page about alarms', () => {
  it('has one section for each alarm that a deployment can have', () => {
    expect(new Set(alarms).size).toBeGreaterThan(25);
    const told = [...new Set(alarms)].map((alarm) => [alarm, sectionsOf(alarm).length] as const);
    expect(told.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('has no section for an alarm that no deployment has', () => {
    const used = new Set(alarms.flatMap(sectionsOf));
    expect(alarmSections.filter((section) => !used.has(section))).toEqual([]);
    expect(sectionsOf('relay-loud')).toEqual([]);
  });

  it.each(sections)(
    'says of %s what it is, who feels it, what to do, and when it is over',
    (_, text) => {
      const parts = text.match(/^(?:\* \*\*[A-Za-z ]+|```sh$)/gm);
      expect(parts).toEqual([
        ...['* **Comes when', '* **It means', '* **Felt by', '```sh'],
        ...['* **Usual causes', '* **Over when'],
      ]);
    },
  );

  it.each(commands.filter((line) => line.startsWith('antipode ')))(
    'shows a command that is read, for a stack in AWS too: %s',
    (line) => {
      expect(read(line)).toBeDefined();
    },
  );

  it('marks the commands that need AWS', () => {
    const others = commandsIn(alarmsPage).filter((line) => !line.startsWith('antipode '));
    expect(others.length).toBeGreaterThan(0);
    for (const line of others) expect(line).toMatch(/^aws .* # needs AWS$/);
  });
});
