import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { median, ratioSpreadMax, type Series, spreadOf, worst } from './rounds.ts';
import { assertVersions } from './versions.ts';

/**
 * The limit that a bar sets for a series: for its median, unless it is to hold in the worst round
 * as well, as "none" and "always" have to.
 */
export type Bar = ({ readonly atLeast: number } | { readonly atMost: number }) & {
  readonly of?: 'median' | 'worst';
};

type Result = {
  readonly what: string;
  readonly unit: string;
  readonly median: number;
  readonly rounds: Series;
  readonly unsteady: boolean;
  readonly bar?: Bar;
  /** The number that is compared with the bar. */
  readonly judged?: number;
  readonly met?: boolean;
};

/** Collects what a benchmark has found. */
export interface Report {
  /** Prints a line for people. */
  readonly say: (line: string) => void;
  /** Keeps a series for `--json`. */
  readonly keep: (what: string, unit: string, rounds: Series) => void;
  /** Keeps a series, prints whether it meets the bar, and fails the run when it does not. */
  readonly judge: (what: string, unit: string, rounds: Series, bar: Bar) => void;
}

export type BenchmarkOptions = {
  /** Everything, instead of what is done in about three minutes. */
  readonly full: boolean;
  /** Rounds other than the benchmark's own number. */
  readonly rounds: number | undefined;
};

const meets = (value: number, bar: Bar): boolean =>
  'atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost;

const judgedOf = (rounds: Series, bar: Bar): number =>
  bar.of === 'worst' ? worst(rounds, 'atLeast' in bar ? 'smallest' : 'largest') : median(rounds);

const barText = (bar: Bar): string => {
  const limit = 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`;
  return `bar: ${limit}${bar.of === 'worst' ? ' in the worst round' : ''}`;
};

const readArguments = () => {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      full: { type: 'boolean', default: false },
      rounds: { type: 'string' },
    },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds ${values.rounds}: give a whole number from 1`);
  }
  return { json: values.json, full: values.full, rounds };
};

const createReport = () => {
  const results: Result[] = [];
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const add = (what: string, unit: string, rounds: Series, bar?: Bar): void => {
    const unsteady = spreadOf(rounds) > ratioSpreadMax;
    const verdict = (of: Bar) => {
      const judged = judgedOf(rounds, of);
      return { bar: of, judged, met: meets(judged, of) };
    };
    const judgement = bar === undefined ? {} : verdict(bar);
    results.push({ what, unit, median: median(rounds), rounds, unsteady, ...judgement });
  };
  const report: Report = {
    say,
    keep: (what, unit, rounds) => add(what, unit, rounds),
    judge: (what, unit, rounds, bar) => {
      add(what, unit, rounds, bar);
      const value = judgedOf(rounds, bar);
      const digits = Math.abs(value) >= 1000 ? 0 : 2;
      const verdict = meets(value, bar) ? 'met   ' : 'MISSED';
      const mark = spreadOf(rounds) > ratioSpreadMax ? ' [unsteady: spread over 25 %]' : '';
      say(`${verdict} ${what}: ${value.toFixed(digits)} ${unit} (${barText(bar)})${mark}`);
    },
  };
  return { report, results };
};

/**
 * Runs a benchmark as `npm run bench` does: versions first, then the work, then the JSON that was
 * asked for. The process exits with 1 when a bar is missed.
 *
 * @param packages what is compared, each of which must be installed in exactly the version of
 * `package.json`
 */
export const benchmark = async (
  name: string,
  packages: readonly string[],
  work: (report: Report, options: BenchmarkOptions) => Promise<void>,
): Promise<void> => {
  const { json, ...options } = readArguments();
  const { report, results } = createReport();
  const versions = assertVersions(packages);
  report.say(
    `${name}: ${Object.entries(versions)
      .map((entry) => entry.join(' '))
      .join(', ')}`,
  );
  await work(report, options);
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ name, versions, results }, null, 2)}\n`);
  }
  process.exitCode = results.some(({ met }) => met === false) ? 1 : 0;
};
