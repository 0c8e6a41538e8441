import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Area } from './areas.ts';

const folder = import.meta.dirname;
const root = join(folder, '../..');

/** A mutant after its run. */
export type Mutant = {
  readonly file: string;
  readonly line: number;
  /** The line of the source where it begins, without surrounding white space. */
  readonly sourceLine: string;
  readonly mutator: string;
  /** The mutated part of the source. */
  readonly original: string;
  readonly replacement: string;
  /** Whether a test noticed it; a test that no longer ends has noticed it. */
  readonly noticed: boolean;
};

type Place = { readonly line: number; readonly column: number };
type Report = {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: string;
        readonly mutants: readonly {
          readonly mutatorName: string;
          readonly replacement: string;
          readonly status: string;
          readonly location: { readonly start: Place; readonly end: Place };
        }[];
      }
    >
  >;
};

const silent = () => undefined;
const logger = {
  debug: silent,
  info: silent,
  warn: silent,
  isDebugEnabled: () => false,
};

/** Keys of every mutant of the sources, as the plugin names them. */
const listMutants = async (files: readonly string[]): Promise<readonly string[]> => {
  const { offered } = await import('./sampled-mutators.ts');
  const from = offered.length;
  const address = new URL(
    './node_modules/@stryker-mutator/instrumenter/dist/src/index.js',
    import.meta.url,
  );
  const { Instrumenter } = await import(address.href);
  const sources = files.map((file) => ({
    name: join(root, file),
    mutate: true,
    content: readFileSync(join(root, file), 'utf8'),
  }));
  await new Instrumenter(logger).instrument(sources, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  });
  return offered.slice(from);
};

/** The order of a draw that the seed decides: the same for everybody, and chosen by nobody. */
const drawn = (seed: string, key: string): string =>
  createHash('sha256').update(`${seed} ${key}`).digest('hex');

const sampleOf = (keys: readonly string[], count: number, seed: string): readonly string[] =>
  keys
    .map((key) => ({ key, order: drawn(seed, key) }))
    .sort((one, other) => (one.order < other.order ? -1 : 1))
    .slice(0, count)
    .map(({ key }) => key);

const configurationOf = (files: readonly string[], report: string): object => ({
  mutate: files,
  testRunner: 'vitest',
  plugins: [
    join(folder, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js'),
    join(folder, 'sampled-mutators.ts'),
  ],
  vitest: { configFile: 'bench/mutants/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // StrykerJS reads it by TypeScript's old API, which version 7 does not have; nothing here needs
  // it.
  tsconfigFile: 'absent.json',
  // The copies of a run that was ended stay in the last of them.
  ignorePatterns: [
    'dist',
    'cdk.out',
    '.antipode',
    'bench/mutants/node_modules',
    'bench/mutants/.stryker-tmp',
  ],
  tempDirName: join(folder, '.stryker-tmp'),
  // Most tests of a database end within two seconds, also on a busy machine.
  timeoutMS: 20_000,
  // Those that bundle take minutes all together where others use the machine too.
  dryRunTimeoutMinutes: 20,
  reporters: ['json', 'progress-of-sample'],
  jsonReporter: { fileName: report },
});

/** The text between two places, whose lines and columns begin with 1. */
const textBetween = (source: string, start: Place, end: Place): string => {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) => (index === last ? line.slice(0, end.column - 1) : line))
    .map((line, index) => (index === 0 ? line.slice(start.column - 1) : line))
    .join('\n');
};

const mutantsOf = ({ files }: Report): readonly Mutant[] =>
  Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => !['Ignored', 'CompileError'].includes(status))
      .map(({ mutatorName, replacement, status, location: { start, end } }) => ({
        file,
        line: start.line,
        sourceLine: source.split('\n')[start.line - 1]?.trim() ?? '',
        mutator: mutatorName,
        original: textBetween(source, start, end),
        replacement,
        noticed: ['Killed', 'Timeout', 'RuntimeError'].includes(status),
      })),
  );

/**
 * Mutates an area and runs its tests against each mutant.
 *
 * @param sample how many mutants are drawn; all when there are no more.
 * @throws {Error} when StrykerJS fails, such as for tests that fail without a mutant.
 */
export const runArea = async (
  area: Area,
  { sample, seed }: { readonly sample: number; readonly seed: string },
): Promise<{ readonly offered: number; readonly mutants: readonly Mutant[] }> => {
  const files = globSync([...area.mutate], { cwd: root }).sort();
  const keys = await listMutants(files);
  const scratch = mkdtempSync(join(tmpdir(), 'antipode-mutants-'));
  try {
    const chosen = join(scratch, 'chosen.json');
    const report = join(scratch, 'report.json');
    const configuration = join(scratch, 'stryker.config.json');
    writeFileSync(chosen, JSON.stringify(sampleOf(keys, sample, seed)));
    writeFileSync(configuration, JSON.stringify(configurationOf(files, report)));
    const program = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js');
    const child = spawn(process.execPath, [program, 'run', configuration], {
      cwd: root,
      env: {
        ...process.env,
        MUTANTS_CHOSEN: chosen,
        MUTANTS_TESTS: JSON.stringify(area.tests),
      },
      stdio: 'inherit',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`StrykerJS ended with ${code} in the area ${area.name}`);
    const result = JSON.parse(readFileSync(report, 'utf8')) as Report;
    return { offered: keys.length, mutants: mutantsOf(result) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
