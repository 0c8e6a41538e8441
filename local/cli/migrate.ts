import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import {
  createMigrator,
  type MigrationScript,
  type Migrator,
  readMigrationFolder,
  readMigrationModule,
  variablesOf,
} from '../../src/adapters/dsql/index.ts';
import type { Logger } from '../../src/domain/kernel/index.ts';
import { loadGrammar, refusalOf } from '../dsql/statements/index.ts';
import { type MigrateConnection, openMigrateConnection } from './migrate-connection.ts';
import type { MigrateOptions } from './migrate-options.ts';
import { appliedLine, planLines, progressLine, statusLines } from './migrate-report.ts';
import { UsageError } from './options.ts';
import type { Terminal } from './terminal.ts';

const readMigrations = async (
  { migrations }: MigrateOptions,
  { directory }: Terminal,
): Promise<readonly MigrationScript[]> => {
  const path = resolve(directory, migrations);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new Error(`--migrations ${migrations}: there is no such folder or module`);
  }
  if (path.endsWith('.sql'))
    throw new Error(`--migrations ${migrations}: give the folder it is in`);
  return found.isDirectory() ? readMigrationFolder(path) : readMigrationModule(path);
};

/** A value that nothing uses is mostly a name that is misspelt. */
const refuseUnused = (scripts: readonly MigrationScript[], { variables }: MigrateOptions): void => {
  const used = new Set(scripts.flatMap(({ statements }) => statements.flatMap(variablesOf)));
  for (const name of variables.keys()) {
    if (!used.has(name)) throw new UsageError(`--set ${name}: no migration uses :'${name}'`);
  }
};

/** Names the run for whoever waits for it. */
const ownerOf = (): string => `${userInfo().username}@${hostname()} ${process.pid} ${randomUUID()}`;

const loggerFor = (print: (line: string) => void): Logger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (message, { reason } = {}) => print(`${message}: ${String(reason)}`),
  error: (message) => print(message),
});

const migratorFor = (
  options: MigrateOptions,
  terminal: Terminal,
  connection: MigrateConnection,
  migrations: readonly MigrationScript[],
): Migrator => {
  const print = options.json ? () => undefined : terminal.print;
  const { environment, interrupted: signal } = terminal;
  const { schema } = options;
  return createMigrator({
    ...connection,
    ...{ migrations, schema, signal },
    owner: ownerOf(),
    logger: loggerFor(print),
    check: (sql) => refusalOf(sql)?.message,
    variables: (name) => options.variables.get(name) ?? environment[name.toUpperCase()],
    report: (progress) => print(progressLine(progress)),
  });
};

/** Everything that was found wrong, one line each. */
class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound';
}

const execute = async (
  { command, json, schema, timeoutMs }: MigrateOptions,
  migrator: Migrator,
  print: (line: string) => void,
): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  const show = (value: unknown, lines: readonly string[]): void => {
    for (const line of json ? [JSON.stringify(value)] : lines) print(line);
  };
  switch (command) {
    case 'status': {
      const plan = await migrator.status(deadline);
      const { statuses, problems } = plan;
      show({ schema, migrations: statuses, problems }, statusLines(plan));
      if (problems.length > 0) throw new ProblemsFound(problems.join('\n'));
      return;
    }
    case 'plan': {
      const plan = await migrator.plan(deadline);
      const pending = plan.pending.map(({ id, steps }) => ({
        id,
        statements: steps.map(({ statement }) => statement),
      }));
      show({ schema, pending }, planLines(plan));
      return;
    }
    case 'up': {
      const applied = await migrator.run(deadline);
      show({ schema, applied }, [appliedLine(applied)]);
    }
  }
};

/**
 * `antipode migrate`: reads migrations, connects, and does what was asked for.
 *
 * @throws {Error} with one line for each thing that is wrong; the reason of the interruption when it came before.
 */
export const runMigrate = async (options: MigrateOptions, terminal: Terminal): Promise<void> => {
  const [migrations] = await Promise.all([readMigrations(options, terminal), loadGrammar()]);
  refuseUnused(migrations, options);
  const connection = await openMigrateConnection(options, terminal);
  try {
    const migrator = migratorFor(options, terminal, connection, migrations);
    await execute(options, migrator, terminal.print);
  } finally {
    await connection.connections.close();
  }
};
