import { describe, expect, it } from 'vitest';
import {
  type AccessSets,
  emptyAccessSets,
  extendAccessSets,
  overlap,
  readTableGraph,
} from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import type { StatementAccess } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

const emptyCatalog = { functions: [], tables: [], keys: [], foreignKeys: [], views: [] };

const tableGraphOf = (catalog: object) =>
  readTableGraph({ query: async () => ({ rows: [{ ...emptyCatalog, ...catalog }] }) } as never);

const access = (change: Partial<StatementAccess>): StatementAccess => ({
  ...{ inserted: new Set<string>(), updated: new Map(), deleted: new Set<string>() },
  ...{ locked: new Set<string>(), locksForUpdate: false, called: new Set<string>() },
  ...change,
});
const inserts = (table: string) => access({ inserted: new Set([table]) });
const updates = (table: string, ...columns: readonly string[]) =>
  access({ updated: new Map([[table, new Set(columns)]]) });
const deletes = (table: string) => access({ deleted: new Set([table]) });

/** The access sets that are not empty, each as a text. */
const shown = (accessSets: AccessSets): object =>
  Object.fromEntries(
    Object.entries(accessSets)
      .filter(([, tables]) => tables.size > 0)
      .map(([part, tables]) => [part, [...tables].sort().join(' ')]),
  );

const accessSetsIn = async (catalog: object, statement: StatementAccess): Promise<object> =>
  shown((await tableGraphOf(catalog)).accessSetsOf(statement));

const foreignKey = (onDelete = 'a', onUpdate = 'a') => ({
  ...{ child: 'entry', parent: 'account', columns: ['account_id'] },
  ...{ onDelete, onUpdate },
});
const keys = [
  { table: 'account', columns: ['id'] },
  { table: 'entry', columns: ['entry_id', 'line'] },
];

describe('the tables that an INSERT accesses', () => {
  it('are only its own where that table has no key', async () => {
    expect(await accessSetsIn({}, inserts('log'))).toEqual({ touched: 'log' });
  });

  it('get a key where they have one', async () => {
    expect(await accessSetsIn({ keys }, inserts('account'))).toEqual({
      touched: 'account',
      addedKeys: 'account',
    });
  });

  it('include those that it refers to, whose rows it locks', async () => {
    expect(await accessSetsIn({ foreignKeys: [foreignKey()] }, inserts('entry'))).toEqual({
      touched: 'account entry',
      locked: 'account',
      addedKeys: 'entry',
    });
  });

  it('are not those that refer to it', async () => {
    expect(await accessSetsIn({ foreignKeys: [foreignKey('c', 'c')] }, inserts('account'))).toEqual(
      {
        touched: 'account',
      },
    );
  });
});

describe('the tables that an UPDATE accesses', () => {
  const catalog = { keys, foreignKeys: [foreignKey('c')] };

  it('keep their keys where it assigns other columns', async () => {
    expect(await accessSetsIn(catalog, updates('account', 'balance'))).toEqual({
      touched: 'account',
    });
    expect(await accessSetsIn(catalog, updates('entry', 'amount'))).toEqual({ touched: 'entry' });
  });

  it.each(['entry_id', 'line'])('lose a key and get one where it assigns %s', async (column) => {
    expect(await accessSetsIn(catalog, updates('entry', 'amount', column))).toEqual({
      ...{ touched: 'entry', removedKeys: 'entry', addedKeys: 'entry' },
    });
  });

  it('may have any column in the key of an expression', async () => {
    const expression = { keys: [{ table: 'account', columns: [] }] };
    expect(await accessSetsIn(expression, updates('account', 'balance'))).toEqual({
      ...{ touched: 'account', removedKeys: 'account', addedKeys: 'account' },
    });
  });

  it('include those that it refers to where it assigns what refers to them', async () => {
    expect(await accessSetsIn(catalog, updates('entry', 'account_id'))).toEqual({
      touched: 'account entry',
      locked: 'account',
    });
  });

  it('include those that it refers to by one of several columns', async () => {
    const pair = { ...foreignKey(), columns: ['account_id', 'currency'] };
    expect(await accessSetsIn({ foreignKeys: [pair] }, updates('entry', 'currency'))).toEqual({
      touched: 'account entry',
      locked: 'account',
    });
  });

  it.each(['c', 'n', 'd'])('include those that a key is passed on to by "%s"', async (onUpdate) => {
    const passing = { keys, foreignKeys: [foreignKey('a', onUpdate)] };
    expect(await accessSetsIn(passing, updates('account', 'id'))).toEqual({
      ...{
        touched: 'account entry',
        locked: 'account',
        removedKeys: 'account',
        addedKeys: 'account',
      },
    });
    expect(await accessSetsIn(passing, updates('account', 'balance'))).toEqual({
      touched: 'account',
    });
  });

  it.each(['a', 'r'])('are not those that "%s" keeps from being changed', async (onUpdate) => {
    const refusing = { keys, foreignKeys: [foreignKey('c', onUpdate)] };
    expect(await accessSetsIn(refusing, updates('account', 'id'))).toEqual({
      ...{ touched: 'account', removedKeys: 'account', addedKeys: 'account' },
    });
  });

  it('lose a key and get one also where the statement inserts as well', async () => {
    const upsert = { ...updates('account', 'id'), inserted: new Set(['account']) };
    expect(await accessSetsIn({ keys }, upsert)).toEqual({
      ...{ touched: 'account', removedKeys: 'account', addedKeys: 'account' },
    });
  });

  it('end where a table passes its key on to itself', async () => {
    const own = { child: 'tree', parent: 'tree', columns: ['id'], onDelete: 'c', onUpdate: 'c' };
    const catalogOfTree = { keys: [{ table: 'tree', columns: ['id'] }], foreignKeys: [own] };
    const changed = { touched: 'tree', locked: 'tree', removedKeys: 'tree', addedKeys: 'tree' };
    expect(await accessSetsIn(catalogOfTree, updates('tree', 'id'))).toEqual(changed);
    expect(await accessSetsIn(catalogOfTree, deletes('tree'))).toEqual({
      touched: 'tree',
      removedKeys: 'tree',
    });
  });
});

describe('the tables that a DELETE accesses', () => {
  it.each(['a', 'r'])(
    'lose a key, and are its own only where others refuse by "%s"',
    async (how) => {
      const catalog = { keys, foreignKeys: [foreignKey(how, 'c')] };
      expect(await accessSetsIn(catalog, deletes('account'))).toEqual({
        touched: 'account',
        removedKeys: 'account',
      });
    },
  );

  it('include those that lose their rows with it', async () => {
    const more = { ...foreignKey('c'), child: 'note', parent: 'entry', columns: ['entry_id'] };
    const catalog = { keys, foreignKeys: [foreignKey('c'), more] };
    expect(await accessSetsIn(catalog, deletes('account'))).toEqual({
      touched: 'account entry note',
      removedKeys: 'account entry note',
    });
  });

  it.each(['n', 'd'])('include those whose columns are set by "%s"', async (onDelete) => {
    const catalog = { keys, foreignKeys: [foreignKey(onDelete)] };
    expect(await accessSetsIn(catalog, deletes('account'))).toEqual({
      ...{ touched: 'account entry', locked: 'account', removedKeys: 'account' },
    });
  });
});

describe('the tables that a lock accesses', () => {
  const locks = (locksForUpdate: boolean) =>
    access({ locked: new Set(['account']), locksForUpdate });

  it('are those that it names', async () => {
    const locked = { touched: 'account', locked: 'account' };
    expect(await accessSetsIn({ keys }, locks(false))).toEqual(locked);
    expect(await accessSetsIn({ keys }, locks(true))).toEqual({
      ...locked,
      lockedForUpdate: 'account',
    });
  });
});

describe('a view', () => {
  const views = [
    { view: 'open_account', relation: 'own_account' },
    { view: 'own_account', relation: 'account' },
    { view: 'own_account', relation: 'own_account' },
  ];

  it('accesses the tables behind it, at any depth', async () => {
    expect(await accessSetsIn({ keys, views }, inserts('open_account'))).toEqual({
      touched: 'account open_account own_account',
      addedKeys: 'account',
    });
    expect(await accessSetsIn({ keys, views }, deletes('own_account'))).toEqual({
      touched: 'account own_account',
      removedKeys: 'account own_account',
    });
    const locks = access({ locked: new Set(['own_account']) });
    expect(await accessSetsIn({ views }, locks)).toEqual({
      touched: 'account own_account',
      locked: 'account own_account',
    });
  });

  it('may give any column of a key another name', async () => {
    expect(await accessSetsIn({ keys, views }, updates('own_account', 'balance'))).toEqual({
      ...{ touched: 'account own_account', removedKeys: 'account', addedKeys: 'account' },
    });
  });

  it('may assign what refers to another table', async () => {
    const catalog = {
      foreignKeys: [foreignKey()],
      views: [{ view: 'line', relation: 'entry' }],
    };
    expect(await accessSetsIn(catalog, updates('line', 'amount'))).toEqual({
      touched: 'account entry line',
      locked: 'account',
    });
  });
});

describe('a user function', () => {
  const catalog = { functions: ['pay'], tables: ['account', 'log'], keys };
  const calls = (name: string) => access({ called: new Set([name]) });

  it('may access any table in every way', async () => {
    expect(await accessSetsIn(catalog, calls('pay'))).toEqual({
      touched: 'account log',
      locked: 'account log',
      lockedForUpdate: 'account log',
      addedKeys: 'account',
      removedKeys: 'account log',
    });
    expect((await tableGraphOf(catalog)).callsUserFunction(calls('pay'))).toBe(true);
  });

  it('of PostgreSQL accesses nothing', async () => {
    expect(await accessSetsIn(catalog, calls('lower'))).toEqual({});
    expect((await tableGraphOf(catalog)).callsUserFunction(calls('lower'))).toBe(false);
  });
});

describe('access sets', () => {
  it('of a statement are computed once', async () => {
    const { accessSetsOf } = await tableGraphOf({ keys });
    const statement = inserts('account');
    expect(accessSetsOf(statement)).toBe(accessSetsOf(statement));
  });

  it('know only the table of the statement in a database without tables', async () => {
    const { accessSetsOf } = await readTableGraph({ query: async () => ({ rows: [] }) } as never);
    expect(shown(accessSetsOf(inserts('account')))).toEqual({ touched: 'account' });
  });

  it('grow by others, part by part', () => {
    const accessSets = { ...emptyAccessSets(), touched: new Set(['a']) };
    extendAccessSets(accessSets, {
      ...{ touched: new Set(['b']), locked: new Set(['c']), lockedForUpdate: new Set(['d']) },
      ...{ addedKeys: new Set(['e']), removedKeys: new Set(['f']) },
    });
    expect(shown(accessSets)).toEqual({
      ...{ touched: 'a b', locked: 'c', lockedForUpdate: 'd', addedKeys: 'e', removedKeys: 'f' },
    });
  });

  it('overlap others that share a table', () => {
    expect(overlap(new Set(['a', 'b']), new Set(['b', 'c']))).toBe(true);
    expect(overlap(new Set(['a']), new Set(['b']))).toBe(false);
    expect(overlap(new Set(), new Set(['b']))).toBe(false);
  });
});
