import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayOptions, sendOptions } from '../../packages/cli/src/commands/bus/options.ts';
import { dlqOptions } from '../../packages/cli/src/commands/dlq/options.ts';
import { outboxOptions } from '../../packages/cli/src/commands/outbox/options.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/repair.md'), 'utf8');

const eventId = '11111111-2222-4333-8444-555555555555';

/** The words of a command as a shell reads them, without its comment. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/\s+#.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.replace(/\bID\b/, eventId).replace(/\s+#.*$/, ''));

const read = ([antipode, name, ...args]: readonly string[]): unknown => {
  expect(antipode).toBe('antipode');
  if (name === 'outbox') return outboxOptions(args, {}, Date.now());
  if (name === 'dlq') return dlqOptions(args);
  const [part, ...others] = args;
  if (part === 'replay') return replayOptions(others, Date.now());
  return sendOptions(others, { service: 'src/service.ts' });
};

describe('the page about finding and redriving events', () => {
  it('shows commands of each kind', () => {
    const kinds = new Set(commands.map((line) => line.split(' ').slice(1, 3).join(' ')));
    expect([...kinds].toSorted()).toEqual([
      ...['dlq discard', 'dlq list', 'dlq redrive', 'dlq show', 'events replay', 'events send'],
      ...['outbox list', 'outbox redrive', 'outbox republish', 'outbox show'],
    ]);
  });

  it.each(commands)('shows a command that is read: %s', (line) => {
    expect(read(wordsOf(line))).toBeDefined();
  });
});
