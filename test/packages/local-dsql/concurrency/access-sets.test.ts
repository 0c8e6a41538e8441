import { describe, expect, it } from 'vitest';
import {
  emptyReach,
  extendReach,
  overlap,
  type Reach,
  readRelations,
} from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import type { Footprint } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

const emptyCatalog = { functions: [], tables: [], keys: [], foreignKeys: [], views: [] };

const relationsOf = (catalog: object) =>
  readRelations({ query: async () => ({ rows: [{ ...emptyCatalog, ...catalog }] }) } as never);

const footprint = (change: Partial<Footprint>): Footprint => ({
  ...{ inserted: new Set<string>(), updated: new Map(), deleted: new Set<string>() },
  ...{ locked: new Set<string>(), locksExclusively: false, called: new Set<string>() },
  ...change,
});
const inserts = (table: string) => footprint({ inserted: new Set([table]) });
const updates = (table: string, ...columns: readonly string[]) =>
  footprint({ updated: new Map([[table, new Set(columns)]]) });
const deletes = (table: string) => footprint({ deleted: new Set([table]) });

/** The tables of a reach, without its parts that are empty. */
const shown = (reach: Reach): object =>
  Object.fromEntries(
    Object.entries(reach)
      .filter(([, tables]) => tables.size > 0)
      .map(([part, tables]) => [part, [...tables].sort().join(' ')]),
  );

const reachIn = async (catalog: object, statement: Footprint): Promise<object> =>
  shown((await relationsOf(catalog)).reachOf(statement));

const foreignKey = (onDelete = 'a', onUpdate = 'a') => ({
  ...{ child: 'entry', parent: 'account', columns: ['account_id'] },
  ...{ onDelete, onUpdate },
});
const keys = [
  { table: 'account', columns: ['id'] },
  { table: 'entry', columns: ['entry_id', 'line'] },
];

describe('the tables that an INSERT reaches', () => {
  it('are only its own where that has no key', async () => {
    expect(await reachIn({}, inserts('log'))).toEqual({ touched: 'log' });
  });

  it('get a key where they have one', async () => {
    expect(await reachIn({ keys }, inserts('account'))).toEqual({
      touched: 'account',
      arrived: 'account',
    });
  });

  it('include those that it refers to, whose rows it locks', async () => {
    expect(await reachIn({ foreignKeys: [foreignKey()] }, inserts('entry'))).toEqual({
      touched: 'account entry',
      locked: 'account',
      arrived: 'entry',
    });
  });

  it('are not those that refer to it', async () => {
    expect(await reachIn({ foreignKeys: [foreignKey('c', 'c')] }, inserts('account'))).toEqual({
      touched: 'account',
    });
  });
});

describe('the tables that an UPDATE reaches', () => {
  const catalog = { keys, foreignKeys: [foreignKey('c')] };

  it('keep their keys where it assigns other columns', async () => {
    expect(await reachIn(catalog, updates('account', 'balance'))).toEqual({ touched: 'account' });
    expect(await reachIn(catalog, updates('entry', 'amount'))).toEqual({ touched: 'entry' });
  });

  it.each(['entry_id', 'line'])('lose a key and get one where it assigns %s', async (column) => {
    expect(await reachIn(catalog, updates('entry', 'amount', column))).toEqual({
      ...{ touched: 'entry', left: 'entry', arrived: 'entry' },
    });
  });

  it('may have any column in the key of an expression', async () => {
    const expression = { keys: [{ table: 'account', columns: [] }] };
    expect(await reachIn(expression, updates('account', 'balance'))).toEqual({
      ...{ touched: 'account', left: 'account', arrived: 'account' },
    });
  });

  it('include those that it refers to where it assigns what refers to them', async () => {
    expect(await reachIn(catalog, updates('entry', 'account_id'))).toEqual({
      touched: 'account entry',
      locked: 'account',
    });
  });

  it('include those that it refers to by one of several columns', async () => {
    const pair = { ...foreignKey(), columns: ['account_id', 'currency'] };
    expect(await reachIn({ foreignKeys: [pair] }, updates('entry', 'currency'))).toEqual({
      touched: 'account entry',
      locked: 'account',
    });
  });

  it.each(['c', 'n', 'd'])('include those that a key is passed on to by "%s"', async (onUpdate) => {
    const passing = { keys, foreignKeys: [foreignKey('a', onUpdate)] };
    expect(await reachIn(passing, updates('account', 'id'))).toEqual({
      ...{ touched: 'account entry', locked: 'account', left: 'account', arrived: 'account' },
    });
    expect(await reachIn(passing, updates('account', 'balance'))).toEqual({ touched: 'account' });
  });

  it.each(['a', 'r'])('are not those that "%s" keeps from being changed', async (onUpdate) => {
    const refusing = { keys, foreignKeys: [foreignKey('c', onUpdate)] };
    expect(await reachIn(refusing, updates('account', 'id'))).toEqual({
      ...{ touched: 'account', left: 'account', arrived: 'account' },
    });
  });

  it('lose a key and get one also where the statement inserts as well', async () => {
    const upsert = { ...updates('account', 'id'), inserted: new Set(['account']) };
    expect(await reachIn({ keys }, upsert)).toEqual({
      ...{ touched: 'account', left: 'account', arrived: 'account' },
    });
  });

  it('end where a table passes its key on to itself', async () => {
    const own = { child: 'tree', parent: 'tree', columns: ['id'], onDelete: 'c', onUpdate: 'c' };
    const catalogOfTree = { keys: [{ table: 'tree', columns: ['id'] }], foreignKeys: [own] };
    const changed = { touched: 'tree', locked: 'tree', left: 'tree', arrived: 'tree' };
    expect(await reachIn(catalogOfTree, updates('tree', 'id'))).toEqual(changed);
    expect(await reachIn(catalogOfTree, deletes('tree'))).toEqual({
      touched: 'tree',
      left: 'tree',
    });
  });
});

describe('the tables that a DELETE reaches', () => {
  it.each(['a', 'r'])(
    'lose a key, and are its own only where others refuse by "%s"',
    async (how) => {
      const catalog = { keys, foreignKeys: [foreignKey(how, 'c')] };
      expect(await reachIn(catalog, deletes('account'))).toEqual({
        touched: 'account',
        left: 'account',
      });
    },
  );

  it('include those that lose their rows with it', async () => {
    const more = { ...foreignKey('c'), child: 'note', parent: 'entry', columns: ['entry_id'] };
    const catalog = { keys, foreignKeys: [foreignKey('c'), more] };
    expect(await reachIn(catalog, deletes('account'))).toEqual({
      touched: 'account entry note',
      left: 'account entry note',
    });
  });

  it.each(['n', 'd'])('include those whose columns are set by "%s"', async (onDelete) => {
    const catalog = { keys, foreignKeys: [foreignKey(onDelete)] };
    expect(await reachIn(catalog, deletes('account'))).toEqual({
      ...{ touched: 'account entry', locked: 'account', left: 'account' },
    });
  });
});

describe('a table that refers to itself', () => {
  it.each(['n', 'd'])('gets a key where its own column of one is set by "%s"', async (onDelete) => {
    const own = { child: 'tree', parent: 'tree', columns: ['parent_id'], onDelete, onUpdate: 'a' };
    const catalog = { keys: [{ table: 'tree', columns: ['parent_id'] }], foreignKeys: [own] };
    expect(await reachIn(catalog, deletes('tree'))).toEqual({
      ...{ touched: 'tree', locked: 'tree', left: 'tree', arrived: 'tree' },
    });
  });
});

describe('the tables that a lock reaches', () => {
  const locks = (locksExclusively: boolean) =>
    footprint({ locked: new Set(['account']), locksExclusively });

  it('are those that it names', async () => {
    const locked = { touched: 'account', locked: 'account' };
    expect(await reachIn({ keys }, locks(false))).toEqual(locked);
    expect(await reachIn({ keys }, locks(true))).toEqual({ ...locked, exclusive: 'account' });
  });
});

describe('a view', () => {
  const views = [
    { view: 'open_account', relation: 'own_account' },
    { view: 'own_account', relation: 'account' },
    { view: 'own_account', relation: 'own_account' },
  ];

  it('reaches the tables behind it, at any depth', async () => {
    expect(await reachIn({ keys, views }, inserts('open_account'))).toEqual({
      touched: 'account open_account own_account',
      arrived: 'account',
    });
    expect(await reachIn({ keys, views }, deletes('own_account'))).toEqual({
      touched: 'account own_account',
      left: 'account own_account',
    });
    const locks = footprint({ locked: new Set(['own_account']) });
    expect(await reachIn({ views }, locks)).toEqual({
      touched: 'account own_account',
      locked: 'account own_account',
    });
  });

  it('may give any column of a key another name', async () => {
    expect(await reachIn({ keys, views }, updates('own_account', 'balance'))).toEqual({
      ...{ touched: 'account own_account', left: 'account', arrived: 'account' },
    });
  });

  it('may assign what refers to another table', async () => {
    const catalog = {
      foreignKeys: [foreignKey()],
      views: [{ view: 'line', relation: 'entry' }],
    };
    expect(await reachIn(catalog, updates('line', 'amount'))).toEqual({
      touched: 'account entry line',
      locked: 'account',
    });
  });
});

describe('a function of the database', () => {
  const catalog = { functions: ['pay'], tables: ['account', 'log'], keys };
  const calls = (name: string) => footprint({ called: new Set([name]) });

  it('may do anything to any table', async () => {
    expect(await reachIn(catalog, calls('pay'))).toEqual({
      touched: 'account log',
      locked: 'account log',
      exclusive: 'account log',
      arrived: 'account',
      left: 'account log',
    });
    expect((await relationsOf(catalog)).isOpaque(calls('pay'))).toBe(true);
  });

  it('may lock the only table exclusively', async () => {
    const single = { functions: ['pay'], tables: ['account'] };
    expect(await reachIn(single, calls('pay'))).toMatchObject({ exclusive: 'account' });
  });

  it('of PostgreSQL does nothing', async () => {
    expect(await reachIn(catalog, calls('lower'))).toEqual({});
    expect((await relationsOf(catalog)).isOpaque(calls('lower'))).toBe(false);
  });
});

describe('a reach', () => {
  it('of a statement is found once', async () => {
    const { reachOf } = await relationsOf({ keys });
    const statement = inserts('account');
    expect(reachOf(statement)).toBe(reachOf(statement));
  });

  it('is known in a database without a catalog', async () => {
    const { reachOf } = await readRelations({ query: async () => ({ rows: [] }) } as never);
    expect(shown(reachOf(inserts('account')))).toEqual({ touched: 'account' });
  });

  it('grows by another one, part by part', () => {
    const reach = { ...emptyReach(), touched: new Set(['a']) };
    extendReach(reach, {
      ...{ touched: new Set(['b']), locked: new Set(['c']), exclusive: new Set(['d']) },
      ...{ arrived: new Set(['e']), left: new Set(['f']) },
    });
    expect(shown(reach)).toEqual({
      ...{ touched: 'a b', locked: 'c', exclusive: 'd', arrived: 'e', left: 'f' },
    });
  });

  it('overlaps one that shares a table', () => {
    expect(overlap(new Set(['a', 'b']), new Set(['b', 'c']))).toBe(true);
    expect(overlap(new Set(['a']), new Set(['b']))).toBe(false);
    expect(overlap(new Set(), new Set(['b']))).toBe(false);
  });
});
