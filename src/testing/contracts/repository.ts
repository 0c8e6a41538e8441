import type { DsqlRepository, Row } from '../../adapters/dsql/index.ts';
import { compiledOf } from '../../adapters/dsql/transaction/kysely-result.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import { expectSame } from '../expect-same.ts';
import { createShow } from '../shown-value.ts';
import { repositoryWork } from './repository-work.ts';
import { storedRows } from './stored-rows.ts';
import { type Checks, checksFor, type Suite, suiteOf } from './suite.ts';

/** A repository, and the Region of a test database that it is tried in. */
export type RepositorySubject<Query, State, Rows extends readonly unknown[]> = {
  readonly region: Pick<TestDatabaseRegion, 'connections' | 'schema'>;
  readonly repository: DsqlRepository<Query, State, Rows>;
};

/** A state that the repository is to keep. Those of one contract are of different aggregates. */
export type RepositoryState<Query, State> = {
  /** Loads it. */
  readonly query: Query;
  /** As a decision has it saved. */
  readonly state: State;
  /** As it is loaded afterwards, where a decision has only what changes saved. */
  readonly loaded?: State;
  /** The same aggregate after another decision, loaded as it is saved. */
  readonly next?: State;
};

/** How a repository is tried. */
export type RepositoryExamples<Query, State, Rows extends readonly unknown[]> = {
  /** Before each case: a database without rows, but for those that no decision makes. */
  readonly createSubject: () => Promise<RepositorySubject<Query, State, Rows>>;
  /** A query that finds nothing. */
  readonly unknown: Query;
  /** By a name with an article, such as "a show". */
  readonly states: Readonly<Record<string, RepositoryState<Query, State>>>;
  /**
   * States that violate a constraint of the service's own once the first is there, by what the
   * second one is.
   */
  readonly refusals?: Readonly<
    Record<string, { readonly first: State; readonly second: State; readonly code: string }>
  >;
};

/**
 * Names that no constraint of a service has: an error without one, and a constraint of the
 * framework.
 */
const constraintsOfOthers = ['', 'outbox_pkey'];

const shown = (value: unknown): string => createShow()(value);

type Subject<Query, State, Rows extends readonly unknown[]> = RepositorySubject<
  Query,
  State,
  Rows
> & { readonly work: ReturnType<typeof repositoryWork<Query, State, Rows>> };

/**
 * Checks a repository. Its mistakes show in production only under load, or in the next version:
 * values that come back as another type, a save that touches other rows, two decisions that
 * overwrite each other.
 *
 * @example
 * const suite = repositoryContract({
 *   createSubject: async () => {
 *     await database.reset();
 *     return { region: database.primary, repository: createShows(database.primary.db()) };
 *   },
 *   unknown: { id: 'nobody' },
 *   states: { 'a show': { query: { id: 'hamlet' }, state: hamlet, next: hamletSoldOut } },
 * });
 * for (const { name, run } of suite) it(name, run);
 */
export const repositoryContract = <Query, State, Rows extends readonly unknown[] = readonly Row[]>(
  examples: RepositoryExamples<Query, State, Rows>,
): Suite => {
  const { createSubject, unknown, states, refusals = {} } = examples;
  const subject = async (): Promise<Subject<Query, State, Rows>> => {
    const { region, repository } = await createSubject();
    return { region, repository, work: repositoryWork(region, repository) };
  };
  const all = Object.values(states);

  return suiteOf<Subject<Query, State, Rows>>(subject, {
    'gives the empty state for what it does not find': async ({ work, repository }) => {
      expectSame('state', await work.load(unknown), repository.empty);
    },

    'takes no error for a refusal that names no constraint of its own': ({ repository }) => {
      for (const constraint of constraintsOfOthers) {
        expectSame('refusal', repository.refusalOf?.(constraint), undefined);
      }
    },

    ...checksFor(Object.entries(states), ([what, example]) => stateChecks(what, example, all)),

    ...checksFor(Object.entries(refusals), ([what, { first, second, code }]) => ({
      [`refuses ${what}, and saves nothing of it`]: async ({
        region,
        work,
      }: Subject<Query, State, Rows>) => {
        await work.save(first);
        const before = await storedRows(region);
        const outcome = await work.trySave(second);
        const answer = outcome.status === 'refused' ? outcome.refusal.code : outcome.status;
        expectSame('answer', answer, code);
        expectSame('rows', await storedRows(region), before);
      },
    })),
  });
};

/** The checks of one state; `all` are those of the contract. */
const stateChecks = <Query, State, Rows extends readonly unknown[]>(
  what: string,
  example: RepositoryState<Query, State>,
  all: readonly RepositoryState<Query, State>[],
): Checks<Subject<Query, State, Rows>> => {
  const { query, state, loaded = state, next } = example;
  return {
    [`gives back ${what} as it was saved`]: async ({ work }) => {
      await work.save(state);
      expectSame('state', await work.load(query), loaded);
    },

    [`saves ${what} by statements that are the same each time, and leaves it as it is`]: ({
      repository,
    }) => {
      const before = shown(state);
      const made = () => repository.save(state).map((one) => compiledOf(one));
      expectSame('statements', made().map(textOf), made().map(textOf));
      expectSame('state', shown(state), before);
    },

    [`changes no row when it saves ${what} as it has loaded it`]: async ({ region, work }) => {
      for (const one of all) await work.save(one.state);
      const before = await storedRows(region);
      await work.saveLoaded(query);
      expectSame('rows', await storedRows(region), before);
    },

    ...(next !== undefined && nextChecks(what, { ...example, loaded, next }, all)),
  };
};

/** The checks of a state that another decision changes. */
const nextChecks = <Query, State, Rows extends readonly unknown[]>(
  what: string,
  { query, state, loaded, next }: Required<RepositoryState<Query, State>>,
  all: readonly RepositoryState<Query, State>[],
): Checks<Subject<Query, State, Rows>> => ({
  [`gives back ${what} as it was saved last, and leaves other states alone`]: async ({ work }) => {
    const others = all.filter((one) => one.state !== state);
    for (const one of all) await work.save(one.state);
    await work.save(next);
    expectSame('state', await work.load(query), next);
    for (const one of others) {
      expectSame('another state', await work.load(one.query), one.loaded ?? one.state);
    }
  },

  [`decides again when another decision has changed ${what} meanwhile`]: async ({ work }) => {
    await work.save(state);
    const decidedOn = await work.saveLoaded(query, next);
    expectSame('states that were decided on', decidedOn, [loaded, next]);
    expectSame('state', await work.load(query), next);
  },
});

const textOf = ({ sql, parameters }: ReturnType<typeof compiledOf>): string =>
  shown({ sql, parameters });
