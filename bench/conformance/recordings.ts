import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLocalCertificate,
  type Postgres,
  startDsqlEndpoint,
  startPostgres,
} from '../../packages/local-dsql/src/index.ts';

const region = 'us-east-1';
/** For PostgreSQL as it is, which the runner reaches by TCP. */
const plainPort = 45_434;

type Target = Readonly<Record<string, string>>;
type Scores = ReadonlyMap<string, string>;
type Run = {
  readonly misses: readonly string[];
  readonly scores: Scores;
  readonly passed: boolean;
};

/** `by suite: types 27/27, occ 4/4` as pairs, and the sum of all. */
const readScores = (lines: readonly string[]): Scores => {
  const groups = lines.find((line) => line.startsWith('by suite: ')) ?? '';
  const scores = [...groups.matchAll(/(\w+) (\d+)\/(\d+)/g)];
  const sum = (part: number): number =>
    scores.reduce((total, score) => total + Number(score[part]), 0);
  return new Map([
    ...scores.map(([, group = '', right, all]) => [group, `${right}/${all}`] as const),
    ['all', `${sum(2)}/${sum(3)}`],
  ]);
};

/** Plays all recordings; command tags, columns and rows count as much as outcomes and messages. */
const play = async (runner: string, target: Target): Promise<Run> => {
  const child = spawn(process.execPath, [runner], {
    env: { ...target, GOLDEN_STRICT: '1' },
    // It finds its PostgreSQL client from here.
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const lines = output.split('\n');
  return {
    misses: lines.filter((line) => /^(FAIL|SETUP|CLEANUP) /.test(line)),
    scores: readScores(lines),
    passed: exitCode === 0,
  };
};

const againstDsql = async (runner: string, postgres: Postgres): Promise<Run> => {
  const endpoint = await startDsqlEndpoint({
    region,
    clusterId: 'conformance'.padEnd(26, '0'),
    port: 0,
    postgres,
    certificate: createLocalCertificate([region]),
    credentials: () => undefined,
    auth: false,
  });
  try {
    return await play(runner, { PGPORT: `${endpoint.port}`, PGUSER: 'admin' });
  } finally {
    await endpoint.stop();
  }
};

const againstPostgres = (runner: string, { user, password }: Postgres): Promise<Run> =>
  play(runner, { PGPORT: `${plainPort}`, PGUSER: user, PGPASSWORD: password, PGSSL: 'off' });

const withPostgres = async <T>(
  port: number | undefined,
  work: (postgres: Postgres) => Promise<T>,
): Promise<T> => {
  const postgres = await startPostgres(port === undefined ? {} : { port });
  try {
    return await work(postgres);
  } finally {
    await postgres.stop();
  }
};

const print = (dsql: Run, postgres: Run): void => {
  const row = (...cells: readonly string[]): void =>
    console.log(cells.map((cell) => cell.padEnd(16)).join(''));
  for (const miss of dsql.misses) console.log(miss);
  row('recordings', 'local DSQL', 'PostgreSQL');
  for (const [group, score] of dsql.scores) row(group, score, postgres.scores.get(group) ?? '');
};

/**
 * Plays the recorded answers of a real cluster against the local DSQL, and against PostgreSQL for
 * comparison.
 *
 * @param folder holds the recordings and the program that plays them, which lie outside of the
 * repository.
 * @returns whether every answer is the same; `undefined` when the folder holds no recordings.
 */
export const playRecordings = async (folder: string): Promise<boolean | undefined> => {
  const runner = join(folder, 'run-dsql-observed.mjs');
  if (!existsSync(runner)) return undefined;
  const dsql = await withPostgres(undefined, (postgres) => againstDsql(runner, postgres));
  const postgres = await withPostgres(plainPort, (started) => againstPostgres(runner, started));
  print(dsql, postgres);
  return dsql.passed;
};
