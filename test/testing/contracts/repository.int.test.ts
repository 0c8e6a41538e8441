import { afterAll, beforeAll } from 'vitest';
import { type DsqlRepository, statement } from '../../../src/adapters/dsql/index.ts';
import { refuse } from '../../../src/domain/kernel/index.ts';
import {
  type RepositoryExamples,
  type RepositorySubject,
  repositoryContract,
  startTestDatabase,
  type TestDatabase,
} from '../../../src/testing/index.ts';
import { describeSuite, refusesWrong, type Wrong } from '../../contracts/suite.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import { booking, type Show, type ShowQuery, shows } from '../booking.ts';

type Subject = RepositorySubject<ShowQuery, Show, readonly unknown[]>;

const hamlet: Show = { id: 'hamlet', free: 3, version: 1, name: 'Hamlet' };
const macbeth: Show = { id: 'macbeth', free: 5, version: 1, name: null };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(booking, { postgres: postgresUrl() });
});
afterAll(() => database.stop());

const createSubject = async (): Promise<Subject> => {
  await database.reset();
  return {
    region: database.primary,
    repository: shows as unknown as DsqlRepository<ShowQuery, Show, readonly unknown[]>,
  };
};

const examples: RepositoryExamples<ShowQuery, Show, readonly unknown[]> = {
  createSubject,
  unknown: { id: 'nobody' },
  states: {
    'a show': {
      query: { id: 'hamlet' },
      state: hamlet,
      next: { ...hamlet, free: 0, version: 2, name: null },
    },
    'a show without a name': { query: { id: 'macbeth' }, state: macbeth },
  },
  refusals: {
    'a second show of a name': {
      first: hamlet,
      second: { ...macbeth, name: 'Hamlet' },
      code: 'NameTaken',
    },
  },
};

describeSuite('repository: shows', repositoryContract(examples));

/** The right repository, but for these methods. */
const wrong =
  (
    change: (right: Subject['repository']) => Partial<Subject['repository']>,
  ): Wrong<Subject>['apply'] =>
  ({ region, repository }) => ({ region, repository: { ...repository, ...change(repository) } });

const saving = (sql: string) =>
  wrong(() => ({
    save: ({ id, free, version, name }) => [statement(sql, ...[id, free, version, name])],
  }));

let made = 0;

const wrongRepositories: readonly Wrong<Subject>[] = [
  {
    fault: 'makes no number of a bigint',
    caughtBy: 'gives back a show as it was saved',
    apply: wrong(() => ({ toState: ([rows]) => (rows?.[0] as Show | undefined) ?? shows.empty })),
  },
  {
    fault: 'fails where it finds nothing',
    caughtBy: 'gives the empty state for what it does not find',
    apply: wrong(({ toState }) => ({
      toState: (results) => {
        if (results[0]?.length === 0) throw new RangeError('no such show');
        return toState(results);
      },
    })),
  },
  {
    fault: 'gives another state than the empty one for what it does not find',
    caughtBy: 'gives the empty state for what it does not find',
    apply: wrong(() => ({ empty: macbeth })),
  },
  {
    fault: 'forgets a column',
    caughtBy: 'gives back a show as it was saved last, and leaves other states alone',
    apply: saving(`INSERT INTO booking.shows (id, free, version, name) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET free = excluded.free, version = excluded.version`),
  },
  {
    fault: 'takes NULL for an empty text',
    caughtBy: 'gives back a show without a name as it was saved',
    apply: wrong(({ toState }) => ({
      toState: (results) => {
        const state = toState(results);
        return { ...state, name: state.name ?? '' };
      },
    })),
  },
  {
    fault: 'inserts and never updates',
    caughtBy: 'gives back a show as it was saved last, and leaves other states alone',
    apply: saving(`INSERT INTO booking.shows (id, free, version, name) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO NOTHING`),
  },
  {
    fault: 'updates every row',
    caughtBy: 'gives back a show as it was saved last, and leaves other states alone',
    apply: wrong(({ save }) => ({
      save: (state) => [
        ...save(state),
        statement('UPDATE booking.shows SET free = $1', state.free),
      ],
    })),
  },
  {
    fault: 'counts the version itself',
    caughtBy: 'changes no row when it saves a show as it has loaded it',
    apply: saving(`INSERT INTO booking.shows (id, free, version, name) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET free = excluded.free, version = shows.version + 1, name = excluded.name`),
  },
  {
    fault: 'saves nothing of a state that it takes for unchanged',
    caughtBy: 'decides again when another decision has changed a show meanwhile',
    apply: wrong(({ toState, save }) => {
      const loaded = new Set<Show>();
      return {
        toState: (results) => {
          const state = toState(results);
          loaded.add(state);
          return state;
        },
        save: (state) => (loaded.has(state) ? [] : save(state)),
      };
    }),
  },
  {
    fault: 'makes an id in its statements',
    caughtBy: 'saves a show by statements that are the same each time, and leaves it as it is',
    apply: wrong(({ save }) => ({
      save: (state) => {
        made += 1;
        return [...save(state), statement('SELECT $1', `${made}`)];
      },
    })),
  },
  {
    fault: 'changes the state that it saves',
    caughtBy: 'saves a show by statements that are the same each time, and leaves it as it is',
    apply: wrong(({ save }) => ({
      save: (state) => {
        const statements = save(state);
        (state as { -readonly [Key in keyof Show]: Show[Key] }).version += 0.5;
        return statements.length > 0 ? save({ ...state, version: 1 }) : [];
      },
    })),
  },
  {
    fault: 'takes every error for a refusal',
    caughtBy: 'takes no error for a refusal that names no constraint of its own',
    apply: wrong(() => ({ refusalOf: () => refuse('NameTaken', 'Choose another name') })),
  },
  {
    fault: 'takes a violated constraint for a fault',
    caughtBy: 'refuses a second show of a name, and saves nothing of it',
    apply: wrong(() => ({ refusalOf: () => undefined })),
  },
  {
    fault: 'saves under a constraint of its own over what is there',
    caughtBy: 'refuses a second show of a name, and saves nothing of it',
    apply: saving(`INSERT INTO booking.shows (id, free, version, name) VALUES ($1, $2, $3, $4)
      ON CONFLICT (name) DO UPDATE SET free = excluded.free`),
  },
];

refusesWrong(
  'a repository must not do',
  wrongRepositories,
  (create) => repositoryContract({ ...examples, createSubject: create }),
  createSubject,
);
