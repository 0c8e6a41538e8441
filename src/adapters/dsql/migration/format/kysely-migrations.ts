import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  type QueryExecutorProvider,
} from 'kysely';
import { Fault, InvalidInput } from '../../../../domain/kernel/index.ts';
import { DsqlQueryCompiler } from '../../kysely/query-compiler.ts';
import { isSignificant, tokenize } from '../../sql/sql-lexer.ts';
import { checksumOf, type MigrationScript, type MigrationStatement } from './migration.ts';

/** A migration of Kysely; its `down` is not used. */
export type KyselyMigration = {
  readonly up: (db: Kysely<unknown>) => Promise<unknown>;
};

/** The most statements of one migration. A migration with more has a loop that waits for data. */
const statementsMax = 1_000;

const changesData: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const beginsRead: ReadonlySet<string> = new Set([
  'SELECT',
  'VALUES',
  'TABLE',
  'SHOW',
  'EXPLAIN',
  'WITH',
  '(',
]);

/** Whether the migration would read the answer to a statement. */
const reads = (sql: string): boolean => {
  const words = tokenize(sql)
    .filter(isSignificant)
    .map(({ kind, text }) => (kind === 'word' || text === '(' ? text.toUpperCase() : ''));
  const [first = ''] = words;
  const changes = words.some((word) => changesData.has(word));
  return words.includes('RETURNING') ? changes : beginsRead.has(first) && !changes;
};

/** JavaScript's message about a method that Kysely does not have. */
const missingMethod = /is not a function$/;

const refusal = (source: string, reason: string): InvalidInput =>
  new InvalidInput(`${source}: ${reason}`);

/** Marks the connection of a recording. */
class RecordingAdapter extends PostgresAdapter {}

/**
 * Whether a Kysely only records. Then a migration does not wait for its indexes: the migrator does.
 */
export const isRecording = (db: QueryExecutorProvider): boolean =>
  db.getExecutor().adapter instanceof RecordingAdapter;

/** Creates a connection that records statements and sends none. */
const createRecorder = (source: string, statements: MigrationStatement[]): Driver => {
  const connection: DatabaseConnection = {
    executeQuery: async ({ sql, parameters }: CompiledQuery) => {
      const place = `${source}, statement ${statements.length + 1}`;
      if (reads(sql)) {
        throw refusal(
          place,
          'a migration must not read, since its statements must be known before it runs: write it as SQL',
        );
      }
      if (statements.length >= statementsMax) {
        throw refusal(source, `it has more than ${statementsMax} statements: divide it`);
      }
      statements.push({ sql, parameters, place });
      return { rows: [], numAffectedRows: 0n };
    },
    // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator.
    streamQuery: async function* () {
      throw refusal(source, 'a migration must not read');
    },
  };
  const noTransaction = async (): Promise<never> => {
    throw refusal(source, 'each statement commits by itself on DSQL: remove the transaction');
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    releaseConnection: async () => undefined,
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    destroy: async () => undefined,
  };
};

const record = async (
  source: string,
  { up }: KyselyMigration,
): Promise<readonly MigrationStatement[]> => {
  const statements: MigrationStatement[] = [];
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new RecordingAdapter(),
      createDriver: () => createRecorder(source, statements),
      createIntrospector: (one) => new PostgresIntrospector(one),
      createQueryCompiler: () => new DsqlQueryCompiler(),
    },
  });
  try {
    await up(db);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { message } = error as Error;
    const remedy = missingMethod.test(message)
      ? ". A migration gets Kysely's db: write it for that, where it was written for knex, Sequelize or node-pg-migrate"
      : '';
    throw new InvalidInput(`${source}: ${message}${remedy}`, { cause: error });
  }
  return statements;
};

/**
 * Records the statements of a Kysely migration without a database, so that they are planned,
 * checked and run like a file of SQL.
 *
 * @param source names the migration in errors and places, such as its file
 * @throws {InvalidInput} for a migration that reads data, opens a transaction, sends nothing, or
 * sends different statements each time
 * @example
 * await recordKyselyMigration('0001-items', '0001-items.ts', {
 *   up: (db) => db.schema.createTable('items')….execute(),
 * });
 */
export const recordKyselyMigration = async (
  id: string,
  source: string,
  migration: KyselyMigration,
): Promise<MigrationScript> => {
  const statements = await record(source, migration);
  if (statements.length === 0)
    throw refusal(
      source,
      "it sends no statement: end each with .execute() of Kysely's db, which knex does not have, or remove it",
    );
  const again = await record(source, migration);
  const changed = statements.find((one, at) => {
    const other = again[at];
    return other === undefined || checksumOf(one) !== checksumOf(other);
  });
  if (changed) {
    throw refusal(
      changed.place,
      'it is another one each time: leave clocks and random values to the database',
    );
  }
  return { id, statements };
};
