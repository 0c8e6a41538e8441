import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { describe, expect, it } from 'vitest';
import { statement } from '../../../../src/adapters/dsql/index.ts';
import { insertedRowsMin } from '../../../../src/adapters/dsql/transaction/insert-size.ts';
import {
  refuseLongMessage,
  refuseOld,
  refuseOversized,
  writtenBytesMin,
} from '../../../../src/adapters/dsql/wire/transaction-limits.ts';

const mebibyte = 2 ** 20;
const refused = expect.objectContaining({ kind: 'InvalidInput' });

describe('the size of a transaction', () => {
  it('may be 3,000 rows and 10 MiB, and no more', () => {
    expect(() => refuseOversized(3_000, 10 * mebibyte)).not.toThrow();
    expect(() => refuseOversized(3_001, 0)).toThrow(refused);
    expect(() => refuseOversized(3_001, 0)).toThrow('3001 rows exceeds');
    expect(() => refuseOversized(0, 10 * mebibyte + 1)).toThrow(refused);
    expect(() => refuseOversized(0, 10 * mebibyte + 1)).toThrow('10485761 bytes exceeds');
  });

  it('counts what INSERT and UPDATE keep, and nothing that is only searched for', () => {
    const parameters = ['ab', new Uint8Array(3), 12, null, ['list', 'list'], true] as const;
    expect(writtenBytesMin(statement(' insert INTO t VALUES ($1)', ...parameters))).toBe(5);
    expect(writtenBytesMin(statement('UPDATE t SET a = $1', ...parameters))).toBe(5);
    for (const sql of [
      'SELECT $1',
      'DELETE FROM t WHERE a = $1',
      'SELECT a FROM t WHERE b = $1 FOR UPDATE',
      'INSERTED',
      'WITH a AS (SELECT $1)',
    ]) {
      expect(writtenBytesMin(statement(sql, ...parameters))).toBe(0);
    }
  });
});

describe('a text', () => {
  it('has its bytes in UTF-8 once it is long, and at least as many as it has units before', () => {
    expect(writtenBytesMin(statement('INSERT', 'é'.repeat(1_000)))).toBe(2_000);
    expect(writtenBytesMin(statement('INSERT', 'é'))).toBe(1);
  });
});

describe('a statement', () => {
  it('may have a text of 10 MiB, and parameters of as much, and no more', () => {
    const longest = 'x'.repeat(10 * mebibyte);
    expect(() => refuseLongMessage(statement(longest, longest))).not.toThrow();
    expect(() => refuseLongMessage(statement(`${longest}x`))).toThrow(refused);
    expect(() => refuseLongMessage(statement('SELECT $1', longest, 'x'))).toThrow(refused);
    expect(() => refuseLongMessage(statement('SELECT $1', [longest, 'x']))).toThrow(refused);
  });
});

describe('a transaction', () => {
  it('may become almost five minutes old, then a new one is begun', () => {
    expect(() => refuseOld(295_000)).not.toThrow();
    expect(() => refuseOld(295_001)).toThrow(expect.objectContaining({ kind: 'Unavailable' }));
  });
});

describe('a Kysely INSERT', () => {
  type Tables = { notes: { id: string; text: string | Uint8Array | null; size: number } };
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (one) => new PostgresIntrospector(one),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const rows = (count: number, text: string | Uint8Array = 'x') =>
    Array.from({ length: count }, (_, index) => ({ id: `${index}`, text, size: 1 }));
  const insert = (count: number, text?: string | Uint8Array) =>
    db.insertInto('notes').values(rows(count, text));

  it('adds the rows of its VALUES', () => {
    expect(insertedRowsMin(insert(1).compile())).toBe(1);
    expect(insertedRowsMin(insert(4_000).compile())).toBe(4_000);
    const computed = db.insertInto('notes').values(({ fn }) => ({
      id: fn<string>('gen_random_uuid', []),
      text: 'x',
      size: 1,
    }));
    expect(insertedRowsMin(computed.compile())).toBe(1);
  });

  it('adds nothing for certain where rows may exist, or come from a query', () => {
    const tolerant = insert(4_000).onConflict((conflict) => conflict.doNothing());
    expect(insertedRowsMin(tolerant.compile())).toBe(0);
    const copied = db
      .insertInto('notes')
      .columns(['id', 'text', 'size'])
      .expression(db.selectFrom('notes').selectAll());
    expect(insertedRowsMin(copied.compile())).toBe(0);
  });

  it.each([
    ['INSERT INTO t VALUES ($1)', 1],
    ['insert into "s".t (a, b)\n values ($1, $2), ($3, $4)', 1],
    ['INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING', 0],
    ['INSERT INTO t SELECT * FROM (VALUES (1)) AS v WHERE false', 0],
    ['UPDATE t SET a = $1', 0],
  ])('are at least as many as the text of a statement says: %s', (text, rows) => {
    expect(insertedRowsMin(statement(text))).toBe(rows);
  });

  it('has values of 1 MiB, and no more', () => {
    for (const text of ['x'.repeat(mebibyte), new Uint8Array(mebibyte)]) {
      expect(insertedRowsMin(insert(1, text).compile())).toBe(1);
    }
    const message = 'for the column text exceeds';
    for (const text of [`${'x'.repeat(mebibyte - 1)}é`, new Uint8Array(mebibyte + 1)]) {
      expect(() => insertedRowsMin(insert(2, text).compile())).toThrow(refused);
      expect(() => insertedRowsMin(insert(2, text).compile())).toThrow(message);
    }
  });

  it('has rows of 2 MiB, and no more', () => {
    const half = 'x'.repeat(mebibyte);
    const wide = (id: string) =>
      db
        .insertInto('notes')
        .values({ id, text: half, size: half as unknown as number })
        .compile();
    expect(insertedRowsMin(wide(''))).toBe(1);
    expect(() => insertedRowsMin(wide('x'))).toThrow(refused);
  });

  it('is the only query of its kind whose rows are known beforehand', () => {
    const others = [db.updateTable('notes').set({ size: 1 }), db.deleteFrom('notes')];
    for (const other of others) expect(insertedRowsMin(other.compile())).toBe(0);
  });
});
