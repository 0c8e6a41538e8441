import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { Connection } from '../connection/connection.ts';
import { faultOf, serverErrorOf } from '../connection/error-mapping.ts';
import { parameterList } from '../records/statement-texts.ts';
import { begin, commit, proveCommit, rollBack } from '../transaction/transaction-control.ts';
import { quoteIdentifier, type Row, type Statement, statement } from '../wire/statement.ts';
import { checksumOf, type MigrationScript } from './format/migration.ts';
import { type MigrationClient, statementMsMax } from './migration-client.ts';
import type { Journal, JournalEntry, MigrationStep } from './migration-plan.ts';

/** The migrator's own tables in the schema. */
export const migratorTables = ['migration', 'migration_lock', 'migration_statement'] as const;

/** The record of the statements that a migrator has begun and finished. */
export interface MigrationJournal {
  /** Reads the journal, and changes nothing. It is empty where the schema has none. */
  readonly read: (deadline: number) => Promise<Journal>;
  /** Creates the schema and the tables that are missing. */
  readonly prepare: (deadline: number) => Promise<void>;
  /** Notes that a statement is about to be sent: from now on it may have taken effect. */
  readonly begin: (step: MigrationStep, deadline: number) => Promise<void>;
  /** Notes that a statement was begun and has taken no effect. */
  readonly forget: (step: MigrationStep, deadline: number) => Promise<void>;
  readonly finish: (step: MigrationStep, deadline: number) => Promise<void>;
  /**
   * Runs a statement of data and notes it in the same transaction, so that it takes effect once.
   */
  readonly runAndFinish: (step: MigrationStep, deadline: number) => Promise<void>;
  /** Notes that every statement of a migration has finished. */
  readonly complete: (migration: string, deadline: number) => Promise<void>;
  /** Notes the statements of a migration that was applied by a release that did not note them. */
  readonly adopt: (script: MigrationScript, deadline: number) => Promise<void>;
}

/** SQLSTATEs of an object that another process has created in the meantime. */
const alreadyThere: ReadonlySet<string | undefined> = new Set(['42P06', '42P07', '42710', '23505']);

const time = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The statements of the journal in one schema. */
const statementsIn = (schemaName: string) => {
  const schema = quoteIdentifier(schemaName);
  return {
    createSchema: `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    createTables: {
      migration: `CREATE TABLE IF NOT EXISTS ${schema}.migration (
        id text PRIMARY KEY, applied_at timestamptz NOT NULL)`,
      migration_lock: `CREATE TABLE IF NOT EXISTS ${schema}.migration_lock (
        id smallint PRIMARY KEY, owner text NOT NULL, lease_until timestamptz NOT NULL)`,
      migration_statement: `CREATE TABLE IF NOT EXISTS ${schema}.migration_statement (
        migration text NOT NULL,
        statement_index integer NOT NULL,
        checksum text NOT NULL,
        begun_at timestamptz NOT NULL,
        finished_at timestamptz,
        PRIMARY KEY (migration, statement_index))`,
    },
    present: `SELECT c.relname FROM pg_catalog.pg_namespace AS n
      LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname IN (${parameterList(2, migratorTables.length)})
      WHERE n.nspname = $1`,
    applied: `SELECT id, ${time('applied_at')} AS applied_at FROM ${schema}.migration`,
    entries: `SELECT migration, statement_index, checksum, finished_at IS NOT NULL AS finished
      FROM ${schema}.migration_statement`,
    begin: `INSERT INTO ${schema}.migration_statement AS known (migration, statement_index, checksum, begun_at)
      VALUES ($1, $2, $3, now()) ON CONFLICT (migration, statement_index)
      DO UPDATE SET checksum = excluded.checksum, begun_at = excluded.begun_at WHERE known.finished_at IS NULL`,
    forget: `DELETE FROM ${schema}.migration_statement
      WHERE migration = $1 AND statement_index = $2 AND finished_at IS NULL`,
    finished: `SELECT finished_at IS NOT NULL AS finished FROM ${schema}.migration_statement
      WHERE migration = $1 AND statement_index = $2`,
    finish: `UPDATE ${schema}.migration_statement SET finished_at = now()
      WHERE migration = $1 AND statement_index = $2 AND finished_at IS NULL`,
    complete: `INSERT INTO ${schema}.migration (id, applied_at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING`,
    adopt: `INSERT INTO ${schema}.migration_statement (migration, statement_index, checksum, begun_at, finished_at)
      SELECT id, $2, $3, applied_at, applied_at FROM ${schema}.migration WHERE id = $1
      ON CONFLICT (migration, statement_index) DO NOTHING`,
  };
};

/** Runs one transaction of data; `noted` tells whether an earlier attempt has committed. */
const runData = async (
  connection: Connection,
  noted: Statement,
  writes: readonly Statement[],
  deadline: number,
): Promise<void> => {
  let open = true;
  try {
    const found = await connection.flight([begin, noted], deadline);
    if (found.error !== undefined) throw faultOf(found.error, false);
    const row = found.results[1]?.rows[0];
    if (!row) throw new InvariantViolation('The journal has lost what it was told before');
    if (row['finished'] === true) return;
    const flown = await connection.flight([...writes, commit], deadline);
    if (flown.error !== undefined) throw faultOf(flown.error, true);
    proveCommit(flown);
    open = false;
  } finally {
    if (open) rollBack(connection, deadline);
  }
};

const journalOf = (applied: readonly Row[], entries: readonly Row[]): Journal => ({
  applied: new Map(applied.map((row) => [String(row['id']), String(row['applied_at'])])),
  entries: entries.map(
    (row): JournalEntry => ({
      migration: String(row['migration']),
      index: Number(row['statement_index']),
      checksum: String(row['checksum']),
      finished: row['finished'] === true,
    }),
  ),
});

export const createMigrationJournal = (
  client: MigrationClient,
  schema: string,
): MigrationJournal => {
  const { connections, retrier, clock, run } = client;
  const sql = statementsIn(schema);

  /** The names of the existing tables; undefined without the schema. */
  const present = async (deadline: number): Promise<ReadonlySet<unknown> | undefined> => {
    const rows = await run(deadline, sql.present, schema, ...migratorTables);
    return rows.length === 0 ? undefined : new Set(rows.map((row) => row['relname']));
  };

  const create = async (deadline: number, text: string): Promise<void> => {
    try {
      await run(deadline, text);
    } catch (error) {
      if (!alreadyThere.has(serverErrorOf(error)?.code)) throw error;
    }
  };

  const noteStep =
    (text: string) =>
    async ({ migration, index }: MigrationStep, deadline: number): Promise<void> => {
      await run(deadline, text, migration, index);
    };

  return {
    read: async (deadline) => {
      const tables = await present(deadline);
      return journalOf(
        tables?.has('migration') ? await run(deadline, sql.applied) : [],
        tables?.has('migration_statement') ? await run(deadline, sql.entries) : [],
      );
    },
    prepare: async (deadline) => {
      // A change of the catalog conflicts (OC001) with running transactions: create only missing
      // objects.
      const tables = await present(deadline);
      if (tables === undefined) await create(deadline, sql.createSchema);
      for (const table of migratorTables) {
        if (!tables?.has(table)) await create(deadline, sql.createTables[table]);
      }
    },
    begin: async ({ migration, index, checksum }, deadline) => {
      await run(deadline, sql.begin, migration, index, checksum);
    },
    forget: noteStep(sql.forget),
    finish: noteStep(sql.finish),
    runAndFinish: ({ migration, index, statement: one }, deadline) =>
      retrier.run(() => {
        const end = Math.min(deadline, clock.now() + statementMsMax);
        const noted = statement(sql.finished, migration, index);
        const writes = [statement(sql.finish, migration, index), one];
        return connections.use((connection) => runData(connection, noted, writes, end), end);
      }, deadline),
    complete: async (migration, deadline) => {
      await run(deadline, sql.complete, migration);
    },
    adopt: async ({ id, statements }, deadline) => {
      for (const [index, one] of statements.entries()) {
        await run(deadline, sql.adopt, id, index, checksumOf(one));
      }
    },
  };
};
