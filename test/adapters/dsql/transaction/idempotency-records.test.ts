import { describe, expect, it } from 'vitest';
import {
  createDsqlCommandRecords,
  createDsqlExpiredRecords,
  createIdempotencyRecords,
} from '../../../../src/adapters/dsql/index.ts';
import type { ExpiredRecordsOptions } from '../../../../src/adapters/dsql/records/expired-records.ts';
import { recordKey, recordShard } from '../../../../src/adapters/dsql/transaction/record-key.ts';
import type { FlightResult } from '../../../../src/adapters/dsql/wire/statement.ts';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier } from '../../../../src/domain/kernel/index.ts';
import { answered, answeringPool, type Sent, unanswered } from '../../../support/answering-pool.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const command = { kind: 'command', key: 'k', fingerprint: 'f' } as const;
const event = { kind: 'event', eventId: 'e', consumer: 'c' } as const;

describe('the record of a unit of work', () => {
  it.each([
    ['idempotency_pkey', 'counting', true],
    ['inbox_pkey', 'counting', true],
    // An error that names no schema is taken for one's own.
    ['inbox_pkey', undefined, true],
    ['idempotency_pkey', 'billing', false],
    ['inbox_pkey', 'billing', false],
    ['counters_pkey', 'counting', false],
    [undefined, 'counting', false],
  ])('is there already after %s of %s: %s', (constraint, schema, isDuplicate) => {
    const error = {
      code: '23505',
      message: 'duplicate key',
      severity: 'ERROR',
      constraint,
      schema,
    };
    expect(createIdempotencyRecords('counting').isDuplicate(error)).toBe(isDuplicate);
  });

  it('is kept for the time that was asked for, or thirty days', () => {
    const retentionOf = (...given: [] | [number]) =>
      createIdempotencyRecords('counting', ...given).insert(command, null).parameters[3];
    expect([retentionOf(), retentionOf(5)]).toEqual([2_592_000_000, 5]);
  });

  it('is in the schema of its service, whatever that is called', () => {
    const records = createIdempotencyRecords('a"b');
    for (const one of [command, event]) {
      const table = one.kind === 'command' ? 'idempotency' : 'inbox';
      for (const { sql } of [records.find(one), records.insert(one, null)]) {
        expect(sql).toContain(` "a""b".${table} `);
      }
    }
  });

  it('tells nothing of a key or a content in the clear', () => {
    const { parameters } = createIdempotencyRecords('counting').insert(
      { kind: 'command', key: 'ada@example.org', fingerprint: 'a secret' },
      null,
    );
    expect(JSON.stringify(parameters)).not.toMatch(/ada|secret/);
    expect(parameters.slice(0, 2)).not.toContain(undefined);
    expect(parameters[4]).toBe(recordShard(recordKey('command', 'ada@example.org')));
  });
});

describe('the look at the record of a command', () => {
  const deadline = manualClock().now() + 10_000;
  const look = (answer: (one: Sent) => FlightResult, passingMs = 0) => {
    const clock = manualClock();
    const { pool, sent } = answeringPool((one) => {
      clock.advance(passingMs);
      return answer(one);
    });
    const retrier = createRetrier({ clock, random: always(0), metrics: createMemoryMetrics() });
    const kept = createIdempotencyRecords('counting');
    const records = createDsqlCommandRecords({ connections: pool, records: kept, retrier });
    return { sent, find: () => records.find(command, deadline) };
  };

  it('is sent again until an answer comes', async () => {
    let times = 0;
    const { find, sent } = look(() => {
      times += 1;
      return times < 3 ? unanswered : answered([]);
    });
    expect(await find()).toBeUndefined();
    expect(sent.map((one) => one.deadline)).toEqual([deadline, deadline, deadline]);
  });

  it('writes nothing, so that an answer that never comes leaves no doubt', async () => {
    const { find, sent } = look(() => unanswered, 4_000);
    await expect(find()).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(sent).toHaveLength(3);
  });
});

describe('the deletion of expired records', () => {
  const deadline = Date.now() + 10_000;
  const purgeOver = (answer: (one: Sent) => FlightResult, options: object = {}) => {
    const { pool, sent } = answeringPool(answer);
    const given: ExpiredRecordsOptions = { schema: 'counting', ...options };
    const records = createDsqlExpiredRecords(pool, given);
    const purge = (shard: number, rowsMax: number) =>
      records.purge({ kind: 'inbox', shard, rowsMax, deadline });
    return { sent, purge };
  };
  const limitsOf = (sent: readonly Sent[], shard: string) =>
    sent.flatMap(({ sql }) =>
      sql.includes(`shard ${shard}`) ? [Number(/LIMIT (\d+)/.exec(sql)?.[1])] : [],
    );

  it('takes rows without a shard with the first shard, as many as are left', async () => {
    const { purge, sent } = purgeOver(({ sql }) =>
      answered(sql.includes('IS NULL') ? Number(/LIMIT (\d+)/.exec(sql)?.[1]) : 3),
    );
    expect(await purge(0, 10)).toBe(10);
    expect(limitsOf(sent, '= $1')).toEqual([10]);
    expect(limitsOf(sent, 'IS NULL')).toEqual([4, 2, 1]);
    expect(sent.map(({ parameters }) => parameters)).toEqual([[0], [], [], []]);
  });

  it('asks for no more rows without a shard when there are none', async () => {
    const { purge, sent } = purgeOver(({ sql }) => answered(sql.includes('IS NULL') ? 1 : 3));
    expect(await purge(0, 10)).toBe(4);
    expect(limitsOf(sent, 'IS NULL')).toEqual([4]);
  });

  it('takes nothing but its rows with any other shard', async () => {
    const { purge, sent } = purgeOver(() => answered(3));
    expect(await purge(1, 10)).toBe(3);
    expect(sent).toMatchObject([{ parameters: [1], deadline }]);
  });

  it('leaves in doubt what it has deleted when no answer comes', async () => {
    const { purge } = purgeOver(() => unanswered);
    await expect(purge(1, 10)).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
  });

  it.each([
    [{}, 2_592_000_000],
    [{ inboxRetentionMs: 0 }, 0],
    [{ inboxRetentionMs: 5 }, 5],
  ])('keeps events for the time that was asked for, or thirty days: %o', async (options, ms) => {
    const { purge, sent } = purgeOver(() => answered(0), options);
    await purge(1, 10);
    expect(sent[0]?.sql).toContain(`now() - ${ms} * interval '1 millisecond'`);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses to keep events for %d ms',
    (inboxRetentionMs) => {
      expect(() => purgeOver(() => answered(0), { inboxRetentionMs })).toThrow(
        expect.objectContaining({
          kind: 'InvariantViolation',
          message: expect.stringContaining('inboxRetentionMs'),
        }),
      );
    },
  );
});
