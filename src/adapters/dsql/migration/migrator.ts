import {
  type Clock,
  Fault,
  guardLogger,
  InvalidInput,
  type Logger,
  type Retrier,
} from '../../../domain/kernel/index.ts';
import { systemClock } from '../../system/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { dsqlRefusal } from '../sql/dsql-refusals.ts';
import { shapeOf } from '../sql/statement-shape.ts';
import type { Migration } from './format/framework-migrations.ts';
import { type MigrationScript, scriptOf } from './format/migration.ts';
import { type MigrationVariables, withVariables } from './format/migration-variables.ts';
import { createMigrationJournal } from './migration-journal.ts';
import { createMigrationLease, LeaseLost, type MigrationLease } from './migration-lease.ts';
import { type MigrationPlan, type MigrationStep, planMigrations } from './migration-plan.ts';
import { logProgress, type ReportProgress, sparingly } from './migration-progress.ts';
import { createMigrationSession } from './migration-session.ts';
import { createStepRunner } from './migration-step.ts';
import { sendingProblem } from './statement-sending.ts';

/** Time to give the lease back, which is kept of what there is. Milliseconds. */
const releaseMsMax = 2_000;

/** Says why DSQL would refuse a statement, before it is sent; `undefined` for one that it takes. */
export type CheckStatement = (sql: string) => string | undefined;

/** What a migrator works on and with. */
export type MigratorDeps = {
  /** As `admin`. */
  readonly connections: ConnectionPool;
  /** Holds the journal. */
  readonly schema: string;
  /** In the order in which they are applied. */
  readonly migrations: readonly (Migration | MigrationScript)[];
  /** Names this run, and no other, in the lock. */
  readonly owner: string;
  readonly retrier: Retrier;
  readonly logger: Logger;
  /** The process's own unless given. */
  readonly clock?: Clock;
  /** Looks at all statements before the first is sent; without it only DSQL's commonest refusals are known then. */
  readonly check?: CheckStatement;
  /** Values of `:'name'` and `:"name"`; `schema` has its own. */
  readonly variables?: MigrationVariables;
  /** Hears of progress; the logger does unless given. */
  readonly report?: ReportProgress;
  /** Ends a run before its next statement; the one under way is finished, and the lease given back. */
  readonly signal?: AbortSignal;
  /** Whether migrations of a later release are no problem: an older one is deployed again after a failure. */
  readonly acceptNewer?: boolean;
};

/** Brings a schema up to date. */
export interface Migrator {
  /** Compares code and database; changes nothing, and leaves problems for the caller to see. */
  readonly status: (deadline: number) => Promise<MigrationPlan>;
  /**
   * What `run` would do now, its statements as they would be sent; changes nothing.
   *
   * @throws {InvalidInput} with one line for each thing that has to be put right before
   */
  readonly plan: (deadline: number) => Promise<MigrationPlan>;
  /**
   * Applies what is missing, each statement in a transaction of its own, and waits until each index is valid.
   *
   * Safe to run by several processes at once, in both Regions, and again after a crash at any point.
   *
   * @param deadline milliseconds since the epoch
   * @param signal ends this run before its next statement, as `MigratorDeps.signal` every run
   * @returns the ids that were applied by this run
   * @throws {InvalidInput} before anything is sent, as `plan`; later for an index that cannot be built
   * @throws {Unavailable} when the deadline comes first: an index is still being built, or another migrator is at work
   * @throws {InvariantViolation} for a statement that DSQL refuses
   * @throws the signal's reason
   */
  readonly run: (deadline: number, signal?: AbortSignal) => Promise<readonly string[]>;
}

/** Collects what is wrong with statements, one line each. */
const collecting = <T>(problems: string[], work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(error.message);
    return undefined;
  }
};

/** The plan as it would be sent: variables have their values, and every statement has been looked at. */
const prepared = (
  plan: MigrationPlan,
  { check, variables, schema }: Pick<MigratorDeps, 'check' | 'variables' | 'schema'>,
): MigrationPlan => {
  const problems = [...plan.problems];
  const value: MigrationVariables = (name) =>
    variables?.(name) ?? (name === 'schema' ? schema : undefined);
  const prepare = (step: MigrationStep): readonly MigrationStep[] => {
    const statement = collecting(problems, () => withVariables(step.statement, value));
    if (statement === undefined) return [];
    const { problem: refused, kind } = shapeOf(statement.sql);
    const problem =
      refused ??
      collecting(problems, () => sendingProblem(statement, kind)) ??
      (check ?? dsqlRefusal)(statement.sql);
    if (problem !== undefined) problems.push(`${statement.place}: ${problem}`);
    return [{ ...step, statement }];
  };
  const pending = plan.pending.map(({ id, steps }) => ({ id, steps: steps.flatMap(prepare) }));
  if (problems.length > 0) throw new InvalidInput(problems.join('\n'));
  return { ...plan, pending };
};

/**
 * Plans migrations as for an empty database, without a connection: a check of their SQL, such as in CI.
 *
 * @throws {InvalidInput} with one line for each thing that has to be put right, as `plan` of a migrator
 * @example
 * checkMigrations({ schema: 'shop', migrations: await readMigrationFolder('migrations') });
 */
export const checkMigrations = (
  deps: Pick<MigratorDeps, 'migrations' | 'schema' | 'check' | 'variables'>,
): MigrationPlan => {
  const nothing = { applied: new Map(), entries: [] };
  return prepared(planMigrations(deps.migrations.map(scriptOf), nothing), deps);
};

/**
 * Needs a connection as `admin`.
 *
 * DSQL has one DDL statement per transaction, none together with data, and no advisory locks: so the journal knows of
 * each statement that it was begun and that it has finished, and a row with a lease is the lock.
 */
export const createMigrator = (deps: MigratorDeps): Migrator => {
  const logger = guardLogger(deps.logger);
  const { schema, owner, clock = systemClock, report = logProgress(logger) } = deps;
  const session = createMigrationSession({ ...deps, clock });
  const journal = createMigrationJournal(session, schema);
  const reportWait = sparingly(report);
  const leaseUntil = (signal: AbortSignal | undefined): MigrationLease =>
    createMigrationLease(session, {
      schema,
      owner,
      signal: AbortSignal.any([deps.signal, signal].filter((one) => one !== undefined)),
      onWait: (holder, waitedMs) => reportWait({ kind: 'lease-awaited', ...holder, waitedMs }),
    });

  const status = async (deadline: number): Promise<MigrationPlan> => {
    const scripts = deps.migrations.map(scriptOf);
    return planMigrations(scripts, await journal.read(deadline), deps);
  };
  const plan = async (deadline: number) => prepared(await status(deadline), deps);

  /** Under the lease: what others have done is seen, and nobody else does anything. */
  const applyPending = async (
    applied: string[],
    runStep: (step: MigrationStep, deadline: number) => Promise<void>,
    deadline: number,
  ): Promise<void> => {
    const { pending, unjournaled } = await plan(deadline);
    for (const script of unjournaled) await journal.adopt(script, deadline);
    for (const { id, steps } of pending) {
      for (const step of steps) await runStep(step, deadline);
      await journal.complete(id, deadline);
      applied.push(id);
      report({ kind: 'applied', migration: id });
    }
  };

  return {
    status,
    plan,
    run: async (deadline, signal) => {
      const lease = leaseUntil(signal);
      const runStep = createStepRunner({ session, journal, lease, report });
      const workDeadline = deadline - releaseMsMax;
      await plan(workDeadline);
      await journal.prepare(workDeadline);
      const applied: string[] = [];
      try {
        await underLease(lease, report, workDeadline, () =>
          applyPending(applied, runStep, workDeadline),
        );
      } finally {
        await giveBack(lease, logger, Math.min(deadline, clock.now() + releaseMsMax));
      }
      return applied;
    },
  };
};

/** Begins again, with fresh knowledge, when another migrator has had the lease meanwhile; the deadline ends it. */
const underLease = async (
  lease: MigrationLease,
  report: ReportProgress,
  deadline: number,
  work: () => Promise<void>,
): Promise<void> => {
  for (;;) {
    await lease.take(deadline);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      report({ kind: 'lease-lost' });
    }
  }
};

/** Without it the next migrator waits for the lease to end; that is no reason to fail, nor to hide why one has. */
const giveBack = async (lease: MigrationLease, logger: Logger, deadline: number): Promise<void> => {
  try {
    await lease.giveBack(deadline);
  } catch (error) {
    logger.warn('The migration lease stays until it ends', { reason: String(error) });
  }
};
