import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { expectTypeOf } from 'vitest';
import {
  createDsqlUnitOfWork,
  type DsqlRepository,
  type Row,
  type Statement,
  statement,
  template,
} from '../../../../src/adapters/dsql/index.ts';
import {
  accept,
  type Once,
  type Outcome,
  type UnitOfWork,
} from '../../../../src/domain/kernel/index.ts';

type Tables = { readonly seats: { readonly id: string; readonly free: number } };
type Query = { readonly id: string };
type State = { readonly id: string; readonly free: number };

const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

type Seat = { id: string; free: number };

// A template takes the fields that it names, each of its column's type, and makes a statement of
// the query's rows.
const byId = template(({ id }: Query) => db.selectFrom('seats').selectAll().where('id', '=', id));
expectTypeOf(byId).toEqualTypeOf<(input: Query) => Statement<Seat>>();
const untyped = template<Query>(({ id }) =>
  db.selectFrom('seats').selectAll().where('id', '=', id),
);
expectTypeOf(untyped).toEqualTypeOf<(input: Query) => Statement<Row>>();
expectTypeOf(byId({ id: 'a' }).parameters).toEqualTypeOf<readonly unknown[]>();

// @ts-expect-error a field is missing
byId({});
// @ts-expect-error a field has another type
byId({ id: 7 });
// @ts-expect-error no such placeholder
template<Query>(({ name }) => db.selectFrom('seats').selectAll().where('id', '=', name));
// @ts-expect-error the placeholder has another type than the column
template<{ free: string }>(({ free }) => db.updateTable('seats').set({ free }));
// @ts-expect-error no such column
template<Query>(({ id }) => db.selectFrom('seats').selectAll().where('name', '=', id));
// @ts-expect-error a query that is executed is no query
template<Query>(({ id }) => db.selectFrom('seats').where('id', '=', id).execute());

// A repository loads by its query, and saves what it loads.
const empty: State = { id: '', free: 0 };
const seats: DsqlRepository<Query, State, [Seat]> = {
  empty,
  load: (query) => [byId(query)],
  toState: ([[seat]]) => {
    expectTypeOf(seat).toEqualTypeOf<Seat | undefined>();
    return seat ?? empty;
  },
  save: ({ id, free }) => [statement('UPDATE seats SET free = $2 WHERE id = $1', id, free)],
};
const promised: DsqlRepository<Query, State, [Seat]> = {
  ...seats,
  // @ts-expect-error statements are handed over, not sent
  save: async () => [],
};

// Each load has its own type of row, and `bigint` comes as text.
type Version = { readonly version: string };
const version = statement<Version>('SELECT version FROM seats');
expectTypeOf(version).toEqualTypeOf<Statement<Version>>();
const both: DsqlRepository<Query, State, [Seat, Version]> = {
  ...seats,
  // A query of Kysely needs no template.
  load: ({ id }) => [db.selectFrom('seats').selectAll().where('id', '=', id), version],
  toState: (results) => {
    expectTypeOf(results).toEqualTypeOf<readonly [readonly Seat[], readonly Version[]]>();
    return { id: '', free: Number(results[1][0]?.version) };
  },
};
const unparsed: DsqlRepository<Query, State, [Seat, Version]> = {
  ...both,
  // @ts-expect-error a text is no number
  toState: ([, [version]]) => ({ id: '', free: version?.version ?? 0 }),
};
const swapped: DsqlRepository<Query, State, [Version, Seat]> = {
  ...seats,
  // @ts-expect-error each load answers with its own rows
  load: (query) => [byId(query), version],
  toState: () => empty,
};
const missing: DsqlRepository<Query, State, [Seat, Version]> = {
  ...seats,
  // @ts-expect-error a load is missing
  load: (query) => [byId(query)],
  toState: () => empty,
};

// Any number of loads that are alike.
const many: DsqlRepository<readonly Query[], State, readonly Seat[]> = {
  ...seats,
  load: (queries) => queries.map(byId),
  toState: (results) => {
    expectTypeOf(results).toEqualTypeOf<readonly (readonly Seat[])[]>();
    return results.flat()[0] ?? empty;
  },
};

// Of rows whose type nobody has said, nothing is known.
const plain: DsqlRepository<Query, State> = {
  ...seats,
  load: () => [statement('SELECT 1')],
  toState: ([rows]) => {
    expectTypeOf(rows).toEqualTypeOf<readonly Row[] | undefined>();
    return { id: String(rows?.[0]?.['id']), free: Number(rows?.[0]?.['free']) };
  },
};
const unseen: DsqlRepository<Query, State> = {
  ...plain,
  // @ts-expect-error a state is not made of rows without looking at them
  toState: ([rows]) => rows?.[0],
};
void [promised, both, unparsed, unseen, swapped, missing, many, plain];

// A unit of work knows the repository's query and state, and answers with the result of the
// decision.
declare const deps: Omit<
  Parameters<typeof createDsqlUnitOfWork<Query, State, [Seat]>>[0],
  'repository'
>;
const unitOfWork = createDsqlUnitOfWork({ ...deps, repository: seats });
expectTypeOf(unitOfWork).toEqualTypeOf<UnitOfWork<Query, State>>();

declare const once: Once;
declare const envelop: Parameters<typeof unitOfWork.execute>[0]['envelop'];
const work = { once, envelop, deadline: 0 };
const outcome = unitOfWork.execute({
  ...work,
  load: { id: 'a' },
  decide: (state) => {
    expectTypeOf(state).toEqualTypeOf<State>();
    return accept({ state, events: [], result: { left: state.free } });
  },
});
expectTypeOf(outcome).resolves.toEqualTypeOf<Outcome<{ left: number }>>();

void unitOfWork.execute({
  ...work,
  // @ts-expect-error another query than the repository's
  load: { name: 'a' },
  decide: (state) => accept({ state, events: [], result: null }),
});
void unitOfWork.execute({
  ...work,
  // @ts-expect-error what is saved is no state
  decide: () => accept({ state: { id: 'a' }, events: [], result: null }),
});
void unitOfWork.execute({
  ...work,
  // @ts-expect-error a result that does not survive a trip through JSON
  decide: (state) => accept({ state, events: [], result: { at: new Date() } }),
});
