import { afterAll, beforeAll } from 'vitest';
import { insertOnly, statement } from '../../../src/adapters/dsql/index.ts';
import { refuse } from '../../../src/domain/kernel/index.ts';
import {
  type InsertOnlyExamples,
  type InsertOnlySubject,
  insertOnlyContract,
  startTestDatabase,
  type TestDatabase,
} from '../../../src/testing/index.ts';
import { describeSuite, refusesWrong, type Wrong } from '../../contracts/suite.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import { booking } from '../booking.ts';

type Seats = { readonly region: string; readonly show: string; readonly seats: number };
type Subject = InsertOnlySubject<Seats, readonly []>;

const insertInto = ({ region, show, seats }: Seats, onConflict = '') =>
  statement(
    `INSERT INTO booking.occupancy (region, show, seats) VALUES ($1, $2, $3) ${onConflict}`,
    ...[region, show, seats],
  );

const counts = insertOnly(
  (row: Seats) => insertInto(row),
  (constraint) =>
    constraint === 'occupancy_pkey' ? refuse('Counted', 'The show is counted') : undefined,
);

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(booking, { postgres: postgresUrl() });
});
afterAll(() => database.stop());

const createSubject = async (): Promise<Subject> => {
  await database.reset();
  return { region: database.primary, repository: counts };
};

const hamlet: Seats = { region: 'us-east-1', show: 'hamlet', seats: 2 };
const examples: InsertOnlyExamples<Seats, readonly []> = {
  createSubject,
  rows: { 'a count': hamlet, 'a count elsewhere': { ...hamlet, region: 'us-west-2' } },
  refusals: {
    'a second count': { first: hamlet, second: { ...hamlet, seats: 3 }, code: 'Counted' },
  },
};

describeSuite('a repository that only inserts', insertOnlyContract(examples));

type Save = Subject['repository']['save'];
const saving =
  (change: (save: Save) => Save): Wrong<Subject>['apply'] =>
  ({ region, repository }) => ({
    region,
    repository: { ...repository, save: change(repository.save) },
  });

let made = 0;

const wrongRepositories: readonly Wrong<Subject>[] = [
  {
    fault: 'inserts the first row only',
    caughtBy: 'adds all rows of a decision together',
    apply: saving((save) => (rows) => save(rows.slice(0, 1))),
  },
  {
    fault: 'inserts nothing',
    caughtBy: 'adds a count, and changes no other row',
    apply: saving(() => () => []),
  },
  {
    fault: 'changes other rows',
    caughtBy: 'adds a count, and changes no other row',
    apply: saving((save) => (rows) => [
      statement('UPDATE booking.occupancy SET seats = seats + 1'),
      ...save(rows),
    ]),
  },
  {
    fault: 'makes a value in its statements',
    caughtBy: 'adds a count by statements that are the same each time',
    apply: saving((save) => (rows) => {
      made += 1;
      return save(rows.map((row) => ({ ...row, seats: made })));
    }),
  },
  {
    fault: 'overwrites what is there',
    caughtBy: 'refuses a second count, and adds nothing',
    apply: saving(
      () => (rows) =>
        rows.map((row) =>
          insertInto(row, 'ON CONFLICT (region, show) DO UPDATE SET seats = excluded.seats'),
        ),
    ),
  },
  {
    fault: 'takes a violated constraint for a fault',
    caughtBy: 'refuses a second count, and adds nothing',
    apply: ({ region, repository }) => ({
      region,
      repository: { ...repository, refusalOf: () => undefined },
    }),
  },
];

refusesWrong(
  'a repository that only inserts must not do',
  wrongRepositories,
  (create) => insertOnlyContract({ ...examples, createSubject: create }),
  createSubject,
);
