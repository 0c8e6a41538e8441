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

/** A migration as Kysely has it; its way down is not used. */
export type KyselyMigration = {
  readonly up: (db: Kysely<unknown>) => Promise<unknown>;
};

/** Statements of one migration at most: one that runs into it has a loop that waits for data. */
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

/** Whether somebody would look at what a statement answers. */
const reads = (sql: string): boolean => {
  const words = tokenize(sql)
    .filter(isSignificant)
    .map(({ kind, text }) => (kind === 'word' || text === '(' ? text.toUpperCase() : ''));
  const [first = ''] = words;
  const changes = words.some((word) => changesData.has(word));
  return words.includes('RETURNING') ? changes : beginsRead.has(first) && !changes;
};

/** JavaScript's words for a method that Kysely does not have. */
const missingMethod = /is not a function$/;

const refusal = (source: string, reason: string): InvalidInput =>
  new InvalidInput(`${source}: ${reason}`);

/** Tells a recording from a database. */
class RecordingAdapter extends PostgresAdapter {}

/**
 * Whether a Kysely only records: what helps a migration to wait for an index has nothing to wait for then, since the
 * migrator does.
 */
export const isRecording = (db: QueryExecutorProvider): boolean =>
  db.getExecutor().adapter instanceof RecordingAdapter;

/** Notes statements instead of sending them. */
const createRecorder = (source: string, statements: MigrationStatement[]): Driver => {
  const connection: DatabaseConnection = {
    executeQuery: async ({ sql, parameters }: CompiledQuery) => {
      const place = `${source}, statement ${statements.length + 1}`;
      if (reads(sql)) {
        throw refusal(
          place,
          'a migration must not read, since nobody could say beforehand what it does: write it as SQL',
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
 * Lets a migration of Kysely say what it would send, without a database: it is then planned, checked and run like SQL.
 *
 * @param source names it in errors and places, such as its file
 * @throws {InvalidInput} for one that reads data, opens a transaction, sends nothing, or says something else each time
 * @example
 * await recordKyselyMigration('0001-items', '0001-items.ts', { up: (db) => db.schema.createTable('items')….execute() });
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
