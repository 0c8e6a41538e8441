import {
  type ConnectionPool,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
  query,
  type Statement,
  statement,
} from '../../src/adapters/dsql/index.ts';
import { orderedInsert } from '../../src/adapters/dsql/records/ordering/ordered-events.ts';
import { envelopeOf } from '../../src/testing/contracts/counter.ts';
import type { ExpiredRecordsSubject } from '../contracts/expired-records.ts';
import { added, counterSchema as schema } from './counter.ts';

/** An event waits for a day less: one in force may wait for a minute more. */
const inboxRetentionMs = 24 * 3_600_000 + 60_000;

/** Records of the counters over a pool; each of `processes` sees them by connections of its own. */
export const dsqlExpiredRecordsSubject = async (
  pool: ConnectionPool,
  processes: readonly ConnectionPool[],
): Promise<ExpiredRecordsSubject> => {
  const write = (sql: string) => query(pool, statement(sql), { writes: true });
  await write(`DELETE FROM ${schema}.idempotency`);
  await write(`DELETE FROM ${schema}.inbox`);
  await write(`DELETE FROM ${schema}.ordered_events`);
  const recordsOver = (connections: ConnectionPool) =>
    createDsqlExpiredRecords(connections, { schema, inboxRetentionMs });
  const columns = { idempotency: 'key', inbox: 'event_id', ordered: 'event_id' } as const;
  const tables = { idempotency: 'idempotency', inbox: 'inbox', ordered: 'ordered_events' } as const;
  const age = (time: string, kind: keyof typeof columns, key: string) =>
    query(
      pool,
      statement(
        `UPDATE ${schema}.${tables[kind]} SET ${time} = now() - interval '${inboxRetentionMs + 1_000} milliseconds' WHERE event_id = $1`,
        key,
      ),
      { writes: true },
    );
  const keys = async (kind: keyof typeof columns) =>
    (await write(`SELECT ${columns[kind]} AS key FROM ${schema}.${tables[kind]}`)).rows.map((row) =>
      String(row['key']),
    );
  /** Records are kept under digests of their keys: the one that has come to be there. */
  const newIn = async (kind: keyof typeof columns, insert: () => Promise<unknown>) => {
    const before = await keys(kind);
    await insert();
    return (await keys(kind)).find((key) => !before.includes(key)) ?? '';
  };
  return {
    records: recordsOver(pool),
    contenders: processes.slice(0, 4).map(recordsOver),
    insert: (kind, expired) =>
      newIn(kind, async () => {
        const key = crypto.randomUUID();
        if (kind === 'ordered') {
          const event = { ...envelopeOf(added('a', 1)), id: key };
          const [one] = orderedInsert(schema, () => ['sum'])([event]);
          await query(pool, one as Statement, { writes: true });
          if (expired) await age('recorded_at', kind, key);
          return;
        }
        const once =
          kind === 'inbox'
            ? ({ kind: 'event', consumer: 'sum', eventId: key } as const)
            : ({ kind: 'command', key, fingerprint: '' } as const);
        const records = createIdempotencyRecords(schema, expired ? -1_000 : 60_000);
        await query(pool, records.insert(once, null), { writes: true });
        if (expired && kind === 'inbox') await age('handled_at', kind, key);
      }),
    lease: (expired) =>
      newIn('idempotency', () =>
        createDsqlIdempotencyStore(pool, { schema }).acquire({
          key: crypto.randomUUID(),
          fingerprint: '',
          leaseMs: expired ? -1_000 : 60_000,
        }),
      ),
    keys,
  };
};
