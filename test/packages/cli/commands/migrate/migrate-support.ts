import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runMigrate } from '../../../../../packages/cli/src/commands/migrate/migrate.ts';
import { migrateOptions } from '../../../../../packages/cli/src/commands/migrate/migrate-options.ts';
import type { Terminal } from '../../../../../packages/local-dsql/src/process/terminal.ts';
import { childEnvironment } from '../../../../support/child-environment.ts';
import type { TestDsql } from '../../../../support/dsql.ts';

const launcher = fileURLToPath(
  new URL('../../../../../packages/cli/bin/antipode.js', import.meta.url),
);

/** The end of a process: its exit code and its output. */
export type Ended = {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
};

export interface RunningMigrate {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** `antipode migrate` as a person runs it against a cluster. */
export interface MigrateCommandLine {
  /** The working directory of the processes. */
  readonly folder: string;
  readonly write: (file: string, text: string) => void;
  /** Starts a process; hears each line that it prints. */
  readonly start: (
    args: string,
    onLine?: (line: string, child: ChildProcess) => void,
  ) => RunningMigrate;
  readonly run: (args: string, environment?: Readonly<Record<string, string>>) => Promise<Ended>;
  /**
   * The same in this process, which is sooner, for a command that succeeds; its error is the line
   * that a person would see.
   */
  readonly runHere: (
    args: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Ended>;
  /** Asks the cluster's PostgreSQL, as superuser. */
  readonly look: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends what still runs, and removes the folder. */
  readonly stop: () => Promise<void>;
}

const noLine = (): void => undefined;

/** @param directory the working directory, where it is not to be an empty one */
export const migrateCommandLine = async (
  dsql: TestDsql,
  directory?: string,
): Promise<MigrateCommandLine> => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-migrate-'));
  writeFileSync(join(folder, 'ca.pem'), dsql.ca);
  const admin = new pg.Client({ ...dsql.postgres });
  await admin.connect();
  const running = new Set<ChildProcess>();
  const target = {
    ...childEnvironment(),
    DSQL_ENDPOINT: dsql.endpoint,
    DSQL_CA: join(folder, 'ca.pem'),
    AWS_REGION: dsql.region,
    AWS_ACCESS_KEY_ID: dsql.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: dsql.credentials.secretAccessKey,
  };

  const launch = (
    args: string,
    onLine: (line: string, child: ChildProcess) => void,
    environment: Readonly<Record<string, string>>,
  ): RunningMigrate => {
    const words = args.split(' ').filter(Boolean);
    const child = spawn(process.execPath, [launcher, 'migrate', ...words], {
      cwd: directory ?? folder,
      env: { ...target, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const lines: string[] = [];
    const errors: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      onLine(line, child);
    });
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
    const ended = once(child, 'close').then(([code]) => {
      running.delete(child);
      return { code: code as number | null, lines, errors };
    });
    return { child, ended };
  };

  return {
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    start: (args, onLine = noLine) => launch(args, onLine, {}),
    run: (args, environment = {}) => launch(args, noLine, environment).ended,
    runHere: async (args, environment = {}) => {
      const lines: string[] = [];
      const errors: string[] = [];
      const terminal: Terminal = {
        directory: folder,
        environment: { ...target, ...environment },
        print: (line) => void lines.push(line),
        warn: (line) => void errors.push(line),
        fail: (line) => void errors.push(line),
        interrupted: new AbortController().signal,
        onExit: () => undefined,
      };
      const options = migrateOptions(args.split(' ').filter(Boolean), terminal.environment);
      if (options) await runMigrate(options, terminal);
      return { code: 0, lines, errors };
    },
    look: async (sql) => (await admin.query(sql)).rows,
    stop: async () => {
      for (const child of running) child.kill('SIGKILL');
      await admin.end();
      rmSync(folder, { recursive: true });
    },
  };
};
