import { CamelCasePlugin, Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../../src/adapters/dsql/connection/connection.ts';
import { createTokenSource } from '../../../../../src/adapters/dsql/connection/token.ts';
import {
  type ConnectionPool,
  DsqlDialect,
  json,
  pipeline,
  query,
  statement,
  type Transactions,
  template,
} from '../../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { adminOptions, poolOf, transactionsOn } from '../../../../support/dsql-adapter.ts';

type Item = { readonly id: string; readonly doc: unknown };
type Tables = { readonly items: Item };

let dsql: TestDsql;
let pool: ConnectionPool;
let db: Kysely<Tables>;
let transactions: Transactions;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE items (id text PRIMARY KEY, doc jsonb)');
  pool = poolOf(dsql);
  db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections: pool }) });
  transactions = transactionsOn(pool);
});

afterAll(async () => {
  await db.destroy();
  await dsql.stop();
});

const unique = (): string => crypto.randomUUID();

const docOf = async (id: string): Promise<unknown> => {
  const [row] = await db.selectFrom('items').select('doc').where('id', '=', id).execute();
  return row?.doc;
};

const upsert = ({ id, doc }: Item) =>
  db
    .insertInto('items')
    .values({ id, doc })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ doc }));

/** Everything that JSON has; a text and null need `json`. */
const documents: readonly (readonly [name: string, doc: unknown])[] = [
  ['an empty array', []],
  ['an array of texts', ['a', '{b}', 'NULL']],
  ['an array of arrays', [[], [[1]]]],
  ['an array of objects', [{ tags: [] }]],
  ['an empty object', {}],
  ['an object', { a: [1, null, true], at: 'x' }],
  ['a number', -1.5],
  ['a boolean', false],
];

type Store = (item: Item) => Promise<unknown>;

const stores: Readonly<Record<string, Store>> = {
  'a Kysely INSERT': (item) => db.insertInto('items').values(item).execute(),
  'a Kysely INSERT of several rows': ({ id, doc }) =>
    db
      .insertInto('items')
      .values([
        { id: unique(), doc: sql`null` },
        { id, doc },
      ])
      .execute(),
  'a Kysely UPDATE': async ({ id, doc }) => {
    await db.insertInto('items').values({ id, doc: null }).execute();
    await db.updateTable('items').set({ doc }).where('id', '=', id).execute();
  },
  'a Kysely UPDATE of one column': async ({ id, doc }) => {
    await db.insertInto('items').values({ id, doc: null }).execute();
    await db.updateTable('items').set('doc', doc).where('id', '=', id).execute();
  },
  'ON CONFLICT DO UPDATE': async ({ id, doc }) => {
    await db.insertInto('items').values({ id, doc: null }).execute();
    await upsert({ id, doc }).execute();
  },
  'tx.write': (item) =>
    transactions.run(async (tx) => tx.write(db.insertInto('items').values(item))),
  'a template': (item) =>
    transactions.run(async (tx) =>
      tx.write(template(({ id, doc }: Item) => upsert({ id, doc }))(item)),
    ),
  'a pipeline': (item) => pipeline(db, [db.insertInto('items').values(item)]),
  'an INSERT with an expression in its row': ({ id, doc }) =>
    db
      .insertInto('items')
      .values([
        { id: sql<string>`${id}::text`, doc },
        { id: sql<string>`${unique()}::text`, doc },
      ])
      .execute(),
  'raw SQL with json': ({ id, doc }) =>
    query(pool, statement('INSERT INTO items VALUES ($1, $2)', id, json(doc)), { writes: true }),
  'raw SQL that shows the type': ({ id, doc }) =>
    query(pool, statement('INSERT INTO items VALUES ($1, $2::jsonb)', id, doc), { writes: true }),
};

describe('a jsonb column', () => {
  describe.each(Object.keys(stores))('by %s', (name) => {
    it.each(documents)('takes %s as it is', async (_, doc) => {
      const id = unique();
      await stores[name]?.({ id, doc });
      expect(await docOf(id)).toEqual(doc);
    });
  });

  it.each(['a text', '', '[]', null])('takes %j with json, in a template too', async (doc) => {
    const id = unique();
    const insert = template(({ id, doc }: Item) =>
      db.insertInto('items').values({ id, doc: json(doc) }),
    );
    await transactions.run(async (tx) => tx.write(insert({ id, doc })));
    const kind = statement<{ kind: string }>(
      'SELECT jsonb_typeof(doc) AS kind FROM items WHERE id = $1',
      id,
    );
    const { rows } = await query(pool, kind, { writes: false });
    expect(rows).toEqual([{ kind: doc === null ? 'null' : 'string' }]);
    expect(await docOf(id)).toBe(doc);
  });

  it('finds its row by the array that was read, as a value of raw SQL', async () => {
    for (const doc of [[], ['a'], [[1]]]) {
      const id = unique();
      await db.insertInto('items').values({ id, doc }).execute();
      const read = await docOf(id);
      const same = sql<boolean>`doc = ${read}`;
      const found = await db.selectFrom('items').select('id').where(same).execute();
      expect(found.map((row) => row.id)).toContain(id);
    }
  });

  it('takes a bytea, dates and intervals in arrays that a query takes', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const one = statement(
      'SELECT $1::timestamptz[] AS times, $2::bytea[] AS bytes, $3::interval[] AS spans',
      [at, null],
      [Buffer.from([0, 255])],
      [],
    );
    const { rows } = await query(pool, one, { writes: false });
    expect(rows).toEqual([{ times: [at, null], bytes: [Buffer.from([0, 255])], spans: [] }]);
    const [row] = rows;
    const back = statement(
      'SELECT $1 = $2::timestamptz[] AS times, $3 = $4::interval[] AS spans',
      ...[row?.['times'], row?.['times'], row?.['spans'], row?.['spans']],
    );
    expect((await query(pool, back, { writes: false })).rows).toEqual([
      { times: true, spans: true },
    ]);
  });
});

describe('an array of which nobody has said that it is JSON', () => {
  const insert = (doc: unknown) => statement('INSERT INTO items VALUES ($1, $2)', unique(), doc);

  it.each([false, true])('is refused with the remedy (serial: %s)', async (serial) => {
    const options = { ...adminOptions(dsql), serial };
    const connection = await connect(
      options,
      createTokenSource(options, () => dsql.credentials),
    );
    const flown = await connection.flight([insert(['a secret'])], Date.now() + 5_000);
    expect(flown.error).toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringMatching(
        /^Parameter \$2 is an array that is no JSON, .* takes JSON there: wrap it in json\(…\)/,
      ),
    });
    expect(String(flown.error)).not.toContain('secret');
    // The connection goes on.
    const { results } = await connection.flight([statement('SELECT 1 AS n')], Date.now() + 5_000);
    expect(results[0]?.rows).toEqual([{ n: 1 }]);
    await connection.close();
  });

  it('is refused by a query, a transaction and Kysely alike', async () => {
    const remedy = /Parameter \$2 is an array.*wrap it in json/;
    const one = insert(['a']);
    await expect(query(pool, one, { writes: true })).rejects.toThrow(remedy);
    await expect(transactions.run(async (tx) => tx.write(one))).rejects.toThrow(remedy);
    const raw = sql`INSERT INTO items VALUES (${unique()}, ${['a']})`.execute(db);
    await expect(raw).rejects.toThrow(remedy);
  });

  it('is refused before it is sent when it is empty', async () => {
    await expect(query(pool, insert([]), { writes: true })).rejects.toThrow(
      /Parameter \$2 is an empty array.*wrap it in json/,
    );
  });
});

describe('a text of which nobody has said that it is JSON', () => {
  it('is refused with its number and the remedy, and is not quoted', async () => {
    const secret = db.insertInto('items').values({ id: unique(), doc: 'a secret' }).execute();
    const fault = await secret.catch((error: unknown) => String(error));
    expect(fault).toMatch(
      /One of the parameters \$1, \$2 is a text that is no JSON.*: wrap it in json\(…\)/,
    );
    expect(fault).not.toContain('secret');
    const set = db.updateTable('items').set({ doc: 'a secret' }).execute();
    await expect(set).rejects.toThrow(/^Parameter \$1 is a text that is no JSON.*wrap it in json/);
  });

  it('is told from a Date and from NaN, which are no JSON either', async () => {
    const set = (doc: unknown, id = '1') =>
      db.updateTable('items').set({ doc }).where('id', '=', id).execute();
    await expect(set(new Date(0))).rejects.toThrow(/^Parameter \$1 is a Date that is no JSON/);
    await expect(set(Number.NaN)).rejects.toThrow(/^Parameter \$1 is a value that is no JSON/);
    await expect(set(new Date(0), 'some id')).rejects.toThrow(
      /^One of the parameters \$1, \$2 is a Date or a text that is no JSON.*wrap it in json/,
    );
    expect(await set(json(new Date(0)))).toHaveLength(1);
  });

  it('has no remedy where it is no parameter', async () => {
    const raw = sql`SELECT doc::text || 'x'::text::jsonb::text FROM items`.execute(db);
    await expect(raw).rejects.toThrow(/^The database refused a statement: 22P02/);
  });
});

describe('undefined', () => {
  it('is refused, and Kysely leaves the column out', async () => {
    const id = unique();
    await db.insertInto('items').values({ id, doc: 1 }).execute();
    await db.updateTable('items').set({ doc: undefined, id }).where('id', '=', id).execute();
    expect(await docOf(id)).toBe(1);
    const nobody = db.selectFrom('items').selectAll().where('doc', '=', undefined);
    await expect(nobody.execute()).rejects.toThrow(/^Parameter \$1 is undefined: send null/);
  });
});

describe('an array that a plugin copies', () => {
  it('keeps its kind where it is a Date or an object, and is JSON in a column anyway', async () => {
    const camel = db.withPlugin(new CamelCasePlugin());
    const id = unique();
    await db
      .insertInto('items')
      .values({ id, doc: ['a'] })
      .execute();
    const read = await camel
      .selectFrom('items')
      .select(['doc', sql<Date>`timestamp '2026-01-02 03:04:05.678901'`.as('read_at')])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    await camel.updateTable('items').set({ doc: read.doc }).where('id', '=', id).execute();
    expect(await docOf(id)).toEqual(['a']);
    const { readAt } = read as unknown as { readonly readAt: Date };
    const exact = sql<{
      same: boolean;
    }>`SELECT ${readAt} = timestamp '2026-01-02 03:04:05.678901' AS same`;
    expect((await exact.execute(db)).rows).toEqual([{ same: true }]);
  });
});
