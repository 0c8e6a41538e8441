import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Statement } from '../../src/adapters/dsql/index.ts';
import { connectPg } from '../support/server.ts';
import { type Entry, graceMs, insertEntry, newEntry, retentionMs, schema } from './command.ts';
import { perClient, type Variant } from './variant.ts';

/** The event of a command, as large as the one of the framework's envelope. */
export const envelopeOf = ({ id, amount, note }: Entry, eventId: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: eventId,
    source: 'bench',
    type: 'EntryRecorded',
    time: new Date().toISOString(),
    subject: id,
    datacontenttype: 'application/json',
    schemaversion: 1,
    originregion: 'us-east-1',
    aggregateversion: 1,
    correlationid: id,
    data: { id, amount, note },
  });

export const insertOnce = `INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
  VALUES ($1, 'COMPLETED', $2, $3, now() + $4 * interval '1 millisecond', $5)`;
export const insertEvent = `INSERT INTO ${schema}.outbox
  (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
  VALUES ($1, $2, $3, 'us-east-1', now(), now() + $4 * interval '1 millisecond', 0)`;

/** Sixteen stripes, of the outbox and of the records. */
const shards = 16;
const shardOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) % shards;

export const entryValues = ({ id, account, amount, note }: Entry) => [id, account, amount, note];
export const onceValues = ({ id, account, amount }: Entry) => [
  id,
  `${account} ${amount}`,
  JSON.stringify(id),
  retentionMs,
  shardOf(id),
];
export const eventValues = (entry: Entry) => {
  const id = randomUUID();
  return [shardOf(id), id, envelopeOf(entry, id), graceMs];
};

/** The three rows in one statement. */
const cte = `WITH once AS (
    INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
    VALUES ($1, 'COMPLETED', $2, $3, now() + $4 * interval '1 millisecond', $5)
  ), entry AS (
    INSERT INTO ${schema}.entry (id, account, amount, note) VALUES ($6, $7, $8, $9)
  )
  INSERT INTO ${schema}.outbox (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
  VALUES ($10, $11, $12, 'us-east-1', now(), now() + $13 * interval '1 millisecond', 0)`;

const end = (client: Client): Promise<void> => client.end();

/** BEGIN, three INSERTs, COMMIT, each awaited. */
export const fiveRoundTrips: Variant = {
  name: 'pg, five round trips',
  open: (address, clients) =>
    perClient(
      clients,
      () => connectPg(address),
      async (client) => {
        const entry = newEntry();
        await client.query('BEGIN');
        await client.query(insertOnce, onceValues(entry));
        await client.query(insertEntry, entryValues(entry));
        await client.query(insertEvent, eventValues(entry));
        await client.query('COMMIT');
      },
      end,
    ),
};

const cteWith = (name: string, options: { readonly name?: string }): Variant => ({
  name,
  open: (address, clients) =>
    perClient(
      clients,
      () => connectPg(address),
      (client) => {
        const entry = newEntry();
        const values = [...onceValues(entry), ...entryValues(entry), ...eventValues(entry)];
        return client.query({ ...options, text: cte, values });
      },
      end,
    ),
});

/** One statement, so one flight and one implicit transaction. */
export const oneCte = cteWith('pg, one CTE', {});
export const preparedCte = cteWith('pg, one CTE, prepared', { name: 'write' });

const parametersOf = (entry: Entry): readonly unknown[][] => {
  const once = onceValues(entry);
  const id = randomUUID();
  const time = new Date();
  return [
    [],
    once.slice(0, 1),
    once,
    entryValues(entry),
    [shardOf(id), id, envelopeOf(entry, id), 'us-east-1', time, graceMs],
    [],
  ];
};

const assertSame = (statements: readonly Statement[]): void => {
  const sample = parametersOf(newEntry());
  const isSame = (_: unknown, at: number): boolean =>
    statements[at]?.parameters.length === sample[at]?.length;
  if (statements.length !== sample.length || !sample.every(isSame)) {
    throw new Error(
      `Our command sends other statements now: adapt this variant\n${statements.map(({ sql }) => sql).join('\n')}`,
    );
  }
};

/**
 * The statements of our command, one for one, written into a pipelining `pg` by hand.
 *
 * @param how `prepared` names what has parameters, as our connection does with what comes back: as
 * good as it can be done without a framework, and what ours is held against; `unprepared` is what
 * one writes first
 */
export const samePipelined = (
  statements: readonly Statement[],
  how: 'prepared' | 'unprepared',
): Variant => {
  assertSame(statements);
  const queries = statements.map(({ sql: text, parameters }, at) => ({
    text,
    ...(how === 'prepared' && parameters.length > 0 ? { name: `same_${at}` } : {}),
  }));
  return {
    name: `pg, the same pipelined${how === 'prepared' ? ', prepared' : ''}`,
    open: (address, clients) =>
      perClient(
        clients,
        () => connectPg(address, { pipeline: true, sslnegotiation: 'direct' } as object),
        async (client) => {
          const parameters = parametersOf(newEntry());
          const results = await Promise.all(
            queries.map((query, at) => client.query({ ...query, values: parameters[at] ?? [] })),
          );
          if (results.at(-1)?.command !== 'COMMIT') throw new Error('It was not committed');
        },
        end,
      ),
  };
};
