import {
  CamelCasePlugin,
  DeduplicateJoinsPlugin,
  DummyDriver,
  type Generated,
  Kysely,
  type KyselyPlugin,
  ParseJSONResultsPlugin,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createIdempotencyRecords,
  DsqlDialect,
  type DsqlRepository,
  pipeline,
  type Transactions,
  template,
} from '../../../../src/adapters/dsql/index.ts';
import { accept } from '../../../../src/domain/kernel/index.ts';
import { counterSchema, counterWork, setTo } from '../../../support/counter.ts';
import { testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { migrate, poolOf, transactionsOn, unitOfWorkOn } from '../../../support/dsql-adapter.ts';

type Person = {
  readonly personId: string;
  readonly firstName: string;
  readonly birthYear: Generated<number | null>;
};

type Tables = { readonly somePeople: Person };

let dsql: TestDsql;
let connections: ConnectionPool;
let transactions: Transactions;
let plain: Kysely<Tables>;
let db: Kysely<Tables>;

/** A plugin that waits, and adds a column to every row. */
const stamping: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { ...result, rows: result.rows.map((row) => ({ ...row, stamped: true })) };
  },
};

/** Of PostgreSQL's dialect, and compiles only. */
const foreign = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (any) => new PostgresIntrospector(any),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const foreignInsert = (personId: string) =>
  foreign
    .withPlugin(new CamelCasePlugin())
    .withSchema('plugged')
    .insertInto('somePeople')
    .values({ personId, firstName: 'Fay' });

beforeAll(async () => {
  dsql = await testCounters();
  connections = poolOf(dsql);
  await migrate(connections, 'plugged', [
    {
      id: 'people',
      ddl: `CREATE TABLE IF NOT EXISTS plugged.some_people
        (person_id text PRIMARY KEY, first_name text NOT NULL, birth_year integer)`,
    },
  ]);
  transactions = transactionsOn(connections);
  plain = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  db = plain.withPlugin(new CamelCasePlugin()).withSchema('plugged');
});

beforeEach(async () => {
  await db.deleteFrom('somePeople').execute();
  await db.insertInto('somePeople').values({ personId: 'a', firstName: 'Ada' }).execute();
});

afterAll(async () => {
  await connections.close();
  await dsql.stop();
});

const ada = { personId: 'a', firstName: 'Ada', birthYear: null };

const selectAll = (on: Kysely<Tables>) => on.selectFrom('somePeople').selectAll();

const byId = () => template<{ id: string }>(({ id }) => selectAll(db).where('personId', '=', id));

describe('rows have the form that the plugins of their query give them', () => {
  it('as Kysely itself answers them', async () => {
    expect(await selectAll(db).execute()).toEqual([ada]);
  });

  it('in tx.read, with one statement or several in a tick', async () => {
    const [one, other] = await transactions.run((tx) =>
      Promise.all([tx.read(selectAll(db)), tx.read(selectAll(db.withPlugin(stamping)))]),
    );
    expect(one).toEqual([ada]);
    expect(other).toEqual([{ ...ada, stamped: true }]);
    const names: readonly string[] = one.map(({ firstName }) => firstName);
    expect(names).toEqual(['Ada']);
  });

  it('in tx.read of a transaction that only reads, on a pool of one connection', async () => {
    const rows = await transactions.run((tx) => tx.read(selectAll(db)), { readOnly: true });
    expect(rows).toEqual([ada]);
  });

  it('in tx.read of a statement that changes rows', async () => {
    const [inserted, updated, deleted] = await transactions.run(async (tx) => [
      await tx.read(
        db.insertInto('somePeople').values({ personId: 'b', firstName: 'Bea' }).returningAll(),
      ),
      await tx.read(db.updateTable('somePeople').set({ birthYear: 1815 })),
      await tx.read(db.deleteFrom('somePeople').where('personId', '=', 'b')),
    ]);
    expect(inserted).toEqual([{ personId: 'b', firstName: 'Bea', birthYear: null }]);
    expect(updated).toMatchObject([{ numUpdatedRows: 2n }]);
    expect(deleted).toMatchObject([{ numDeletedRows: 1n }]);
  });

  it('in what tx.write sends', async () => {
    await transactions.run(async (tx) => {
      tx.write(db.insertInto('somePeople').values({ personId: 'c', firstName: 'Cy' }));
      tx.write(db.updateTable('somePeople').set({ birthYear: 1900 }));
    });
    const { rows } = await sql`SELECT * FROM plugged.some_people ORDER BY 1`.execute(plain);
    expect(rows).toEqual([
      { person_id: 'a', first_name: 'Ada', birth_year: 1900 },
      { person_id: 'c', first_name: 'Cy', birth_year: 1900 },
    ]);
  });

  it('in tx.read of a template, each time', async () => {
    const one = byId();
    for (let time = 0; time < 3; time += 1) {
      expect(await transactions.run((tx) => tx.read(one({ id: 'a' })))).toEqual([ada]);
    }
    expect(await transactions.run((tx) => tx.read(one({ id: 'nobody' })))).toEqual([]);
  });

  it.each([
    ['a template', () => byId()({ id: 'a' })],
    ['a query', () => selectAll(db)],
  ])('in the loads of a unit of work: %s', async (_, load) => {
    const seen: unknown[] = [];
    const repository: DsqlRepository<unknown, unknown> = {
      empty: undefined,
      load: () => [load()],
      toState: (results) => results,
      save: () => [],
    };
    const records = createIdempotencyRecords(counterSchema);
    const { unitOfWork } = unitOfWorkOn(connections, repository, counterSchema, records);
    await unitOfWork.execute({
      ...counterWork(setTo('a', 1)),
      load: {},
      decide: (state: unknown) => {
        seen.push(state);
        return accept({ state, events: [], result: null });
      },
    } as never);
    expect(seen).toEqual([[[ada]]]);
  });

  it('in a pipeline, for each query those of its own Kysely', async () => {
    const [own, stamped, raw, changed] = await pipeline(plain, [
      selectAll(db),
      selectAll(db.withPlugin(stamping)),
      plain.selectFrom('plugged.some_people' as never).selectAll(),
      db.updateTable('somePeople').set({ firstName: 'Ada' }),
    ]);
    expect(own.rows).toEqual([ada]);
    expect(stamped.rows).toEqual([{ ...ada, stamped: true }]);
    expect(raw.rows).toEqual([{ person_id: 'a', first_name: 'Ada', birth_year: null }]);
    expect(changed).toEqual({ rows: [], numAffectedRows: 1n });
  });

  it("in a pipeline of a transaction of Kysely's, and of its own queries", async () => {
    const rows = await db.transaction().execute(async (trx) => {
      await trx.updateTable('somePeople').set({ birthYear: 1815 }).execute();
      const [result] = await pipeline(trx, [selectAll(trx)]);
      return result.rows;
    });
    expect(rows).toEqual([{ ...ada, birthYear: 1815 }]);
  });

  it('with plugins that parse JSON, join or change the schema', async () => {
    const parsing = db
      .withPlugin(new ParseJSONResultsPlugin())
      .withPlugin(new DeduplicateJoinsPlugin());
    const read = parsing
      .selectFrom('somePeople')
      .select(sql<{ readonly a: number }>`'{"a": 1}'::text`.as('someJson'));
    expect(await transactions.run((tx) => tx.read(read))).toEqual(await read.execute());
    expect(await transactions.run((tx) => tx.read(read))).toEqual([{ someJson: { a: 1 } }]);
  });

  it('and a plugin that fails, fails the read', async () => {
    const failing: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: () => Promise.reject(new Error('the plugin has failed')),
    };
    const reading = transactions.run((tx) => tx.read(selectAll(db.withPlugin(failing))));
    await expect(reading).rejects.toThrow('the plugin has failed');
    expect(await transactions.run((tx) => tx.read(selectAll(db)))).toEqual([ada]);
  });

  it('and raw statements have none', async () => {
    const one = selectAll(db).compile();
    expect(await transactions.run((tx) => tx.read(one))).toEqual([
      { person_id: 'a', first_name: 'Ada', birth_year: null },
    ]);
  });

  it('and a query of another dialect is refused with a remedy, since its plugins cannot be asked', async () => {
    const query = selectAll(foreign.withSchema('plugged'));
    const reading = transactions.run((tx) => tx.read(query));
    await expect(reading).rejects.toThrow(/not on a DsqlDialect.*query\.compile\(\)/);
  });

  it('and such a query is taken where nobody reads its rows', async () => {
    const repository: DsqlRepository<unknown, unknown> = {
      empty: undefined,
      load: () => [],
      toState: (results) => results,
      save: () => [foreignInsert('f')],
    };
    const records = createIdempotencyRecords(counterSchema);
    const { unitOfWork } = unitOfWorkOn(connections, repository, counterSchema, records);
    await unitOfWork.execute({
      ...counterWork(setTo('foreign', 1)),
      decide: (state: unknown) => accept({ state, events: [], result: null }),
    } as never);
    await transactions.run(async (tx) => tx.write(foreignInsert('g')));
    const people = selectAll(db).where('personId', 'in', ['f', 'g']);
    expect(await people.execute()).toHaveLength(2);
  });

  it('and the rows of an INSERT that save returns count before it is sent', async () => {
    const people = Array.from({ length: 3_001 }, (_, at) => ({
      personId: `many ${at}`,
      firstName: 'x',
    }));
    const repository: DsqlRepository<unknown, unknown> = {
      empty: undefined,
      load: () => [],
      toState: (results) => results,
      save: () => [db.insertInto('somePeople').values(people)],
    };
    const records = createIdempotencyRecords(counterSchema);
    const { unitOfWork } = unitOfWorkOn(connections, repository, counterSchema, records);
    const saving = unitOfWork.execute({
      ...counterWork(setTo('many', 1)),
      decide: (state: unknown) => accept({ state, events: [], result: null }),
    } as never);
    await expect(saving).rejects.toThrow(/changes at least 3002 rows exceeds DSQL's 3000/);
  });

  it('and a plugin may compile a query of its own', async () => {
    const texts: string[] = [];
    const compiling: KyselyPlugin = {
      transformQuery: ({ node }) => {
        texts.push(plain.selectFrom('somePeople').select('firstName').compile().sql);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const reading = selectAll(db.withPlugin(compiling));
    expect(await transactions.run((tx) => tx.read(reading))).toEqual([ada]);
    expect([...new Set(texts)]).toEqual(['select "firstName" from "somePeople"']);
  });

  it('and a log of Kysely tells of the query', async () => {
    const logged: unknown[] = [];
    const dialect = new DsqlDialect({ connections });
    const logging = new Kysely<Tables>({
      dialect,
      plugins: [new CamelCasePlugin()],
      log: ({ query: { query, sql: text, parameters } }) =>
        void logged.push([query.kind, text, parameters]),
    });
    const query = selectAll(logging.withSchema('plugged')).where('personId', '=', 'a');
    expect(await transactions.run((tx) => tx.read(query))).toEqual([ada]);
    const one = template<{ id: string }>(({ id }) =>
      selectAll(logging.withSchema('plugged')).where('personId', '=', id),
    );
    await transactions.run((tx) => tx.read(one({ id: 'b' })));
    const { sql: text } = query.compile();
    expect(logged).toEqual([
      ['SelectQueryNode', text, ['a']],
      ['SelectQueryNode', text, ['b']],
    ]);
  });
});
