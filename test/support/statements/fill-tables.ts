import type pg from 'pg';
import { recordShardCount } from '../../../src/domain/kernel/outbox/expired-records.ts';
import { outboxShardCount } from '../../../src/domain/kernel/outbox/outbox.ts';

/** How many rows each table of the framework gets. */
export type FrameworkRows = {
  /** Events that wait and are due, of the given Region. */
  readonly pending: number;
  /** Events that were given up. */
  readonly dead: number;
  /** Events that are published and may be deleted. */
  readonly published: number;
  /** Records that have expired, in each of the other tables; fewer events wait. */
  readonly expired: number;
  /** Records that are in force, in each of the other tables; fewer events wait. */
  readonly inForce: number;
};

/** The part that a row belongs to: spread over all of them, or one. */
const shardOf = (only: number | undefined, count: number): string => String(only ?? `i % ${count}`);

/** Numbered rows with their part and a random id that begins with it. */
const series = (rows: number, shard: string): string => `(
  SELECT i, ${shard} AS shard, (to_hex(${shard}) || substr(md5(random()::text || i), 2))::uuid AS id
  FROM generate_series(1, ${rows}) AS i) AS row`;

const past = "now() - interval '1 hour' + i * interval '1 microsecond'";

/**
 * Values of `due_at`, `attempts`, `published_at`, `dead_at` and `last_error` for each kind of row
 * of the outbox.
 */
const outboxKinds = {
  pending: `${past}, 0, NULL, NULL, NULL`,
  dead: `${past}, 60, NULL, now(), 'refused'`,
  published: `${past}, 1, now(), NULL, NULL`,
};

const insertEvents = (schema: string, region: string, values: string, rows: string): string => `
  INSERT INTO ${schema}.outbox (shard, id, envelope, origin_region, occurred_at, due_at, attempts,
    published_at, dead_at, last_error)
  SELECT shard, id, '{"specversion":"1.0","id":"' || id || '","source":"bench","type":"Filled","subject":"s",'
      '"time":"2026-01-01T00:00:00.000Z","originregion":"${region}","schemaversion":1,"aggregateversion":1,'
      '"correlationid":"fill","data":{"note":"${'x'.repeat(200)}"}}',
    '${region}', ${past}, ${values} FROM ${rows}`;

/** How old records are, and of how many of them an event still waits. */
const recordAges = {
  expired: { age: '-31 days', waits: 2 },
  inForce: { age: '31 days', waits: 20 },
} as const;

const insertRecords = (
  schema: string,
  { age, waits }: (typeof recordAges)[keyof typeof recordAges],
  rows: string,
): readonly string[] => {
  const time = `now() + interval '${age}' + i * interval '1 microsecond'`;
  return [
    `INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
      SELECT id, 'COMPLETED', '', repeat('x', 100), ${time}, shard FROM ${rows}`,
    `INSERT INTO ${schema}.inbox (event_id, consumer, handled_at, shard)
      SELECT id, 'fill', ${time}, shard FROM ${rows}`,
    // A backlog of one subject, and as many subjects with one event.
    `INSERT INTO ${schema}.ordered_events
      (event_id, consumer, subject_key, version, place, envelope, shard, recorded_at)
      SELECT id, 'fill', CASE WHEN i % 4 = 0 THEN 'one' ELSE id::text END, i, 0, repeat('x', 300),
        shard, ${time} FROM ${rows} WHERE i % ${waits} = 0`,
  ];
};

/** Adds rows to the framework's tables, to all parts or to one. */
export const addFrameworkRows = async (
  client: pg.Client,
  at: { readonly schema: string; readonly region: string; readonly shard?: number },
  rows: Partial<FrameworkRows>,
): Promise<void> => {
  const { schema, region, shard } = at;
  for (const kind of ['pending', 'dead', 'published'] as const) {
    const source = series(rows[kind] ?? 0, shardOf(shard, outboxShardCount));
    if (rows[kind]) await client.query(insertEvents(schema, region, outboxKinds[kind], source));
  }
  for (const kind of ['expired', 'inForce'] as const) {
    const source = series(rows[kind] ?? 0, shardOf(shard, recordShardCount));
    for (const insert of rows[kind] ? insertRecords(schema, recordAges[kind], source) : []) {
      await client.query(insert);
    }
  }
};

/**
 * Runs statements without the triggers by which the local DSQL counts what a transaction changes:
 * they take most of the time.
 */
export const withoutTriggers = async (
  client: pg.Client,
  work: () => Promise<unknown>,
): Promise<void> => {
  await client.query('SET session_replication_role = replica');
  await work();
  await client.query('RESET session_replication_role');
};

/**
 * Runs work that fills tables, and builds their indexes once afterwards. Row by row in no order, an
 * index takes most of the time, and it is less dense, so benchmarks fill tables without this.
 */
export const indexedAfterwards = async (
  client: pg.Client,
  schema: string,
  tables: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> => {
  const names = tables.map((table) => `${schema}.${table}`);
  // Rows that are gone after a crash need no log. The tables are still small.
  for (const name of names) await client.query(`ALTER TABLE ${name} SET UNLOGGED`);
  await client.query(
    'UPDATE pg_index SET indisready = false WHERE indrelid = ANY ($1::regclass[])',
    [names],
  );
  await work();
  // The databases of the local DSQL start no workers.
  await client.query('SET max_parallel_maintenance_workers = 0');
  for (const name of names) await client.query(`REINDEX TABLE ${name}`);
};

/**
 * Fills the framework's tables, by the superuser of the PostgreSQL behind the endpoint: through the
 * endpoint a transaction takes 3,000 rows. Afterwards PostgreSQL's planner knows of what there is.
 */
export const fillFrameworkTables = async (
  client: pg.Client,
  schema: string,
  region: string,
  rows: FrameworkRows,
): Promise<void> => {
  await withoutTriggers(client, () => addFrameworkRows(client, { schema, region }, rows));
  await client.query(
    `ANALYZE ${schema}.outbox, ${schema}.outbox_lane, ${schema}.idempotency, ${schema}.inbox,
      ${schema}.ordered_events`,
  );
};
