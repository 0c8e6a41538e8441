import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Logger } from 'antipode/domain';
import {
  createMigrator,
  frameworkMigrations,
  grantDatabaseRole,
  type MigrationPlan,
  type MigrationScript,
  type Migrator,
  quoteIdentifier,
  readMigrationFolder,
} from 'antipode/dsql';
import {
  checkMigrations,
  readMigrationModule,
  scriptOf,
  scriptsOfService,
  variablesOf,
} from 'antipode/internal/dsql';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { loadGrammar, refusalOf } from 'antipode-local-dsql/statements';
import { loadService } from '../service/load-service.ts';
import { type MigrateConnection, openMigrateConnection } from './migrate-connection.ts';
import type { MigrateOptions, MigrateRun, MigrateSchemas } from './migrate-options.ts';
import {
  appliedLine,
  grantedLine,
  planLines,
  progressLine,
  statusLines,
} from './migrate-report.ts';

/** The migrations of a run, and its options. */
type Planned = {
  readonly options: MigrateRun & MigrateSchemas;
  readonly migrations: readonly MigrationScript[];
};

type FromPath = Extract<MigrateOptions, { readonly migrations: string }>;

const readMigrations = async (
  { migrations }: FromPath,
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

/** The migrations of a service, or of a folder or a module with those of the framework. */
const readSource = async (options: MigrateOptions, terminal: Terminal): Promise<Planned> => {
  if (options.service === undefined) {
    return { options, migrations: withFramework(options, await readMigrations(options, terminal)) };
  }
  const service = await loadService(terminal.directory, options.service);
  const migrations = await scriptsOfService(service);
  return { options: { ...options, schema: service.schema }, migrations };
};

/** The tables of the framework, and the schema for them where no journal will have made it. */
const frameworkScripts = ({ schema, framework }: MigrateSchemas): readonly MigrationScript[] => {
  if (framework === undefined) return [];
  const ddl = `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(framework)}`;
  return [
    ...(framework === schema ? [] : [{ id: 'antipode-0000-schema', ddl }]),
    ...frameworkMigrations(framework),
  ].map(scriptOf);
};

/** Puts the framework's migrations first, since the service's migrations may refer to them. */
const withFramework = (
  options: FromPath,
  own: readonly MigrationScript[],
): readonly MigrationScript[] => {
  const framework = frameworkScripts(options);
  if (own.some(({ id }) => framework.some((one) => one.id === id))) {
    throw new UsageError(
      `--framework ${options.framework}: ${options.migrations} has the framework's migrations already, leave it out`,
    );
  }
  return [...framework, ...own];
};

/** A value that nothing uses is mostly a name that is misspelt. */
const refuseUnused = (scripts: readonly MigrationScript[], { variables }: MigrateRun): void => {
  const used = new Set(scripts.flatMap(({ statements }) => statements.flatMap(variablesOf)));
  for (const name of variables.keys()) {
    if (!used.has(name)) throw new UsageError(`--set ${name}: no migration uses :'${name}'`);
  }
};

/** The name of this run, which another run prints while it waits for this one. */
const ownerOf = (): string => `${userInfo().username}@${hostname()} ${process.pid} ${randomUUID()}`;

const loggerFor = (print: (line: string) => void): Logger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (message, { reason } = {}) => print(`${message}: ${String(reason)}`),
  error: (message) => print(message),
});

/** The checks that migrations must pass, with a cluster and without. */
const checksOf = (
  { schema, variables }: Planned['options'],
  { environment }: Terminal,
  migrations: readonly MigrationScript[],
) => ({
  migrations,
  schema,
  check: (sql: string) => refusalOf(sql)?.message,
  variables: (name: string) => variables.get(name) ?? environment[name.toUpperCase()],
});

const migratorFor = (
  options: Planned['options'],
  terminal: Terminal,
  connection: MigrateConnection,
  migrations: readonly MigrationScript[],
): Migrator => {
  const print = options.json ? () => undefined : terminal.print;
  return createMigrator({
    ...connection,
    ...checksOf(options, terminal, migrations),
    signal: terminal.interrupted,
    owner: ownerOf(),
    logger: loggerFor(print),
    report: (progress) => print(progressLine(progress)),
  });
};

/** Everything that was found wrong, one line each. */
class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound';
}

/** The schemas in which migrations create tables. */
const schemasOf = ({ schema, framework = schema }: MigrateSchemas): readonly string[] => [
  ...new Set([framework, schema]),
];

/** Grants the role access to all tables of the migrations. */
const grantTo = async (
  options: Planned['options'],
  { connections, retrier }: MigrateConnection,
  deadline: number,
): Promise<void> => {
  if (options.grant === undefined) return;
  for (const schema of schemasOf(options)) {
    await grantDatabaseRole(connections, retrier, { ...options.grant, schema }, deadline);
  }
};

/** Writes a `bigint` as text, since JSON has no large numbers. */
const asText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

const showPlan = (
  { schema, json }: Planned['options'],
  plan: MigrationPlan,
  print: (line: string) => void,
): void => {
  const pending = plan.pending.map(({ id, steps }) => ({
    id,
    statements: steps.map(({ statement }) => statement),
  }));
  for (const line of json ? [JSON.stringify({ schema, pending }, asText)] : planLines(plan)) {
    print(line);
  }
};

const execute = async (
  options: Planned['options'],
  migrator: Migrator,
  connection: MigrateConnection,
  { print, interrupted }: Terminal,
): Promise<void> => {
  const { command, json, schema, timeoutMs, grant } = options;
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
      showPlan(options, await migrator.plan(deadline), print);
      return;
    }
    case 'up': {
      const applied = await migrator.run(deadline);
      interrupted.throwIfAborted();
      await grantTo(options, connection, deadline);
      show({ schema, applied, ...(grant ? { granted: grant.role } : {}) }, [
        appliedLine(applied),
        ...(grant ? [grantedLine(schemasOf(options), grant.role)] : []),
      ]);
    }
  }
};

/**
 * `antipode migrate`: reads migrations, connects, and does what was asked for.
 *
 * @throws {Error} with one line for each thing that is wrong; the reason of the interruption when
 * it came before.
 */
export const runMigrate = async (given: MigrateOptions, terminal: Terminal): Promise<void> => {
  const [{ options, migrations }] = await Promise.all([readSource(given, terminal), loadGrammar()]);
  refuseUnused(migrations, options);
  if (options.target === undefined) {
    showPlan(options, checkMigrations(checksOf(options, terminal, migrations)), terminal.print);
    return;
  }
  const connection = await openMigrateConnection(options.target, options, terminal);
  try {
    const migrator = migratorFor(options, terminal, connection, migrations);
    await execute(options, migrator, connection, terminal);
  } finally {
    await connection.connections.close();
  }
};
