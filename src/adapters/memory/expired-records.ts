import type { Clock, ExpiredRecords, RecordKind } from '../../domain/kernel/index.ts';
import { recordShardCount } from '../../domain/kernel/outbox/expired-records.ts';
import type { MemoryDatabase } from './database.ts';
import { type MemoryRecord, orderedTable, recordTables } from './records.ts';

const tablesOf = {
  idempotency: [recordTables.command, recordTables.lease],
  inbox: [recordTables.event],
  ordered: [orderedTable],
} as const;

const kinds: readonly RecordKind[] = ['idempotency', 'inbox', 'ordered'];

/** Any spread will do; this one is a sum of the key's characters. */
const shardOf = (key: string): number =>
  [...key].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % recordShardCount;

/** Deletes expired records in memory. */
export const createMemoryExpiredRecords = (
  database: MemoryDatabase,
  { clock }: { readonly clock: Clock },
): ExpiredRecords => ({
  expired: () =>
    database.transact((transaction) => {
      const now = clock.now();
      return kinds.flatMap((kind) => {
        const keys = tablesOf[kind].flatMap((table) =>
          transaction
            .all<MemoryRecord>(table)
            .filter(({ expiresAt }) => expiresAt <= now)
            .map(({ key }) => key),
        );
        return [...new Set(keys.map(shardOf))].map((shard) => ({ kind, shard }));
      });
    }),
  purge: ({ kind, shard, rowsMax }) =>
    database.transact((transaction) => {
      const now = clock.now();
      const expired = tablesOf[kind]
        .flatMap((table) =>
          transaction
            .all<MemoryRecord>(table)
            .filter(({ key, expiresAt }) => expiresAt <= now && shardOf(key) === shard)
            .map(({ key, expiresAt }) => ({ table, key, expiresAt })),
        )
        .toSorted((one, other) => one.expiresAt - other.expiresAt)
        .slice(0, rowsMax);
      for (const { table, key } of expired) transaction.remove(table, key);
      return expired.length;
    }),
});
