import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../../../../src/adapters/dsql/index.ts';
import {
  createOutboxInspection,
  type OutboxInspection,
} from '../../../../../src/adapters/dsql/records/outbox/outbox-inspection.ts';
import { counterSchema as schema } from '../../../../support/counter.ts';
import { testCounters } from '../../../../support/counter-database.ts';
import type { TestDsql } from '../../../../support/dsql.ts';
import { poolOf } from '../../../../support/dsql-adapter.ts';
import { emptyOutbox } from '../../../../support/dsql-outbox.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let pool: ConnectionPool;
let inspection: OutboxInspection;

beforeAll(async () => {
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  pool = poolOf(dsql, { size: 2 });
  inspection = createOutboxInspection(pool, { schema });
});

beforeEach(() => emptyOutbox(superuser));

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

/** Rows of one part, whose times are given by their numbers, from 1. */
const insert = (
  count: number,
  shard: string,
  { origin = 'us-east-1', times }: { readonly origin?: string; readonly times: string },
) =>
  superuser.query(
    `INSERT INTO ${schema}.outbox (shard, id, envelope, origin_region, occurred_at, attempts,
        due_at, published_at, dead_at)
      SELECT $1::int, ($2 || substr(gen_random_uuid()::text, 2))::uuid, 'n' || n, $3, now(), 1,
        ${times}
      FROM generate_series(1, $4) AS n`,
    [Number.parseInt(shard, 16), shard, origin, count],
  );

const published = (due: string, at = `now() - interval '1 hour'`) => ({
  times: `${due}, ${at}, NULL`,
});

const pagesOf = async (shard: number, origin = 'us-east-1', since = new Date(0)) => {
  const pages = [];
  for await (const rows of inspection.publishedSince(shard, origin, since)) pages.push(rows);
  return pages;
};

describe('published rows', () => {
  it('come once each, in pages of a hundred, also where many have one time', async () => {
    await insert(700, 'a', published(`now() + interval '1 hour'`));
    await insert(900, 'a', published(`now() + interval '2 hours'`));
    await insert(650, 'a', published(`now() + n * interval '1 microsecond'`));
    const pages = await pagesOf(10);
    expect(Math.max(...pages.map(({ length }) => length))).toBe(100);
    expect(pages.flat()).toHaveLength(2_250);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(2_250);
  });

  it('are those of one part, one Region and one time', async () => {
    await insert(3, 'a', published(`now() + interval '1 day'`));
    await insert(5, 'a', { ...published('now()'), origin: 'us-west-2' });
    await insert(7, 'b', published(`now() + interval '1 day'`));
    await insert(9, 'a', published(`now() + interval '1 day'`, `now() - interval '3 hours'`));
    await insert(2, 'a', { times: `now() + interval '1 day', NULL, NULL` });
    const since = new Date(Date.now() - 7_200_000);
    expect((await pagesOf(10, 'us-east-1', since)).flat()).toHaveLength(3);
    expect((await pagesOf(11)).flat()).toHaveLength(7);
  });

  it('are refused to be read where more have one time than a page holds', async () => {
    await insert(1_001, 'a', published(`now() + interval '1 hour'`));
    await expect(pagesOf(10)).rejects.toThrow('More than 1000 events');
  });
});

describe('the oldest rows', () => {
  it('are chosen over all parts and both Regions', async () => {
    const waiting = (minutes: number) => ({
      times: `now() - ${minutes} * interval '1 minute' - n * interval '1 second', NULL, NULL`,
    });
    await insert(4, '0', waiting(1));
    await insert(4, 'f', { ...waiting(9), origin: 'us-west-2' });
    await insert(4, '7', waiting(5));
    await insert(4, '7', { ...waiting(3), origin: 'us-west-2' });
    await insert(4, '7', { times: 'now(), now(), NULL' });
    await insert(4, '7', { times: 'now(), NULL, now()' });
    const oldest = await inspection.oldest('pending', 10);
    expect(oldest.map(({ id, origin }) => `${id.charAt(0)} ${origin}`)).toEqual([
      ...Array.from({ length: 4 }, () => 'f us-west-2'),
      ...Array.from({ length: 4 }, () => '7 us-east-1'),
      ...Array.from({ length: 2 }, () => '7 us-west-2'),
    ]);
    expect(await inspection.oldest('dead', 10)).toHaveLength(4);
    expect(await inspection.oldest('published', 3)).toHaveLength(3);
    const [row] = oldest;
    expect(await inspection.byId(row?.id ?? '')).toEqual(row);
  });

  it('are none where the outbox is empty', async () => {
    for (const state of ['dead', 'pending', 'published'] as const) {
      expect(await inspection.oldest(state, 10)).toEqual([]);
    }
  });
});

describe('ids of dead rows', () => {
  it('are those of one part that were dead at a time', async () => {
    await insert(3, 'a', { times: `now(), NULL, now() - interval '1 hour'` });
    await insert(2, 'a', { times: `now(), NULL, now() + interval '1 hour'` });
    await insert(4, 'b', { times: `now(), NULL, now() - interval '1 hour'` });
    expect(await inspection.deadIds(10, await inspection.now(), 100)).toHaveLength(3);
    expect(await inspection.deadIds(11, await inspection.now(), 2)).toHaveLength(2);
  });
});
