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

/**
 * Each of ours, and the same without it. The bar is the runtime's; a command's work is for the
 * database, which takes far longer.
 */
const pairs = [
  { name: 'our handler', baseline: 'handler by hand', judged: true },
  { name: 'our handler and command', baseline: 'handler and command by hand', judged: false },
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
    for (const { name, baseline, judged } of pairs) {
      for (const [unit, label] of [
        ['us', 'µs'],
        ['bytes', 'bytes'],
      ] as const) {
        const what = `${name} over ${baseline}`;
        const added = differences(seriesOf(name, unit), seriesOf(baseline, unit));
        if (judged) report.judge(what, label, added, { atMost: bars[unit] });
        else {
          report.say(`       ${what}: ${range(added, 1)} ${label}`);
          report.keep(what, label, added);
        }
      }
    }
  },
);
