import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesizeLedger } from '../../infra/ledger/synthesize.ts';
import { at, listOf, ofType } from '../../infra/support/template.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/costs.md'), 'utf8');

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll(/[*,]/g, '').trim());

const rows = page
  .split('\n')
  .filter((line) => /^\| .* a (million|GB|metric|dashboard)/.test(line))
  .map(cellsOf);

/** Columns of quantities; the dollars of each stand behind it. */
const services = { idle: 2, small: 4, busy: 6 } as const;
const commandsOf = { idle: 0, small: 1e6, busy: 100 * 3600 * 730 } as const;
const relayRuns = 2 * 60 * 730;

const row = (name: string): readonly string[] => {
  const found = rows.find(([first]) => first === name);
  if (!found) throw new Error(`The page has no row ${name}`);
  return found;
};

/** A quantity of the page's second table, for one command. */
const ofCommand = (name: string): number => {
  const line = page.split('\n').findLast((one) => one.startsWith(`| ${name} | `));
  return Number(cellsOf(line ?? '')[1]);
};

const templates = Object.values(synthesizeLedger().templates);

describe('the page about costs', () => {
  it.each(Object.keys(services) as (keyof typeof services)[])('adds up for %s', (service) => {
    const column = services[service];
    const dollars = rows.map((cells) => {
      const product = Number(cells[column]) * Number.parseFloat(cells[1] ?? '');
      expect(Number(cells[column + 1]), cells[0]).toBeCloseTo(product, 1);
      return Number(cells[column + 1]);
    });
    expect(dollars.length).toBe(12);
    const sum = page.split('\n').find((line) => line.startsWith('| **all**'));
    const total = Number(cellsOf(sum ?? '')[column + 1]);
    expect(total).toBeCloseTo(
      dollars.reduce((all, one) => all + one, 0),
      2,
    );
  });

  it.each(Object.keys(services) as (keyof typeof services)[])(
    'has the quantities of its second table for %s',
    (service) => {
      const commands = commandsOf[service];
      const quantity = (name: string): number => Number(row(name)[services[service]]);
      const expected = {
        'Lambda requests': (ofCommand('Lambda requests') * commands + relayRuns) / 1e6,
        'Lambda time on arm64':
          (ofCommand('Lambda requests') * ofCommand('seconds of a function with 1 GB') * commands +
            0.1 * relayRuns) /
          1e6,
        'DSQL activity': (ofCommand('DPU') * commands + 0.1 * relayRuns) / 1e6,
        'DSQL storage': (ofCommand('KB stored') * commands) / 1e6,
        'EventBridge events': (ofCommand('events') * commands) / 1e6,
        'EventBridge archive': (ofCommand('KB archived') * commands) / 1e6,
        Scheduler: relayRuns / 1e6,
        logs: (ofCommand('KB of logs') * commands + 1.5 * relayRuns) / 1e6,
      };
      for (const [name, value] of Object.entries(expected)) {
        const rounding = Math.max(0.0006, value * 0.002);
        expect(Math.abs(quantity(name) - value), name).toBeLessThan(rounding);
      }
    },
  );

  it('counts the metrics of the alarms and the dashboards of the templates', () => {
    const alarms = templates.flatMap((template) => ofType(template, 'AWS::CloudWatch::Alarm'));
    const metrics = alarms.map(([, alarm]) => {
      const several = listOf(at(alarm, 'Properties', 'Metrics'));
      return several.filter((one) => at(one, 'MetricStat') !== undefined).length || 1;
    });
    const dashboards = templates.flatMap((one) => ofType(one, 'AWS::CloudWatch::Dashboard'));
    expect(Number(row('metrics that alarms read')[services.idle])).toBe(
      metrics.reduce((all, one) => all + one, 0),
    );
    expect(Number(row('dashboards')[services.idle])).toBe(dashboards.length);
  });
});
