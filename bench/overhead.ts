import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchmark } from './support/report.ts';
import { range, type Series } from './support/rounds.ts';

const roundsDefault = 15;
const invocations = 3000;
/** Megabytes of new objects before they are collected: a round makes about a tenth of it. */
const newSpaceMb = 512;
const bars = { us: 10, bytes: 4096 } as const;

/** Each of ours, and the same without it. */
const pairs = [
  ['our handler', 'handler by hand'],
  ['our handler and command', 'handler and command by hand'],
] as const;

type Measured = { readonly name: string; readonly us: number; readonly bytes: number };

const environment = {
  PATH: process.env['PATH'] ?? '',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'bench',
};

const differences = (values: Series, baseline: Series): Series =>
  values.map((value, round) => value - (baseline[round] ?? Number.NaN));

await benchmark(
  'overhead',
  ['@middy/core', '@aws-lambda-powertools/logger', '@aws-lambda-powertools/metrics'],
  async (report, { rounds = roundsDefault }) => {
    const child = fork(
      join(import.meta.dirname, 'overhead/measure.ts'),
      [`${rounds}`, `${invocations}`],
      {
        env: environment,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [
          '--expose-gc',
          `--max-semi-space-size=${newSpaceMb}`,
          `--min-semi-space-size=${newSpaceMb}`,
        ],
      },
    );
    const measured: Measured[] = [];
    child.on('message', (one: Measured) => measured.push(one));
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error('The measuring process has failed');
    const names = [...new Set(measured.map(({ name }) => name))];
    const seriesOf = (name: string, unit: 'us' | 'bytes'): Series =>
      measured.filter((one) => one.name === name).map((one) => one[unit]);
    report.say(
      `warm, ${rounds} rounds of ${invocations} invocations each in turn; CPU of the thread`,
    );
    for (const name of names) {
      const [us, bytes] = [seriesOf(name, 'us'), seriesOf(name, 'bytes')];
      report.say(`  ${name.padEnd(30)} ${range(us, 1)} µs, ${range(bytes, 0)} bytes`);
      report.keep(name, 'µs', us);
      report.keep(name, 'bytes', bytes);
    }
    for (const [name, baseline] of pairs) {
      const us = differences(seriesOf(name, 'us'), seriesOf(baseline, 'us'));
      const bytes = differences(seriesOf(name, 'bytes'), seriesOf(baseline, 'bytes'));
      report.judge(`${name} over ${baseline}`, 'µs', us, { atMost: bars.us });
      report.judge(`${name} over ${baseline}`, 'bytes', bytes, { atMost: bars.bytes });
    }
  },
);
