import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareRows } from '../../../../../packages/cli/src/commands/rows/compare-rows.ts';
import {
  readShape,
  refuseOtherShape,
} from '../../../../../packages/cli/src/commands/rows/table-shape.ts';
import type { ConnectionPool } from '../../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { poolOf } from '../../../../support/dsql-adapter.ts';

const table = `CREATE TABLE shop.payment (
  shard smallint, id text, amount numeric(19, 3) NOT NULL, paid_at timestamptz, note jsonb,
  photo bytea, number bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  doubled numeric GENERATED ALWAYS AS (amount * 2) STORED, PRIMARY KEY (id, shard))`;

const fill = `INSERT INTO shop.payment (number, shard, id, amount, paid_at, note, photo)
  OVERRIDING SYSTEM VALUE
  SELECT s, s, 'p-' || s, s + 0.125, '2026-11-30T10:00:00.123456+02', '{"a": [1, null]}', '\\x00ff'
  FROM generate_series(1, 450) AS s`;

let restored: TestDsql;
let service: TestDsql;
let pools: readonly [ConnectionPool, ConnectionPool];

const ask = async (dsql: TestDsql, sql: string) => {
  const admin = await dsql.adminConnection();
  return (await admin.query(sql)).rows;
};

beforeAll(async () => {
  // Both stand on one server, whose roles are shared.
  restored = await testDsql();
  service = await testDsql();
  for (const one of [restored, service]) {
    await ask(one, 'CREATE SCHEMA shop');
    await ask(one, table);
    await ask(one, 'CREATE TABLE shop.keyless (id text)');
    await ask(one, 'CREATE TABLE shop.seat (c1 int, c0 int PRIMARY KEY, place text UNIQUE)');
  }
  await ask(restored, fill);
  pools = [poolOf(restored), poolOf(service)];
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await service.stop();
  await restored.stop();
});

beforeEach(async () => {
  await ask(service, 'DELETE FROM shop.payment');
  await ask(service, fill);
});

const compare = async (
  more: { readonly writes?: boolean; readonly where?: string } = {},
  table = 'payment',
) => {
  const [from, to] = pools.map((connections) => ({ connections }));
  if (!from || !to) throw new Error('There are two clusters');
  const shape = await readShape(to, 'shop', table);
  const { signal: interrupted } = new AbortController();
  const settings = { shownMax: 2, writes: false, ...more };
  return compareRows({ from, to, shape, interrupted, ...settings });
};

const nothing = { missing: 0, changed: 0, written: 0, missingKeys: [], changedRows: [] };

describe('rows of a restored cluster', () => {
  it('are found missing over several pages, and written back exactly', async () => {
    const before = await ask(service, 'SELECT * FROM shop.payment ORDER BY shard');
    await ask(service, 'DELETE FROM shop.payment WHERE shard > 3');
    expect(await compare()).toMatchObject({ compared: 450, missing: 447, written: 0 });
    expect(await ask(service, 'SELECT count(*)::int AS n FROM shop.payment')).toEqual([{ n: 3 }]);
    const { missingKeys, ...report } = await compare({ writes: true });
    expect(report).toMatchObject({ compared: 450, missing: 447, changed: 0, written: 447 });
    expect(missingKeys).toEqual([
      ['p-10', '10'],
      ['p-100', '100'],
    ]);
    expect(await ask(service, 'SELECT * FROM shop.payment ORDER BY shard')).toEqual(before);
    expect(await compare({ writes: true })).toEqual({ ...nothing, compared: 450 });
  });

  it('leave rows alone that have changed since, and name the values', async () => {
    await ask(service, "UPDATE shop.payment SET amount = 7, note = NULL WHERE id = 'p-5'");
    await ask(service, "INSERT INTO shop.payment (shard, id, amount) VALUES (0, 'new', 1)");
    const report = await compare({ writes: true });
    expect(report).toMatchObject({ compared: 450, missing: 0, changed: 1, written: 0 });
    expect(report.changedRows).toEqual([
      {
        key: ['p-5', '5'],
        columns: {
          amount: { was: '5.125', is: '7.000' },
          note: { was: '{"a": [1, null]}', is: null },
        },
      },
    ]);
    expect(await ask(service, 'SELECT count(*)::int AS n FROM shop.payment')).toEqual([{ n: 451 }]);
  });

  it('are looked at where a condition holds only', async () => {
    await ask(service, 'DELETE FROM shop.payment WHERE shard IN (1, 2, 3)');
    const where = 'shard < 3 -- and not the third; it was closed';
    expect(await compare({ writes: true, where })).toMatchObject({ compared: 2, written: 2 });
    expect(await compare()).toMatchObject({ missing: 1, missingKeys: [['p-3', '3']] });
  });

  it('are counted as written only where no other row has a unique value of theirs', async () => {
    await ask(restored, "INSERT INTO shop.seat VALUES (1, 1, 'a'), (2, 2, 'b')");
    await ask(service, "INSERT INTO shop.seat VALUES (9, 9, 'a')");
    expect(await compare({ writes: true }, 'seat')).toMatchObject({ missing: 2, written: 1 });
    expect(await ask(service, 'SELECT c0 FROM shop.seat ORDER BY c0')).toEqual([
      { c0: 2 },
      { c0: 9 },
    ]);
    await ask(restored, 'DELETE FROM shop.seat');
    await ask(service, 'DELETE FROM shop.seat');
  });

  it('are read in the order of their key, whatever its columns are called', async () => {
    await ask(
      restored,
      'INSERT INTO shop.seat SELECT 451 - s, s FROM generate_series(1, 450) AS s',
    );
    expect(await compare({}, 'seat')).toMatchObject({ compared: 450, missing: 450 });
  });

  it('have the columns of today, and a key', async () => {
    const [from, to] = pools.map((connections) => ({ connections }));
    if (!from || !to) throw new Error('There are two clusters');
    await expect(readShape(to, 'shop', 'keyless')).rejects.toThrow(
      'shop.keyless has no primary key to find its rows by',
    );
    await expect(readShape(to, 'shop', 'nothing')).rejects.toThrow(
      'there is no table shop.nothing',
    );
    const now = await readShape(to, 'shop', 'payment');
    const then = { ...now, columns: now.columns.slice(1) };
    expect(() => refuseOtherShape(then, now)).toThrow('had other columns at the backup');
    const restoredShape = await readShape(from, 'shop', 'payment');
    expect(() => refuseOtherShape(restoredShape, now)).not.toThrow();
  });
});
