import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  outboxCountPerShardMax,
  outboxShard,
  outboxShardCount,
} from '../../../../src/domain/kernel/outbox/outbox.ts';

describe('the part of the outbox that an event belongs to', () => {
  it('is the first digit of its id', () => {
    const digits = [...'0123456789abcdef'];
    const shards = digits.map((digit) =>
      outboxShard(`${digit}2345678-1234-4234-8234-123456789abc`),
    );
    expect(shards).toEqual(Array.from({ length: outboxShardCount }, (_, shard) => shard));
  });

  it('is one of sixteen, in which 10,000 rows are counted', () => {
    expect(outboxShardCount).toBe(16);
    expect(outboxShardCount * outboxCountPerShardMax).toBe(10_000);
  });

  it.each(['', 'g', '-1', ' f', 'zz'])('is the first one for the made-up id %j', (id) => {
    expect(outboxShard(id)).toBe(0);
  });

  it('exists for every id, also for one that somebody has made up', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const shard = outboxShard(id);
        expect(Number.isInteger(shard) && shard >= 0 && shard < outboxShardCount).toBe(true);
      }),
    );
  });
});
