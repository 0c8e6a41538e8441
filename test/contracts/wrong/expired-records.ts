import type { ExpiredRecords, RecordKind } from '../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../src/domain/kernel/outbox/expired-records.ts';
import type { ExpiredRecordsSubject } from '../expired-records.ts';
import type { Wrong } from '../suite.ts';

type Purge = ExpiredRecords['purge'];

/** Right records of which something is wrong. */
const changed = (
  fault: string,
  caughtBy: string,
  change: (right: ExpiredRecords) => Partial<ExpiredRecords>,
): Wrong<ExpiredRecordsSubject> => ({
  fault,
  caughtBy,
  apply: (subject) => {
    const { records } = subject;
    return { ...subject, records: { ...records, ...change(records) } };
  },
});

/** Right records whose deletion is wrong. */
const wrong = (
  fault: string,
  caughtBy: string,
  change: (right: Purge) => Purge,
): Wrong<ExpiredRecordsSubject> =>
  changed(fault, caughtBy, ({ purge }) => ({ purge: change(purge) }));

const shards = Array.from({ length: recordShardCount }, (_, shard) => shard);

const sumOf = async (purges: readonly Promise<number>[]): Promise<number> =>
  (await Promise.all(purges)).reduce((sum, rows) => sum + rows);

const wrongsOf = (kind: RecordKind, other: RecordKind): readonly Wrong<ExpiredRecordsSubject>[] => {
  const expired = `deletes what has outlived its retention from ${kind}, and nothing else`;
  const numbered = `deletes from ${kind} at most as many rows of a shard as it is asked to`;
  const sharded = `deletes from ${kind} in the shards that it is asked for only, and all in all shards`;
  const ofKind = (purge: Parameters<Purge>[0]): boolean => purge.kind === kind;
  const named = `names the parts of ${kind} with something to delete, and no others`;
  return [
    changed(`names no part of ${kind}`, named, ({ expired: right }) => ({
      expired: async (deadline) => (await right(deadline)).filter((part) => part.kind !== kind),
    })),
    changed(`names all parts of ${kind}`, named, () => ({
      expired: async () => shards.map((shard) => ({ kind, shard })),
    })),
    changed(`names parts of ${other} for ${kind}`, named, ({ expired: right }) => ({
      expired: async (deadline) =>
        (await right(deadline)).map((part) => ({
          ...part,
          kind: part.kind === kind ? other : part.kind,
        })),
    })),
    changed(`names the part before that of ${kind}`, named, ({ expired: right }) => ({
      expired: async (deadline) =>
        (await right(deadline)).map(({ shard, ...part }) => ({
          ...part,
          shard: (shard + recordShardCount - 1) % recordShardCount,
        })),
    })),
    wrong(
      `deletes ${other} with ${kind}`,
      `deletes from ${kind} and leaves ${other} alone`,
      (right) => async (purge) =>
        (await right(purge)) + (ofKind(purge) ? await right({ ...purge, kind: other }) : 0),
    ),
    wrong(
      `deletes ${other} with ${kind} and does not say so`,
      `deletes from ${kind} and leaves ${other} alone`,
      (right) => async (purge) => {
        if (ofKind(purge)) await right({ ...purge, kind: other });
        return right(purge);
      },
    ),
    wrong(
      `deletes ${other} for ${kind}`,
      `deletes from ${kind} and leaves ${other} alone`,
      (right) => (purge) => right({ ...purge, kind: ofKind(purge) ? other : kind }),
    ),
    wrong(
      `never deletes ${kind}`,
      expired,
      (right) => async (purge) => (ofKind(purge) ? 0 : right(purge)),
    ),
    {
      fault: `deletes ${kind} that is in force`,
      caughtBy: expired,
      apply: (subject) => ({ ...subject, insert: (one) => subject.insert(one, true) }),
    },
    wrong(`says nothing of what it deletes from ${kind}`, expired, (right) => async (purge) => {
      await right(purge);
      return 0;
    }),
    wrong(
      `says that it has deleted from ${kind} what it was asked for`,
      expired,
      (right) => async (purge) => {
        await right(purge);
        return purge.rowsMax;
      },
    ),
    wrong(
      `deletes more rows of ${kind} than it is asked for`,
      numbered,
      (right) => (purge) => right({ ...purge, rowsMax: 100 }),
    ),
    wrong(
      `deletes ${kind} in all shards`,
      sharded,
      (right) => (purge) => sumOf(shards.map((shard) => right({ ...purge, shard }))),
    ),
    wrong(
      `deletes ${kind} in half of the shards`,
      sharded,
      (right) => async (purge) => (purge.shard % 2 === 0 ? right(purge) : 0),
    ),
  ];
};

/** Deletions with one fault each. */
export const wrongExpiredRecords: readonly Wrong<ExpiredRecordsSubject>[] = [
  ...wrongsOf('idempotency', 'inbox'),
  ...wrongsOf('inbox', 'idempotency'),
  ...wrongsOf('ordered', 'inbox'),
  {
    fault: 'never deletes leases',
    caughtBy: 'deletes leases whose time is over, and none that is in force',
    apply: (subject) => ({ ...subject, lease: () => subject.lease(false) }),
  },
  {
    fault: 'deletes leases that are in force',
    caughtBy: 'deletes leases whose time is over, and none that is in force',
    apply: (subject) => ({ ...subject, lease: () => subject.lease(true) }),
  },
];
