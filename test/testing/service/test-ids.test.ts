import { expect, it } from 'vitest';
import { outboxShard, outboxShardCount } from '../../../src/domain/kernel/outbox/outbox.ts';
import { testIds } from '../../../src/testing/index.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

it('ids of a test are the same in each run, and each comes once', () => {
  const many = () => {
    const ids = testIds();
    return Array.from({ length: 300 }, () => ids.uuid());
  };
  expect(many()).toEqual(many());
  expect(new Set(many()).size).toBe(300);
  for (const id of many()) expect(id).toMatch(uuid);
});

it('ids of a test spread over all parts of the outbox, and tell what was given', () => {
  const ids = testIds();
  const given = Array.from({ length: outboxShardCount }, () => ids.uuid());
  expect(new Set(given.map(outboxShard)).size).toBe(outboxShardCount);
  expect(ids.given).toEqual(given);
});
