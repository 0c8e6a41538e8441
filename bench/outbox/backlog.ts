import { randomUUID } from 'node:crypto';
import { frameworkMigrations } from '../../src/adapters/dsql/index.ts';
import { fillFrameworkTables, withoutTriggers } from '../../test/support/statements/fill-tables.ts';
import { type BenchServer, connectPg } from '../support/server.ts';
import { serverRegion } from '../support/server-constants.ts';

/** The ways to the database: the local DSQL, or the PostgreSQL behind it over TLS. */
export const ways = ['plain', 'dsql'] as const;
export type Way = (typeof ways)[number];

/**
 * The schema of each way. Triggers of the local DSQL count the rows that a transaction changes;
 * PostgreSQL alone has none.
 */
export const schemaOf = (way: Way): string => `outbox_${way}`;

/** Makes the framework's tables for both ways. */
export const createTables = async (server: BenchServer): Promise<void> => {
  const admin = await connectPg(server.dsql);
  await admin.query(`CREATE SCHEMA ${schemaOf('dsql')}`);
  for (const { ddl } of frameworkMigrations(schemaOf('dsql'))) await admin.query(ddl);
  await admin.end();
  const { superuser } = server;
  // A parallel worker does not start without a text search configuration, and DSQL has none.
  await superuser.query('SET max_parallel_workers_per_gather = 0');
  await superuser.query('SET max_parallel_maintenance_workers = 0');
  await withoutTriggers(superuser, async () => {
    await superuser.query(`CREATE SCHEMA ${schemaOf('plain')}`);
    for (const { ddl } of frameworkMigrations(schemaOf('plain'))) {
      await superuser.query(ddl.replace(/\bASYNC\b/, ''));
    }
  });
};

/** Leaves so many rows in the outbox of one way that are due, and no trace of earlier ones. */
export const fillBacklog = async (
  { superuser }: BenchServer,
  way: Way,
  rows: number,
): Promise<void> => {
  const schema = schemaOf(way);
  await superuser.query(`TRUNCATE ${schema}.outbox, ${schema}.outbox_lane`);
  const others = { dead: 0, published: 0, expired: 0, inForce: 0 };
  await fillFrameworkTables(superuser, schema, serverRegion, { pending: rows, ...others });
  await superuser.query(`VACUUM (PARALLEL 0) ${schema}.outbox`);
  await superuser.query('CHECKPOINT');
};

/**
 * Looks whether every event of a backlog was published, and is marked so.
 *
 * @throws {Error} when a row waits or is missing
 */
export const verifyDrained = async (
  { superuser }: BenchServer,
  way: Way,
  rows: number,
  published: ReadonlySet<string>,
): Promise<void> => {
  const { rows: counts } = await superuser.query<{ marked: string; claims: string }>(
    `SELECT count(*) AS marked, max(attempts) AS claims FROM ${schemaOf(way)}.outbox
      WHERE published_at IS NOT NULL`,
  );
  const marked = Number(counts[0]?.marked);
  const claims = Number(counts[0]?.claims);
  if (marked !== rows || published.size !== rows || claims !== 1) {
    throw new Error(
      `${way}: of ${rows} events ${published.size} were published, ${marked} are marked, claimed ${claims} times`,
    );
  }
};

/** A name that no other run has taken. */
export const freshName = (): string => `bench_${randomUUID().replaceAll('-', '')}`;
