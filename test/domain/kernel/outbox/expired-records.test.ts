import { describe, expect, it } from 'vitest';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import {
  Conflict,
  createCleanup,
  type ExpiredRecords,
  type RecordPart,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../../src/domain/kernel/outbox/expired-records.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

type Purge = Parameters<ExpiredRecords['purge']>[0];

const batchRowsMax = 1_000;

/** Every part of every table. */
const allParts: readonly RecordPart[] = (['idempotency', 'inbox', 'ordered'] as const).flatMap(
  (kind) => Array.from({ length: recordShardCount }, (_, shard) => ({ kind, shard })),
);

const setUp = (
  answer: (purge: Purge) => number | Promise<number>,
  random = 0,
  found: () => readonly RecordPart[] = () => allParts,
) => {
  const clock = manualClock();
  const metrics = createMemoryMetrics();
  const logger = createMemoryLogger();
  const asked: Purge[] = [];
  const searches: number[] = [];
  const records: ExpiredRecords = {
    expired: async (deadline) => {
      searches.push(deadline);
      return found();
    },
    purge: async (purge) => {
      asked.push(purge);
      return answer(purge);
    },
  };
  const deps = { records, clock, random: always(random), logger, metrics };
  const run = (roomMs = 30_000) => createCleanup(deps).run(clock.now() + roomMs);
  return { clock, logger, metrics, asked, searches, run };
};

/** A table per kind, from which a batch takes what is there. */
const holding = (rows: Record<Purge['kind'], number>) => (purge: Purge) => {
  const taken = Math.min(purge.rowsMax, rows[purge.kind]);
  rows[purge.kind] -= taken;
  return taken;
};

describe('a cleanup', () => {
  it('asks once where there is something to delete, and deletes nothing if there is nothing', async () => {
    const { asked, clock, metrics, searches, run } = setUp(
      () => 1,
      0,
      () => [],
    );
    expect(await run()).toEqual({ idempotency: 0, inbox: 0, ordered: 0 });
    expect(searches).toEqual([clock.now() + 30_000]);
    expect(asked).toEqual([]);
    expect(metrics.sum('RecordPurged')).toBe(0);
  });

  it('deletes in the parts that have something to delete, and in no others', async () => {
    const parts = [
      { kind: 'inbox', shard: 3 },
      { kind: 'idempotency', shard: 15 },
    ] as const;
    const { asked, clock, run } = setUp(
      () => 1,
      0,
      () => parts,
    );
    expect(await run()).toEqual({ idempotency: 1, inbox: 1, ordered: 0 });
    const batch = { rowsMax: batchRowsMax, deadline: clock.now() + 30_000 };
    expect(asked).toEqual(parts.map((part) => ({ ...part, ...batch })));
  });

  it('leaves all to the next run when a conflict hides where there is something', async () => {
    const { asked, run } = setUp(
      () => 1,
      0,
      () => {
        throw new Conflict('lost');
      },
    );
    expect(await run()).toEqual({ idempotency: 0, inbox: 0, ordered: 0 });
    expect(asked).toEqual([]);
  });

  it('says why it cannot look for anything', async () => {
    const { run } = setUp(
      () => 1,
      0,
      () => {
        throw new Unavailable('away');
      },
    );
    await expect(run()).rejects.toThrow('away');
  });

  it('deletes batch after batch, none larger than a transaction may be, and counts them', async () => {
    const { asked, metrics, run } = setUp(holding({ idempotency: 2_500, inbox: 10, ordered: 0 }));
    expect(await run()).toEqual({ idempotency: 2_500, inbox: 10, ordered: 0 });
    expect(metrics.sum('RecordPurged')).toBe(2_510);
    expect(Math.max(...asked.map(({ rowsMax }) => rowsMax))).toBe(batchRowsMax);
  });

  it('ends after a bounded number of batches, however much there is', async () => {
    const { asked, run } = setUp(({ rowsMax }) => rowsMax);
    const { idempotency, inbox, ordered } = await run();
    expect(asked.length).toBe(144);
    expect([inbox, ordered]).toEqual([idempotency, idempotency]);
  });

  it('begins no batch that it has no time for', async () => {
    const { asked, clock, searches, run } = setUp(({ rowsMax }) => {
      clock.advance(1_000);
      return rowsMax;
    });
    await run(5_500);
    expect(asked).toHaveLength(4);
    await run(2_000);
    expect([asked.length, searches.length]).toEqual([4, 1]);
  });

  it('leaves a shard to the Region that works on it, and goes on with the next', async () => {
    const { asked, logger, run } = setUp(({ kind, shard }) => {
      if (kind === 'inbox' && shard === 0) throw new Conflict('lost');
      return 7;
    });
    expect(await run()).toEqual({ idempotency: 16 * 7, inbox: 15 * 7, ordered: 16 * 7 });
    expect(asked).toHaveLength(48);
    expect(logger.lines[0]).toMatchObject({ level: 'debug', fields: { kind: 'inbox' } });
  });

  it('warns of events that no consumer has handled in time, and only then', async () => {
    const handled = setUp(holding({ idempotency: 5, inbox: 5, ordered: 0 }));
    await handled.run();
    expect(handled.logger.lines).toEqual([]);
    const waiting = setUp(holding({ idempotency: 0, inbox: 0, ordered: 3 }));
    await waiting.run();
    expect(waiting.logger.lines).toMatchObject([{ level: 'warn', fields: { count: 3 } }]);
    const sums = [handled, waiting].map(({ metrics }) => metrics.sum('OrderedEventGivenUp'));
    expect(sums).toEqual([0, 3]);
  });

  it('begins at another shard in another run, so that two Regions seldom meet', async () => {
    const firsts = [0, 0.3, 0.6, 0.99].map(async (random) => {
      const { asked, run } = setUp(() => 0, random);
      await run();
      expect(new Set(asked.map(({ kind, shard }) => `${kind} ${shard}`)).size).toBe(48);
      expect(asked).toHaveLength(48);
      return JSON.stringify([asked[0]?.kind, asked[0]?.shard]);
    });
    expect(new Set(await Promise.all(firsts)).size).toBe(4);
  });

  it('says why it cannot delete anything', async () => {
    const { run } = setUp(() => {
      throw new Unavailable('away');
    });
    await expect(run()).rejects.toThrow('away');
  });
});
