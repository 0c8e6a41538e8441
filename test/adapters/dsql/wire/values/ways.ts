import { type Kysely, sql } from 'kysely';
import {
  type ConnectionPool,
  type DsqlRepository,
  pipeline,
  query,
  type Row,
  statement,
  type Transactions,
  template,
} from '../../../../../src/adapters/dsql/index.ts';
import { accept, refuse, type UnitOfWork } from '../../../../../src/domain/kernel/index.ts';
import { enveloped } from '../../../../support/counter.ts';

export type Stored = { readonly id: number; readonly v: unknown };
export type ValueTables = Record<string, { id: number; v: unknown }>;

/** A way to read a table, write rows into another one, and find a row by its value. */
export type Way = {
  readonly name: string;
  readonly read: (table: string) => Promise<readonly Stored[]>;
  readonly write: (table: string, rows: readonly Stored[]) => Promise<void>;
  /** Ids of the rows that hold the value, one list for each row that is given. */
  readonly find: (
    table: string,
    rows: readonly Stored[],
  ) => Promise<readonly (readonly number[])[]>;
};

export type WayDeps = {
  readonly connections: ConnectionPool;
  readonly transactions: Transactions;
  readonly db: Kysely<ValueTables>;
  readonly unitOfWork: UnitOfWork<string, ValuesState>;
};

/** Rows of a table, which are loaded, and saved by an UPDATE of each. */
export type ValuesState = { readonly table: string; readonly rows: readonly Stored[] };

export const valuesRepository: DsqlRepository<string, ValuesState> = {
  empty: { table: '', rows: [] },
  load: (table) => [statement(`SELECT id, v FROM ${table} ORDER BY id`)],
  toState: ([rows = []]) => ({
    table: '',
    rows: rows.map((row) => ({ id: Number(row['id']), v: row['v'] })),
  }),
  save: ({ table, rows }) =>
    rows.map(({ id, v }) => statement(`UPDATE ${table} SET v = $2 WHERE id = $1`, id, v)),
};

const idsOf = (rows: readonly Row[]): readonly number[] => rows.map((row) => Number(row['id']));

const select = (db: Kysely<ValueTables>, table: string) =>
  db.selectFrom(table).select(['id', 'v']).orderBy('id');
const insert = (db: Kysely<ValueTables>, table: string, row: Stored) =>
  db.insertInto(table).values(row);
// By `sql`, since Kysely takes an array behind `=` for a list.
const search = (db: Kysely<ValueTables>, table: string, v: unknown) =>
  db.selectFrom(table).select('id').where(sql<boolean>`v = ${v}`);

const kyselyWay = ({ db }: WayDeps): Way => ({
  name: 'Kysely',
  read: (table) => select(db, table).execute(),
  write: async (table, rows) => {
    // At once, as one INSERT of many rows, and one by one as an UPDATE.
    await db
      .insertInto(table)
      .values(rows.map(({ id }) => ({ id, v: null })))
      .execute();
    await db.transaction().execute(async (trx) => {
      for (const { id, v } of rows) {
        await trx.updateTable(table).set({ v }).where('id', '=', id).execute();
      }
    });
  },
  find: (table, rows) =>
    Promise.all(rows.map(async ({ v }) => idsOf(await search(db, table, v).execute()))),
});

const transactionWay = ({ db, transactions }: WayDeps): Way => ({
  name: 'tx.read and tx.write',
  read: (table) => transactions.run((tx) => tx.read(select(db, table))),
  write: (table, rows) =>
    transactions.run(async (tx) => {
      for (const row of rows) tx.write(insert(db, table, row));
    }),
  find: (table, rows) =>
    transactions.run((tx) =>
      Promise.all(rows.map(async ({ v }) => idsOf(await tx.read(search(db, table, v))))),
    ),
});

const templateWay = ({ db, transactions }: WayDeps): Way => {
  const insertInto = (table: string) =>
    template(({ id, v }: { id: number; v: unknown }) => insert(db, table, { id, v }));
  const searchIn = (table: string) => template(({ v }: { v: unknown }) => search(db, table, v));
  return {
    name: 'template',
    read: (table) => transactions.run((tx) => tx.read(template(() => select(db, table))({}))),
    write: (table, rows) =>
      transactions.run(async (tx) => {
        const inserted = insertInto(table);
        for (const row of rows) tx.write(inserted(row));
      }),
    find: (table, rows) => {
      const found = searchIn(table);
      return transactions.run((tx) =>
        Promise.all(rows.map(async ({ v }) => idsOf(await tx.read(found({ v }))))),
      );
    },
  };
};

const pipelineWay = ({ db }: WayDeps): Way => ({
  name: 'pipeline',
  read: async (table) => {
    const [{ rows }] = await pipeline(db, [select(db, table)]);
    return rows;
  },
  write: async (table, [first, ...rows]) => {
    if (!first) return;
    await pipeline(db, [insert(db, table, first), ...rows.map((row) => insert(db, table, row))]);
  },
  find: async (table, [first, ...rows]) => {
    if (!first) return [];
    const queries = rows.map(({ v }) => search(db, table, v));
    const found = await pipeline(db, [search(db, table, first.v), ...queries]);
    return found.map((one) => idsOf(one.rows));
  },
});

const queryWay = ({ connections }: WayDeps): Way => {
  const ask = async (text: string, ...parameters: readonly unknown[]) =>
    (await query(connections, statement(text, ...parameters), { writes: false })).rows;
  return {
    name: 'query',
    read: async (table) =>
      (await ask(`SELECT id, v FROM ${table} ORDER BY id`)).map(({ id, v }) => ({
        id: Number(id),
        v,
      })),
    write: async (table, rows) => {
      const places = rows.map((_, at) => `($${2 * at + 1}, $${2 * at + 2})`).join(', ');
      const values = rows.flatMap(({ id, v }) => [id, v]);
      await ask(`INSERT INTO ${table} (id, v) VALUES ${places}`, ...values);
    },
    find: (table, rows) =>
      Promise.all(
        rows.map(async ({ v }) => idsOf(await ask(`SELECT id FROM ${table} WHERE v = $1`, v))),
      ),
  };
};

/** Loads by the unit of work, and saves by it what it has loaded. */
const unitOfWorkWay = (deps: WayDeps): Way => {
  const { write, find } = queryWay(deps);
  const begin = () => ({
    once: { kind: 'command', key: crypto.randomUUID(), fingerprint: '' } as const,
    envelop: enveloped,
    deadline: Date.now() + 60_000,
  });
  return {
    name: 'unit of work',
    read: async (table) => {
      let loaded: readonly Stored[] = [];
      const decide = ({ rows }: ValuesState) => {
        loaded = rows;
        return refuse('Seen', 'It has only looked');
      };
      await deps.unitOfWork.execute({ ...begin(), load: table, decide });
      return loaded;
    },
    write: async (table, rows) => {
      await write(
        table,
        rows.map(({ id }) => ({ id, v: null })),
      );
      const decide = () => accept({ state: { table, rows }, events: [], result: null });
      await deps.unitOfWork.execute({ ...begin(), decide });
    },
    find,
  };
};

export const waysOf = (deps: WayDeps): readonly Way[] => [
  kyselyWay(deps),
  transactionWay(deps),
  templateWay(deps),
  pipelineWay(deps),
  queryWay(deps),
  unitOfWorkWay(deps),
];
