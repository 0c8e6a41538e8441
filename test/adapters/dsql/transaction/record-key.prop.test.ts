import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdempotencyRecords } from '../../../../src/adapters/dsql/index.ts';
import {
  digest,
  recordKey,
  recordShard,
} from '../../../../src/adapters/dsql/transaction/record-key.ts';
import { recordShardCount } from '../../../../src/domain/kernel/outbox/expired-records.ts';

describe('the key of a record', () => {
  it('is of one length and in one of the shards, whatever the key of the caller is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1_000 }), (key) => {
        const id = recordKey('command', key);
        expect(id).toHaveLength(43);
        expect(recordShard(id)).toBeOneOf(Array.from({ length: recordShardCount }, (_, i) => i));
        expect(recordKey('lease', key)).not.toBe(id);
      }),
    );
  });

  it('spreads keys that follow each other evenly over the shards', () => {
    const counts = new Map<number, number>();
    for (let order = 0; order < 16_000; order += 1) {
      const shard = recordShard(digest(`order-${order}`));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(recordShardCount);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it('is the same for the same key in any process, and so in either Region', () => {
    const insert = () =>
      createIdempotencyRecords('s').insert({ kind: 'command', key: 'k', fingerprint: 'f' }, null);
    expect(insert()).toEqual(insert());
    expect(insert().parameters[0]).toBe(recordKey('command', 'k'));
    expect(recordShard(recordKey('command', 'k'))).toBe(1);
    expect(recordKey('command', 'k')).toBe('oWr5_usJL0ruj_d8Kk4ws1dSRD-5m17SD-tDxvmCMJM');
  });
});
