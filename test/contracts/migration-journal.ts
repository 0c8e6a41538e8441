import { expect } from 'vitest';
import { statement } from '../../src/adapters/dsql/index.ts';
import {
  checksumOf,
  type MigrationStatement,
} from '../../src/adapters/dsql/migration/format/migration.ts';
import type { MigrationJournal } from '../../src/adapters/dsql/migration/migration-journal.ts';
import type { MigrationStep } from '../../src/adapters/dsql/migration/migration-plan.ts';
import { collectCases, type Suite } from './suite.ts';

/** A line of the journal; times in milliseconds since the epoch. */
export type JournalRow = {
  readonly migration: string;
  readonly index: number;
  readonly checksum: string;
  readonly begunAt: number;
  readonly finishedAt: number | undefined;
};

export type MigrationJournalSubject = {
  /** The schema's journal, as two migrators see it that run at once. */
  readonly journal: MigrationJournal;
  readonly other: MigrationJournal;
  /** Every line, by migration and index. */
  readonly rows: () => Promise<readonly JournalRow[]>;
  /** Makes every time of the journal so much older, in milliseconds. */
  readonly age: (ms: number) => Promise<void>;
  /** Adds 1 to a counter: an effect that can be counted. */
  readonly effect: MigrationStatement;
  /** Fails for good. */
  readonly failure: MigrationStatement;
  readonly effects: () => Promise<number>;
  /** Deletes lines of a migration as nobody may; the given ones of its statements or all. */
  readonly remove: (migration: string) => Promise<void>;
  /** Notes a migration as applied without a line for its statements, as earlier releases did. */
  readonly applyUnjournaled: (migration: string, appliedAt: string) => Promise<void>;
};

/** More time than any case takes, in milliseconds since the epoch. */
const deadline = (): number => Date.now() + 7_200_000;

const statementOf = (sql: string): MigrationStatement => ({ ...statement(sql), place: sql });

/**
 * The suite of a migration journal that several migrators use. Each test starts with an empty one.
 */
export const migrationJournalContract = (
  createSubject: () => Promise<MigrationJournalSubject>,
): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: MigrationJournalSubject;
    let journal: MigrationJournal;

    beforeEach(async () => {
      subject = await createSubject();
      journal = subject.journal;
    });

    const stepOf = (
      migration: string,
      index: number,
      options: { readonly checksum?: string; readonly statement?: MigrationStatement } = {},
    ): MigrationStep => {
      const { statement: one = subject.effect, checksum = checksumOf(one) } = options;
      return { migration, index, statement: one, checksum, begun: false };
    };
    const entries = async () => (await journal.read(deadline())).entries;
    const begin = (...steps: readonly MigrationStep[]): Promise<unknown> =>
      Promise.all(steps.map((step) => journal.begin(step, deadline())));
    const begunAndFinished = async (step: MigrationStep): Promise<void> => {
      await journal.begin(step, deadline());
      await journal.finish(step, deadline());
    };
    /** Which statements have a line, and whether it says that they have finished. */
    const finished = async () =>
      Object.fromEntries(
        (await subject.rows()).map(({ migration, index, finishedAt }) => [
          `${migration} ${index}`,
          finishedAt !== undefined,
        ]),
      );
    const rowOf = async (migration: string, index: number) =>
      (await subject.rows()).find((row) => row.migration === migration && row.index === index);

    it('is empty at first', async () => {
      expect(await journal.read(deadline())).toEqual({ applied: new Map(), entries: [] });
    });

    it('knows of a statement that was begun, and not that it has finished', async () => {
      await begin(stepOf('a', 3, { checksum: 'abc' }));
      expect(await entries()).toEqual([
        { migration: 'a', index: 3, checksum: 'abc', finished: false },
      ]);
    });

    it('knows of a statement that it has finished', async () => {
      await begunAndFinished(stepOf('a', 3, { checksum: 'abc' }));
      expect(await entries()).toEqual([
        { migration: 'a', index: 3, checksum: 'abc', finished: true },
      ]);
    });

    it('takes the text of a statement that was begun and has changed since', async () => {
      await begin(stepOf('a', 0, { checksum: 'before' }));
      await subject.age(60_000);
      const before = await rowOf('a', 0);
      await begin(stepOf('a', 0, { checksum: 'after' }));
      expect(await entries()).toMatchObject([{ checksum: 'after', finished: false }]);
      expect((await rowOf('a', 0))?.begunAt).toBeGreaterThan(before?.begunAt ?? 0);
    });

    it('keeps a finished statement as it was when it is begun again', async () => {
      await begunAndFinished(stepOf('a', 0, { checksum: 'before' }));
      const before = await subject.rows();
      await subject.other.begin(stepOf('a', 0, { checksum: 'after' }), deadline());
      expect(await subject.rows()).toEqual(before);
    });

    it('keeps the time at which a statement has finished first', async () => {
      await begunAndFinished(stepOf('a', 0));
      await subject.age(60_000);
      const before = await subject.rows();
      await subject.other.finish(stepOf('a', 0), deadline());
      expect(await subject.rows()).toEqual(before);
    });

    it('finishes one statement, and no other', async () => {
      await begin(stepOf('a', 0), stepOf('a', 1), stepOf('b', 0));
      await journal.finish(stepOf('a', 1), deadline());
      expect(await finished()).toEqual({ 'a 0': false, 'a 1': true, 'b 0': false });
    });

    it('finishes nothing that was not begun', async () => {
      await journal.finish(stepOf('a', 0), deadline());
      expect(await subject.rows()).toEqual([]);
    });

    it('forgets one statement that was begun, and no other', async () => {
      await begin(stepOf('a', 0), stepOf('a', 1), stepOf('b', 0));
      await journal.forget(stepOf('a', 0), deadline());
      expect(await finished()).toEqual({ 'a 1': false, 'b 0': false });
    });

    it('forgets no statement that has finished', async () => {
      await begunAndFinished(stepOf('a', 0));
      await subject.other.forget(stepOf('a', 0), deadline());
      expect(await finished()).toEqual({ 'a 0': true });
    });

    it('runs a statement that changes data, and notes that it has finished', async () => {
      const step = stepOf('a', 1);
      await begin(stepOf('a', 0), step, stepOf('b', 1));
      await journal.runAndFinish(step, deadline());
      expect(await subject.effects()).toBe(1);
      expect(await finished()).toEqual({ 'a 0': false, 'a 1': true, 'b 1': false });
    });

    it('runs a statement whose neighbours have finished', async () => {
      for (const [migration, index] of [
        ['a', 1],
        ['b', 0],
        ['b', 2],
        ['c', 1],
      ] as const) {
        await begunAndFinished(stepOf(migration, index));
      }
      const step = stepOf('b', 1);
      await begin(step);
      await journal.runAndFinish(step, deadline());
      expect(await subject.effects()).toBe(1);
    });

    it('does not run a statement again that has finished', async () => {
      const step = stepOf('a', 0);
      await begunAndFinished(step);
      await journal.runAndFinish(step, deadline());
      expect(await subject.effects()).toBe(0);
    });

    it('runs a statement again that two migrators run at once for one of them only', async () => {
      const step = stepOf('a', 0);
      await begin(step);
      await Promise.all([journal, subject.other].map((one) => one.runAndFinish(step, deadline())));
      expect(await subject.effects()).toBe(1);
      expect(await finished()).toEqual({ 'a 0': true });
    });

    it('notes nothing of a statement that has failed, which can be run later', async () => {
      const step = stepOf('a', 0, { statement: subject.failure });
      await begin(step);
      await expect(journal.runAndFinish(step, deadline())).rejects.toMatchObject({
        kind: 'InvariantViolation',
      });
      expect(await finished()).toEqual({ 'a 0': false });
      await journal.runAndFinish(stepOf('a', 0), deadline());
      expect(await subject.effects()).toBe(1);
    });

    it('runs no statement that it does not know', async () => {
      const step = stepOf('a', 0);
      await begin(step);
      await subject.remove('a');
      await expect(journal.runAndFinish(step, deadline())).rejects.toMatchObject({
        kind: 'InvariantViolation',
        message: expect.stringContaining('journal has lost'),
      });
      expect(await subject.effects()).toBe(0);
    });

    it('knows which migrations are complete, and since when', async () => {
      await journal.complete('a', deadline());
      const { applied } = await journal.read(deadline());
      expect([...applied.keys()]).toEqual(['a']);
      expect(applied.get('a')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Math.abs(Date.parse(applied.get('a') ?? '') - Date.now())).toBeLessThan(600_000);
    });

    it('keeps the time at which a migration was complete first', async () => {
      await subject.applyUnjournaled('a', '2026-01-02T03:04:05.678Z');
      await subject.other.complete('a', deadline());
      await journal.complete('b', deadline());
      const { applied } = await journal.read(deadline());
      expect(applied.get('a')).toBe('2026-01-02T03:04:05.678Z');
      expect(applied.size).toBe(2);
    });

    it('takes over a migration of before, as finished when that was applied', async () => {
      const appliedAt = '2026-01-02T03:04:05.678Z';
      await subject.applyUnjournaled('a', appliedAt);
      const statements = [statementOf('SELECT 1'), statementOf('SELECT 2')];
      await journal.adopt({ id: 'a', statements }, deadline());
      const at = Date.parse(appliedAt);
      expect(await subject.rows()).toEqual(
        statements.map((one, index) => ({
          migration: 'a',
          index,
          checksum: checksumOf(one),
          begunAt: at,
          finishedAt: at,
        })),
      );
    });

    it('takes over nothing that was not applied', async () => {
      await subject.applyUnjournaled('a', '2026-01-02T03:04:05.678Z');
      await journal.adopt({ id: 'b', statements: [statementOf('SELECT 1')] }, deadline());
      expect(await subject.rows()).toEqual([]);
    });

    it('takes over a migration as it was when another migrator has done so', async () => {
      await subject.applyUnjournaled('a', '2026-01-02T03:04:05.678Z');
      await journal.adopt({ id: 'a', statements: [statementOf('SELECT 1')] }, deadline());
      const before = await subject.rows();
      const changed = [statementOf('SELECT 2'), statementOf('SELECT 3')];
      await subject.other.adopt({ id: 'a', statements: changed }, deadline());
      expect((await subject.rows())[0]).toEqual(before[0]);
      expect(await subject.rows()).toHaveLength(2);
    });
  });
