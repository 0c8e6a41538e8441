import { describe, expect, it } from 'vitest';
import type { MigrationScript } from '../../../../src/adapters/dsql/index.ts';
import {
  checksumOf,
  readMigrationScript,
} from '../../../../src/adapters/dsql/migration/format/migration.ts';
import {
  type Journal,
  planMigrations,
} from '../../../../src/adapters/dsql/migration/migration-plan.ts';

const script = (id: string, sql = `CREATE TABLE ${id.replaceAll('-', '_')} (id int)`) =>
  readMigrationScript(id, `${id}.sql`, sql);

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

/** A journal in which these have been applied, one second after the other. */
const journalOf = (scripts: readonly MigrationScript[]): Journal => ({
  applied: new Map(scripts.map(({ id }, second) => [id, at(second)])),
  entries: scripts.flatMap(({ id, statements }) =>
    statements.map((one, index) => ({
      migration: id,
      index,
      checksum: checksumOf(one),
      finished: true,
    })),
  ),
});

const states = (scripts: readonly MigrationScript[], journal: Journal, acceptNewer = false) =>
  planMigrations(scripts, journal, { acceptNewer }).statuses.map(({ id, state }) => [id, state]);

const [one, two, three] = ['0001-one', '0002-two', '0003-three'].map((id) => script(id)) as [
  MigrationScript,
  MigrationScript,
  MigrationScript,
];
const long = script('0004-long', 'SELECT 1;\nSELECT 2;\nSELECT 3');

/** The first statements of a migration have been run, and the next was begun with this checksum. */
const interrupted = (migration: MigrationScript, finished: number, checksum?: string): Journal => ({
  applied: new Map(),
  entries: migration.statements.slice(0, finished + 1).map((statement, index) => ({
    migration: migration.id,
    index,
    checksum: (index === finished && checksum) || checksumOf(statement),
    finished: index < finished,
  })),
});

describe('a plan', () => {
  it('applies what is missing, in the order of the code', () => {
    const plan = planMigrations([one, two, three], journalOf([one]));
    expect(plan.problems).toEqual([]);
    expect(plan.pending.map(({ id }) => id)).toEqual(['0002-two', '0003-three']);
    expect(plan.statuses[0]).toEqual({
      id: '0001-one',
      state: 'applied',
      appliedAt: at(0),
      finished: 1,
      statements: 1,
    });
  });

  it('goes on behind the last statement that has finished', () => {
    const plan = planMigrations([long], interrupted(long, 1));
    expect(states([long], interrupted(long, 1))).toEqual([['0004-long', 'begun']]);
    expect(plan.pending[0]?.steps.map(({ index, begun }) => [index, begun])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('knows that a statement that was begun in other words has not been begun', () => {
    const plan = planMigrations([long], interrupted(long, 1, 'other'));
    expect(plan.problems).toEqual([]);
    expect(plan.pending[0]?.steps[0]).toMatchObject({ index: 1, begun: false });
  });

  it('only notes the end of a migration that was interrupted behind its last statement', () => {
    const journal = { ...journalOf([long]), applied: new Map() };
    expect(planMigrations([long], journal).pending).toEqual([{ id: '0004-long', steps: [] }]);
  });

  it('takes over what was applied before statements were journaled', () => {
    const journal = { ...journalOf([one, two]), entries: [] };
    const plan = planMigrations([one, two, three], journal);
    expect(plan.unjournaled.map(({ id }) => id)).toEqual(['0001-one', '0002-two']);
    expect(plan.pending.map(({ id }) => id)).toEqual(['0003-three']);
    expect(plan.problems).toEqual([]);
  });
});

describe('refused, in one line that says what to do, is', () => {
  const problemsOf = (scripts: readonly MigrationScript[], journal: Journal) =>
    planMigrations(scripts, journal).problems;
  const remedy = 'put it back as it was, and write what is new into a new migration';

  it('a statement that has changed since it was applied', () => {
    const changed = script(long.id, 'SELECT 1;\nSELECT 5;\nSELECT 3');
    expect(problemsOf([changed], journalOf([long]))).toEqual([
      `0004-long.sql:2: this statement has changed since it was applied: ${remedy}`,
    ]);
    expect(states([changed], journalOf([long]))).toEqual([['0004-long', 'changed']]);
    expect(problemsOf([changed], interrupted(long, 2))).toHaveLength(1);
  });

  it('a statement that was added to what had been applied', () => {
    const longer = script(long.id, 'SELECT 1;\nSELECT 2;\nSELECT 3;\nSELECT 4');
    expect(problemsOf([longer], journalOf([long]))).toEqual([
      `0004-long.sql:4: this statement was added since it was applied: ${remedy}`,
    ]);
  });

  it('a migration that has lost statements', () => {
    expect(problemsOf([script(long.id, 'SELECT 1')], journalOf([long]))).toEqual([
      `0004-long: it has lost statements (3 were run) since it was applied: ${remedy}`,
    ]);
  });

  it('one that was applied, or begun, and is missing', () => {
    expect(problemsOf([one], journalOf([one, two]))).toEqual([
      "0002-two has been applied and is missing: restore it, take the release that has it, or keep another folder's journal in another schema",
    ]);
    expect(problemsOf([one], interrupted(long, 1))).toEqual([
      "0004-long has been begun and is missing: restore it, take the release that has it, or keep another folder's journal in another schema",
    ]);
  });

  it('one that comes before what was applied, or begun', () => {
    expect(problemsOf([one, two, three], journalOf([one, three]))).toEqual([
      '0002-two comes before 0003-three, which has been applied: give it a number that comes after it',
    ]);
    expect(states([three, long], interrupted(long, 1))).toEqual([
      ['0003-three', 'misplaced'],
      ['0004-long', 'begun'],
    ]);
  });

  it('an id that is there twice', () => {
    expect(problemsOf([one, one], journalOf([]))).toEqual([
      '0001-one is the id of two migrations: give one of them another',
    ]);
  });
});

describe('not refused is', () => {
  it("a framework's new migration, though later ones of the service have been applied", () => {
    const [framework, added, service] = [
      script('antipode-0001-a'),
      script('antipode-0002-b'),
      script('ledger-0001-c'),
    ] as [MigrationScript, MigrationScript, MigrationScript];
    const plan = planMigrations([framework, added, service], journalOf([framework, service]));
    expect(plan.problems).toEqual([]);
    expect(plan.pending.map(({ id }) => id)).toEqual(['antipode-0002-b']);
  });

  it('one that failed at its first statement and was taken out again', () => {
    expect(planMigrations([], interrupted(one, 0))).toMatchObject({ problems: [], statuses: [] });
  });

  it('migrations of a later release, where an older one is deployed again', () => {
    expect(states([one], journalOf([one, two]), true)).toEqual([
      ['0001-one', 'applied'],
      ['0002-two', 'newer'],
    ]);
    expect(planMigrations([one], journalOf([one, two]), { acceptNewer: true }).problems).toEqual(
      [],
    );
  });
});

it('does not take for newer what is missing in the middle, or was only begun', () => {
  expect(states([one, three], journalOf([one, two, three]), true)).toContainEqual([
    '0002-two',
    'missing',
  ]);
  expect(states([one], interrupted(long, 1), true)).toContainEqual(['0004-long', 'missing']);
});
