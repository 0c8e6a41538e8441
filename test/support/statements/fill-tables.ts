import type pg from 'pg';
import { outboxShardCount, recordShardCount } from '../../../src/domain/kernel/index.ts';

/** How many rows each table of the framework gets. */
export type FrameworkRows = {
  /** Events that wait and are due, of the given Region. */
  readonly pending: number;
  /** Events that were given up. */
  readonly dead: number;
  /** Events that are published and may be deleted. */
  readonly published: number;
  /** Records that have expired, in each of `idempotency` and `inbox`. */
  readonly expired: number;
  /** Records that are in force, in each of `idempotency` and `inbox`. */
  readonly inForce: number;
};

const series = (rows: number): string => `generate_series(1, ${rows}) AS i`;

/** A random id whose first digit is the part that the row belongs to. */
const idOf = (salt: string): string =>
  `(to_hex(i % ${outboxShardCount}) || substr(md5('${salt}' || i), 2))::uuid`;

const envelopeOf = (id: string, region: string): string => `json_build_object(
  'specversion', '1.0', 'id', ${id}, 'source', 'bench', 'type', 'Filled', 'subject', 's',
  'time', '2026-01-01T00:00:00.000Z', 'originregion', '${region}', 'schemaversion', 1,
  'aggregateversion', 1, 'correlationid', 'fill', 'data', json_build_object('note', repeat('x', 200)))`;

const outboxRows = (
  schema: string,
  rows: number,
  region: string,
  kind: string,
  columns: string,
) => `
  INSERT INTO ${schema}.outbox (shard, id, envelope, origin_region, occurred_at, due_at, attempts,
    published_at, dead_at, last_error)
  SELECT i % ${outboxShardCount}, ${idOf(kind + region)}, ${envelopeOf(idOf(kind + region), region)}, '${region}',
    now() - interval '1 hour' + i * interval '1 microsecond', ${columns} FROM ${series(rows)}`;

/**
 * Fills the framework's tables, by the superuser of the PostgreSQL behind the endpoint: through the endpoint a
 * transaction takes 3,000 rows. Afterwards PostgreSQL's planner knows of what there is.
 */
export const fillFrameworkTables = async (
  client: pg.Client,
  schema: string,
  region: string,
  rows: FrameworkRows,
): Promise<void> => {
  const past = "now() - interval '1 hour' + i * interval '1 microsecond'";
  await client.query(
    outboxRows(schema, rows.pending, region, 'pending', `${past}, 0, NULL, NULL, NULL`),
  );
  await client.query(
    outboxRows(schema, rows.dead, region, 'dead', `${past}, 60, NULL, now(), 'refused'`),
  );
  await client.query(
    outboxRows(schema, rows.published, region, 'published', `${past}, 1, now(), NULL, NULL`),
  );
  for (const [count, age] of [
    [rows.expired, '-31 days'],
    [rows.inForce, '31 days'],
  ] as const) {
    const time = `now() + interval '${age}' + i * interval '1 microsecond'`;
    const shard = `i % ${recordShardCount}`;
    await client.query(`INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
      SELECT md5('${region}${age}' || i), 'COMPLETED', '', repeat('x', 100), ${time}, ${shard} FROM ${series(count)}`);
    await client.query(`INSERT INTO ${schema}.inbox (event_id, consumer, handled_at, shard)
      SELECT md5('${region}${age}' || i), 'fill', ${time}, ${shard} FROM ${series(count)}`);
  }
  await client.query(`ANALYZE ${schema}.outbox, ${schema}.idempotency, ${schema}.inbox`);
};
