import { hash, randomUUID } from 'node:crypto';
import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import { statement } from '../../src/adapters/dsql/index.ts';
import type { EventEnvelope } from '../../src/domain/kernel/index.ts';
import { fakeConnections, fakePublisher } from './fakes.ts';

/** The request to every handler here. */
export type Entry = { readonly id: string; readonly amount: string };

const retentionMs = 30 * 24 * 3_600_000;
const graceMs = 60_000;
const shards = 16;

const envelopeOf = ({ id, amount }: Entry, requestId: string): EventEnvelope => ({
  ...{ specversion: '1.0', id: randomUUID(), source: 'bench', type: 'EntryRecorded' },
  ...{ time: new Date().toISOString(), subject: id, datacontenttype: 'application/json' },
  ...{ schemaversion: 1, originregion: 'us-east-1', aggregateversion: 1 },
  correlationid: requestId,
  data: { id, amount },
});

const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/**
 * The same command without the framework: the same six statements in one flight, the same event,
 * and the note that it was published. It has no retries, and knows no refusal and no duplicate.
 */
export const commandByHand = () => {
  const connections = fakeConnections();
  const commit = async (connection: Connection, entry: Entry, event: EventEnvelope) => {
    const key = sha256(`command:${entry.id}`);
    const shard = Number.parseInt(event.id.slice(0, 8), 16) % shards;
    const { results, error } = await connection.flight(
      [
        statement('BEGIN ISOLATION LEVEL REPEATABLE READ'),
        statement('SELECT fingerprint, response FROM bench.idempotency WHERE key = $1', key),
        statement(
          'INSERT INTO bench.idempotency (key, fingerprint, response, expires_at) VALUES ($1, $2, $3, $4)',
          ...[key, sha256(entry.amount), JSON.stringify(entry), retentionMs],
        ),
        statement('INSERT INTO bench.entry (id, amount) VALUES ($1, $2)', entry.id, entry.amount),
        statement(
          'INSERT INTO bench.outbox (shard, id, envelope, origin_region, occurred_at, due_at) VALUES ($1, $2, $3, $4, $5, $6)',
          ...[shard, event.id, JSON.stringify(event), event.originregion, event.time, graceMs],
        ),
        statement('COMMIT'),
      ],
      Date.now() + 30_000,
    );
    if (error !== undefined) throw error;
    if (results.at(-1)?.command !== 'COMMIT') throw new Error('It was not committed');
    return shard;
  };

  return async (entry: Entry, requestId: string): Promise<Entry> => {
    const event = envelopeOf(entry, requestId);
    const shard = await connections.use((connection) => commit(connection, entry, event));
    const [result] = await fakePublisher.publish([event], Date.now() + 30_000);
    if (result?.ok) {
      const mark = statement(
        'UPDATE bench.outbox SET published_at = now() WHERE shard = $1 AND id = $2',
        ...[shard, event.id],
      );
      connections
        .use((connection) => connection.flight([mark], Date.now() + 30_000))
        .catch(() => undefined);
    }
    return entry;
  };
};
