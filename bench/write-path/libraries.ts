import { AuroraDSQLPool } from '@aws/aurora-dsql-node-postgres-connector';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import postgres from 'postgres';
import { serverCredentials, serverRegion } from '../support/server-constants.ts';
import { entryValues, eventValues, insertEvent, insertOnce, onceValues } from './by-hand.ts';
import { type Entry, insertEntry, newEntry } from './command.ts';
import type { Variant } from './variant.ts';

type Tables = {
  readonly 'bench.idempotency': {
    readonly key: string;
    readonly status: string;
    readonly fingerprint: string;
    readonly response: string;
    readonly expires_at: Date;
  };
  readonly 'bench.entry': Entry;
  readonly 'bench.outbox': {
    readonly shard: number;
    readonly id: string;
    readonly envelope: string;
    readonly origin_region: string;
    readonly occurred_at: Date;
    readonly due_at: Date;
    readonly attempts: number;
  };
};

const after = (ms: unknown) => sql<Date>`now() + ${ms} * interval '1 millisecond'`;

/** Queries built for each command, as Kysely's documents show it. */
export const kyselyTransaction: Variant = {
  name: "Kysely's transaction",
  open: async ({ host, port, user, password, ca }, clients) => {
    const pool = new pg.Pool({
      ...{ host, port, user, password, database: 'postgres', ssl: { ca }, max: clients },
    });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    const write = () =>
      db.transaction().execute(async (transaction) => {
        const entry = newEntry();
        const [key, fingerprint, response, retentionMs] = onceValues(entry) as [
          ...[string, string, string, number],
        ];
        const [shard, id, envelope, graceMs] = eventValues(entry) as [
          ...[number, string, string, number],
        ];
        await transaction
          .insertInto('bench.idempotency')
          .values({
            key,
            status: 'COMPLETED',
            fingerprint,
            response,
            expires_at: after(retentionMs),
          })
          .execute();
        await transaction.insertInto('bench.entry').values(entry).execute();
        await transaction
          .insertInto('bench.outbox')
          .values({
            ...{ shard, id, envelope, origin_region: 'us-east-1', attempts: 0 },
            ...{ occurred_at: sql<Date>`now()`, due_at: after(graceMs) },
          })
          .execute();
      });
    return { write, close: () => db.destroy() };
  },
};

/** `begin` with a list of statements, which `postgres` sends together. */
export const postgresPipelined: Variant = {
  name: 'postgres, begin with a list',
  open: async ({ host, port, user, password, ca }, clients) => {
    const client = postgres({
      ...{ host, port, user, password, database: 'postgres', ssl: { ca }, max: clients },
    });
    const write = () =>
      client.begin((transaction) => {
        const entry = newEntry();
        return [
          transaction.unsafe(insertOnce, onceValues(entry), { prepare: true }),
          transaction.unsafe(insertEntry, entryValues(entry), { prepare: true }),
          transaction.unsafe(insertEvent, eventValues(entry), { prepare: true }),
        ];
      });
    return { write, close: () => client.end() };
  },
};

/** `begin` with a function that awaits each statement. */
export const postgresAwaited: Variant = {
  name: 'postgres, begin with a function',
  open: async ({ host, port, user, password, ca }, clients) => {
    const client = postgres({
      ...{ host, port, user, password, database: 'postgres', ssl: { ca }, max: clients },
    });
    const write = () =>
      client.begin(async (transaction) => {
        const entry = newEntry();
        await transaction.unsafe(insertOnce, onceValues(entry), { prepare: true });
        await transaction.unsafe(insertEntry, entryValues(entry), { prepare: true });
        await transaction.unsafe(insertEvent, eventValues(entry), { prepare: true });
      });
    return { write, close: () => client.end() };
  },
};

/**
 * AWS's connector, its pool and `transaction()` as its README shows them. Nothing of it is
 * replaced: an address for a host (a name without a dot would be taken for a cluster's id), the
 * authority of the certificate, and static keys lead it to the local endpoint.
 *
 * @param onToken is called for each token that it signs
 */
export const awsConnector = (onToken: () => void = () => undefined): Variant => ({
  name: "AWS's connector, transaction()",
  open: async ({ host, port, user, ca }, clients) => {
    const pool = new AuroraDSQLPool({
      ...{ host, port, user, max: clients, region: serverRegion },
      ssl: { rejectUnauthorized: true, ca },
      customCredentialsProvider: async () => {
        onToken();
        return serverCredentials;
      },
    });
    const write = () =>
      pool.transaction(async (client) => {
        const entry = newEntry();
        await client.query(insertOnce, onceValues(entry));
        await client.query(insertEntry, entryValues(entry));
        await client.query(insertEvent, eventValues(entry));
      });
    return { write, close: () => pool.end() };
  },
});
