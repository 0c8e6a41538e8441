import { defined } from '../../../domain/kernel/defined.ts';
import { checksumOf, type MigrationScript, type MigrationStatement } from './format/migration.ts';

/** The journal's entry for one statement. */
export type JournalEntry = {
  readonly migration: string;
  /** The statement's index in its migration, from 0. */
  readonly index: number;
  readonly checksum: string;
  readonly finished: boolean;
};

/** The journal of a database. */
export type Journal = {
  /** Finished migrations and their times: UTC, ISO 8601. */
  readonly applied: ReadonlyMap<string, string>;
  readonly entries: readonly JournalEntry[];
};

/**
 * The state of a migration. `begun`: some of its statements have finished. `changed`, `missing` and
 * `misplaced` are refused. `newer`: a later release has applied it.
 */
export type MigrationState =
  | 'applied'
  | 'pending'
  | 'begun'
  | 'changed'
  | 'missing'
  | 'misplaced'
  | 'newer';

/** The progress of one migration. */
export type MigrationStatus = {
  /** The migration's id. */
  readonly id: string;
  /** How far the migration has come. */
  readonly state: MigrationState;
  /** The time of its end: UTC, ISO 8601. */
  readonly appliedAt?: string;
  /** Statements that have run. */
  readonly finished: number;
  /** Statements in all. */
  readonly statements: number;
};

/** A statement that has not finished. */
export type MigrationStep = {
  readonly migration: string;
  readonly index: number;
  readonly statement: MigrationStatement;
  readonly checksum: string;
  /** Whether an earlier run has begun the statement, so that it may have taken effect. */
  readonly begun: boolean;
};

/** A migration that has not finished. */
export type PendingMigration = {
  readonly id: string;
  /** Its remaining statements; none where only the end of the migration must be noted. */
  readonly steps: readonly MigrationStep[];
};

/** The comparison of the code's migrations with a database's, and the remaining work. */
export type MigrationPlan = {
  /** The status of every migration of the code or the database, in the order of the code. */
  readonly statuses: readonly MigrationStatus[];
  /** Problems that must be solved before anything is applied, one line each. */
  readonly problems: readonly string[];
  /** The migrations that would run, in their order. */
  readonly pending: readonly PendingMigration[];
  /** Migrations of a release that did not note statements. Their current checksums are noted. */
  readonly unjournaled: readonly MigrationScript[];
};

/**
 * The series of a migration: the part of its id before the number. Migrations are ordered within
 * their series, so that a framework can add to its own after later ones of a service were applied.
 */
const seriesOf = (id: string): string => /^(.*?)\d/.exec(id)?.[1] ?? '';

type Examined = {
  readonly script: MigrationScript;
  readonly status: MigrationStatus;
  readonly steps: readonly MigrationStep[];
  readonly problem?: string;
  readonly unjournaled: boolean;
};

const changed = (place: string, reason: string): string =>
  `${place}: ${reason} since it was applied: put it back as it was, and write what is new into a new migration`;

const examine = (
  script: MigrationScript,
  entries: readonly JournalEntry[],
  appliedAt: string | undefined,
): Examined => {
  const { id, statements } = script;
  const known = new Map(entries.map((entry) => [entry.index, entry]));
  const steps: MigrationStep[] = [];
  let problem: string | undefined;
  statements.forEach((statement, index) => {
    const checksum = checksumOf(statement);
    const entry = known.get(index);
    if (!entry?.finished) {
      const begun = entry?.checksum === checksum;
      steps.push({ migration: id, index, statement, checksum, begun });
    } else if (entry.checksum !== checksum) {
      problem ??= changed(statement.place, 'this statement has changed');
    }
  });
  const finished = entries.filter((entry) => entry.finished).length;
  const unjournaled = appliedAt !== undefined && entries.length === 0;
  if (entries.some((entry) => entry.finished && entry.index >= statements.length)) {
    problem ??= changed(id, `it has lost statements (${finished} were run)`);
  }
  if (appliedAt !== undefined && !unjournaled && steps.length > 0) {
    problem ??= changed(steps[0]?.statement.place ?? id, 'this statement was added');
  }
  const state = problem
    ? 'changed'
    : appliedAt !== undefined
      ? 'applied'
      : finished > 0
        ? 'begun'
        : 'pending';
  return {
    script,
    steps,
    unjournaled,
    ...defined({ problem }),
    status: {
      id,
      state,
      ...defined({ appliedAt }),
      finished: unjournaled ? statements.length : finished,
      statements: statements.length,
    },
  };
};

/** The first later migration of the same series that has been applied or begun. */
const appliedBehind = (all: readonly Examined[], at: number): string | undefined => {
  const series = seriesOf(all[at]?.script.id ?? '');
  return all
    .slice(at + 1)
    .find(({ script, status }) => seriesOf(script.id) === series && status.state !== 'pending')
    ?.script.id;
};

const misplacement = (all: readonly Examined[], at: number): Examined | undefined => {
  const one = all[at];
  const behind = appliedBehind(all, at);
  if (one?.status.state !== 'pending' || behind === undefined) return one;
  const problem = `${one.script.id} comes before ${behind}, which has been applied: give it a number that comes after it`;
  return { ...one, problem, status: { ...one.status, state: 'misplaced' } };
};

/** Whether an unknown migration was applied after all known ones of its series. */
const isNewer = (id: string, all: readonly Examined[], journal: Journal): boolean => {
  const at = journal.applied.get(id) ?? '';
  return all
    .filter(({ script }) => seriesOf(script.id) === seriesOf(id))
    .every(
      ({ status }) =>
        status.state === 'applied' && status.appliedAt !== undefined && status.appliedAt <= at,
    );
};

/** Migrations that the database has applied or begun and the code does not know. */
const examineUnknown = (
  scripts: readonly MigrationScript[],
  all: readonly Examined[],
  journal: Journal,
  acceptNewer: boolean,
): readonly { readonly status: MigrationStatus; readonly problem?: string }[] => {
  const known = new Set(scripts.map(({ id }) => id));
  const finished = journal.entries.filter((entry) => entry.finished);
  const ids = new Set([...journal.applied.keys(), ...finished.map((entry) => entry.migration)]);
  return [...ids]
    .filter((id) => !known.has(id))
    .toSorted()
    .map((id) => {
      const appliedAt = journal.applied.get(id);
      const count = finished.filter((entry) => entry.migration === id).length;
      const accepted = acceptNewer && appliedAt !== undefined && isNewer(id, all, journal);
      const counts = { finished: count, statements: count };
      const time = defined({ appliedAt });
      return accepted
        ? { status: { id, state: 'newer', ...time, ...counts } }
        : {
            status: { id, state: 'missing', ...time, ...counts },
            problem: `${id} has been ${appliedAt === undefined ? 'begun' : 'applied'} and is missing: restore it, take the release that has it, or keep another folder's journal in another schema`,
          };
    });
};

const duplicates = (scripts: readonly MigrationScript[]): readonly string[] => {
  const ids = scripts.map(({ id }) => id);
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  return [...twice].map((id) => `${id} is the id of two migrations: give one of them another`);
};

/**
 * Compares the migrations of the code with the journal of a database. Pure.
 *
 * @param acceptNewer whether unknown migrations of a later release are accepted. CloudFormation
 * deploys the older release again after a failure
 */
export const planMigrations = (
  scripts: readonly MigrationScript[],
  journal: Journal,
  { acceptNewer = false }: { readonly acceptNewer?: boolean } = {},
): MigrationPlan => {
  const examined = scripts.map((script) =>
    examine(
      script,
      journal.entries.filter(({ migration }) => migration === script.id),
      journal.applied.get(script.id),
    ),
  );
  const placed = examined.map((one, at) => misplacement(examined, at) ?? one);
  const unknown = examineUnknown(scripts, examined, journal, acceptNewer);
  return {
    statuses: [...placed, ...unknown].map(({ status }) => status),
    problems: [
      ...duplicates(scripts),
      ...[...placed, ...unknown].flatMap(({ problem }) => problem ?? []),
    ],
    pending: placed
      .filter(({ status }) => status.state === 'pending' || status.state === 'begun')
      .map(({ script, steps }) => ({ id: script.id, steps })),
    unjournaled: placed.filter((one) => one.unjournaled).map(({ script }) => script),
  };
};
