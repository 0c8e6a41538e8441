import { type Compilable, CompiledQuery, type Kysely } from 'kysely';
import { InvalidInput, InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import { systemClock as clock } from '../../system/index.ts';
import { quoteIdentifier, type Row } from '../wire/statement.ts';
import { type AsyncBuild, checkBuild } from './async-build.ts';
import { isRecording } from './format/kysely-migrations.ts';

/** The time to wait for an index. */
export type IndexWait = {
  /** Milliseconds until the index must be valid; absent: an hour. */
  readonly waitMsMax?: number;
};

/** A Kysely of any tables on a `DsqlDialect`. */
type Database = Pick<Kysely<unknown>, 'executeQuery' | 'getExecutor'>;

/**
 * The index of a large table takes long; a deployment that waits longer needs attention.
 * Milliseconds.
 */
const waitMsMaxDefault = 3_600_000;

/** The interval between two checks: a small table's index takes about a second. Milliseconds. */
const pollMsFirst = 100;
const pollMsMax = 5_000;

const reader =
  (db: Database) =>
  async (sql: string, ...parameters: readonly unknown[]): Promise<readonly Row[]> => {
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]));
    return rows;
  };

const untilBuilt = async (
  db: Database,
  build: AsyncBuild,
  { waitMsMax = waitMsMaxDefault }: IndexWait,
): Promise<void> => {
  const giveUpAt = clock.now() + waitMsMax;
  for (let pollMs = pollMsFirst; ; pollMs = Math.min(pollMsMax, pollMs * 2)) {
    try {
      return await checkBuild(reader(db), build);
    } catch (error) {
      if (!(error instanceof Unavailable) || clock.now() + pollMs > giveUpAt) throw error;
      await clock.sleep(pollMs);
    }
  }
};

/**
 * Waits until an index is valid that DSQL builds in the background. Between two looks the
 * connection is free.
 *
 * @throws {InvalidInput} when the build has failed, with the remedy
 * @throws {Unavailable} when the build is not done within the time to wait
 */
export const waitForIndex = (
  db: Database,
  index: { readonly schema: string; readonly index: string } & IndexWait,
): Promise<void> =>
  isRecording(db) ? Promise.resolve() : untilBuilt(db, { ...index, jobId: undefined }, index);

/** The names in a query of `db.schema.createIndex`. */
const namesIn = async (db: Database, { query }: CompiledQuery) => {
  if (query.kind !== 'CreateIndexNode') {
    throw new InvariantViolation('createIndexAsync takes what db.schema.createIndex builds');
  }
  const named = query.table?.table.schema?.name;
  const [current] = named ? [] : await reader(db)('SELECT current_schema() AS schema');
  return { schema: named ?? String(current?.['schema']), index: query.name.name };
};

const isInvalid = `SELECT 1 FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND NOT i.indisvalid`;

/** Waits for an index that is being built, and drops one that a failed build has left behind. */
const dropFailed = async (
  db: Database,
  names: { readonly schema: string; readonly index: string },
  wait: IndexWait,
): Promise<void> => {
  const run = reader(db);
  if ((await run(isInvalid, names.schema, names.index)).length === 0) return;
  try {
    await untilBuilt(db, { ...names, jobId: undefined }, wait);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const name = `${quoteIdentifier(names.schema)}.${quoteIdentifier(names.index)}`;
    await run(`DROP INDEX IF EXISTS ${name}`);
  }
};

/**
 * Builds an index and waits until it is valid. Kysely's own `execute` returns when DSQL has begun
 * the build.
 *
 * It may run again after a failure or a crash at any point. It first drops an invalid index of a
 * failed build, or waits for one that is being built.
 *
 * @param builder of `db.schema.createIndex`, best with `ifNotExists()`
 * @throws {InvalidInput} when the index cannot be built, with the remedy; for example two rows have
 * one key
 * @throws {Unavailable} when the build is not done within the time to wait
 * @example
 * await createIndexAsync(db, db.schema.createIndex('orders_by_customer').ifNotExists()
 *   .on('shop.orders').column('customer_id'));
 */
export const createIndexAsync = async (
  db: Database,
  builder: Compilable,
  wait: IndexWait = {},
): Promise<void> => {
  const compiled = builder.compile() as CompiledQuery<Row>;
  if (isRecording(db)) {
    await db.executeQuery(compiled);
    return;
  }
  const names = await namesIn(db, compiled);
  await dropFailed(db, names, wait);
  const { rows } = await db.executeQuery(compiled);
  const jobId = rows[0]?.['job_id'] as string | undefined;
  await untilBuilt(db, { ...names, jobId }, wait);
};
