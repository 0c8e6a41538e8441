import type { MigrationJournal } from '../../../src/adapters/dsql/migration/migration-journal.ts';
import type { MigrationJournalSubject } from '../migration-journal.ts';
import type { Wrong } from '../suite.ts';

type Faulty = Wrong<MigrationJournalSubject>;

/** Faults of both migrators' journals, which are made of the right ones. */
const journals =
  (
    change: (
      right: MigrationJournal,
      subject: MigrationJournalSubject,
    ) => Partial<MigrationJournal>,
  ): Faulty['apply'] =>
  (subject) => {
    const wrong = (right: MigrationJournal): MigrationJournal => ({
      ...right,
      ...change(right, subject),
    });
    return { ...subject, journal: wrong(subject.journal), other: wrong(subject.other) };
  };

export const wrongMigrationJournals: readonly Faulty[] = [
  {
    fault: 'begins a statement again that has finished',
    caughtBy: 'keeps a finished statement as it was when it is begun again',
    apply: journals((right, { remove }) => ({
      begin: async (step, deadline) => {
        await remove(step.migration);
        await right.begin(step, deadline);
      },
    })),
  },
  {
    fault: 'keeps the text of a statement that was begun and has changed',
    caughtBy: 'takes the text of a statement that was begun and has changed since',
    apply: journals((right, { rows }) => ({
      begin: async (step, deadline) => {
        const known = (await rows()).some((row) => row.migration === step.migration);
        if (!known) await right.begin(step, deadline);
      },
    })),
  },
  {
    fault: 'takes a statement for finished once it is begun',
    caughtBy: 'knows of a statement that was begun, and not that it has finished',
    apply: journals((right) => ({
      begin: async (step, deadline) => {
        await right.begin(step, deadline);
        await right.finish(step, deadline);
      },
    })),
  },
  {
    fault: 'notes a later time each time that a statement has finished',
    caughtBy: 'keeps the time at which a statement has finished first',
    apply: journals((right, { remove }) => ({
      finish: async (step, deadline) => {
        await remove(step.migration);
        await right.begin(step, deadline);
        await right.finish(step, deadline);
      },
    })),
  },
  {
    fault: 'finishes all statements of a migration with one',
    caughtBy: 'finishes one statement, and no other',
    apply: journals((right, { rows }) => ({
      finish: async (step, deadline) => {
        for (const { migration, index } of await rows()) {
          if (migration === step.migration) await right.finish({ ...step, index }, deadline);
        }
      },
    })),
  },
  {
    fault: 'forgets all statements of a migration with one',
    caughtBy: 'forgets one statement that was begun, and no other',
    apply: journals((right, { rows }) => ({
      forget: async (step, deadline) => {
        for (const { migration, index } of await rows()) {
          if (migration === step.migration) await right.forget({ ...step, index }, deadline);
        }
      },
    })),
  },
  {
    fault: 'forgets a statement that has finished',
    caughtBy: 'forgets no statement that has finished',
    apply: journals((_, { remove }) => ({ forget: ({ migration }) => remove(migration) })),
  },
  {
    fault: 'runs a statement again that has finished',
    caughtBy: 'does not run a statement again that has finished',
    apply: journals((right, { remove }) => ({
      runAndFinish: async (step, deadline) => {
        await remove(step.migration);
        await right.begin(step, deadline);
        await right.runAndFinish(step, deadline);
      },
    })),
  },
  {
    fault: 'runs a statement and notes it in two transactions',
    caughtBy: 'notes nothing of a statement that has failed, which can be run later',
    apply: journals((right) => ({
      runAndFinish: async (step, deadline) => {
        try {
          await right.runAndFinish(step, deadline);
        } finally {
          await right.finish(step, deadline);
        }
      },
    })),
  },
  {
    fault: 'says that a statement has run that has failed',
    caughtBy: 'notes nothing of a statement that has failed, which can be run later',
    apply: journals((right) => ({
      runAndFinish: (step, deadline) => right.runAndFinish(step, deadline).catch(() => undefined),
    })),
  },
  {
    fault: 'runs a statement that it does not know',
    caughtBy: 'runs no statement that it does not know',
    apply: journals((right) => ({
      runAndFinish: async (step, deadline) => {
        await right.begin(step, deadline);
        await right.runAndFinish(step, deadline);
      },
    })),
  },
  {
    fault: 'notes a statement that it has not run',
    caughtBy: 'runs a statement that changes data, and notes that it has finished',
    apply: journals((right) => ({ runAndFinish: right.finish })),
  },
  {
    fault: 'takes over a migration that was not applied',
    caughtBy: 'takes over nothing that was not applied',
    apply: journals((right) => ({
      adopt: async (script, deadline) => {
        await right.complete(script.id, deadline);
        await right.adopt(script, deadline);
      },
    })),
  },
  {
    fault: 'takes a migration over again with its new texts',
    caughtBy: 'takes over a migration as it was when another migrator has done so',
    apply: journals((right, { remove }) => ({
      adopt: async (script, deadline) => {
        await remove(script.id);
        await right.adopt(script, deadline);
      },
    })),
  },
  {
    fault: 'takes over the first statement of a migration only',
    caughtBy: 'takes over a migration of before, as finished when that was applied',
    apply: journals((right) => ({
      adopt: ({ id, statements }, deadline) =>
        right.adopt({ id, statements: statements.slice(0, 1) }, deadline),
    })),
  },
  {
    fault: 'forgets which migrations are complete',
    caughtBy: 'knows which migrations are complete, and since when',
    apply: journals(() => ({ complete: async () => undefined })),
  },
];
