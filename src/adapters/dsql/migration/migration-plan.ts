import { defined } from '../../../domain/kernel/defined.ts';
import { checksumOf, type MigrationScript, type MigrationStatement } from './format/migration.ts';

/** What the journal holds of one statement. */
export type JournalEntry = {
  readonly migration: string;
  /** From 0. */
  readonly index: number;
  readonly checksum: string;
  readonly finished: boolean;
};

/** What a database says of the migrations that it has seen. */
export type Journal = {
  /** Migrations of which every statement has finished, and when: UTC, ISO 8601. */
  readonly applied: ReadonlyMap<string, string>;
  readonly entries: readonly JournalEntry[];
};

/**
 * `begun` has finished some of its statements; `changed`, `missing` and `misplaced` are refused; `newer` was applied by a
 * later release than this one.
 */
export type MigrationState =
  | 'applied'
  | 'pending'
  | 'begun'
  | 'changed'
  | 'missing'
  | 'misplaced'
  | 'newer';

/** How far one migration is. */
export type MigrationStatus = {
  readonly id: string;
  readonly state: MigrationState;
  /** UTC, ISO 8601. */
  readonly appliedAt?: string;
  readonly finished: number;
  readonly statements: number;
};

/** A statement that is still to be run. */
export type MigrationStep = {
  readonly migration: string;
  readonly index: number;
  readonly statement: MigrationStatement;
  readonly checksum: string;
  /** Whether an earlier run has begun with it: it may have taken effect. */
  readonly begun: boolean;
};

/** A migration that is still to be run, or to be ended. */
export type PendingMigration = {
  readonly id: string;
  /** None where only the end of the migration is to be noted. */
  readonly steps: readonly MigrationStep[];
};

/** How the migrations of the code and of a database compare, and what is to be done. */
export type MigrationPlan = {
  /** Of every migration that the code or the database knows, in the order of the code. */
  readonly statuses: readonly MigrationStatus[];
  /** What has to be put right before anything may be applied, one line each. */
  readonly problems: readonly string[];
  readonly pending: readonly PendingMigration[];
  /** Applied before statements were journaled: their checksums are taken as they are now. */
  readonly unjournaled: readonly MigrationScript[];
};

/**
 * Migrations are ordered within their series: what stands before the number in their ids. A framework can so add to
 * its own while a service's later ones have been applied.
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

/** The first migration of the same series behind a pending one that has been applied, or begun. */
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

/** Whether a migration that the code does not know was applied after all that it knows of the series. */
const isNewer = (id: string, all: readonly Examined[], journal: Journal): boolean => {
  const at = journal.applied.get(id) ?? '';
  return all
    .filter(({ script }) => seriesOf(script.id) === seriesOf(id))
    .every(
      ({ status }) =>
        status.state === 'applied' && status.appliedAt !== undefined && status.appliedAt <= at,
    );
};

/** What the database has applied, or begun, and the code does not know. */
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
 * @param acceptNewer whether migrations that only a later release knows are no problem: an older one is deployed again,
 * as CloudFormation does when a deployment fails
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
