import {
  type Clock,
  Fault,
  InvalidInput,
  type Logger,
  type Retrier,
} from '../../../domain/kernel/index.ts';
import { guardLogger } from '../../../domain/kernel/observability/guarded-observability.ts';
import { systemClock } from '../../system/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { dsqlRefusal } from '../sql/dsql-refusals.ts';
import { shapeOf } from '../sql/statement-shape.ts';
import type { Migration } from './format/framework-migrations.ts';
import { type MigrationScript, scriptOf } from './format/migration.ts';
import { type MigrationVariables, withVariables } from './format/migration-variables.ts';
import { createMigrationClient } from './migration-client.ts';
import { createMigrationJournal } from './migration-journal.ts';
import { createMigrationLease, LeaseLost, type MigrationLease } from './migration-lease.ts';
import { type MigrationPlan, type MigrationStep, planMigrations } from './migration-plan.ts';
import { logProgress, type ReportProgress, sparingly } from './migration-progress.ts';
import { createStepRunner } from './migration-step.ts';
import { sendingProblem } from './statement-sending.ts';

/** Time to release the lease, kept from the time of the run. Milliseconds. */
const releaseMsMax = 2_000;

/** Returns why DSQL would refuse a statement, or undefined, before the statement is sent. */
export type CheckStatement = (sql: string) => string | undefined;

/** The database, the migrations, and the options of a migrator. */
export type MigratorDeps = {
  /** Connections as `admin`. */
  readonly connections: ConnectionPool;
  /** The schema of the journal. */
  readonly schema: string;
  /** The migrations in the order of their application. */
  readonly migrations: readonly (Migration | MigrationScript)[];
  /** A name for the lock that no other run has. */
  readonly owner: string;
  readonly retrier: Retrier;
  readonly logger: Logger;
  /** Absent: the process's clock. */
  readonly clock?: Clock;
  /**
   * Checks all statements before the first is sent. Absent: only DSQL's most frequent refusals are
   * known.
   */
  readonly check?: CheckStatement;
  /** Values of `:'name'` and `:"name"`, besides `schema`. */
  readonly variables?: MigrationVariables;
  /** Is called for each step. Absent: the logger writes the steps. */
  readonly report?: ReportProgress;
  /**
   * Ends a run before its next statement. The current one is finished, and the lease is released.
   */
  readonly signal?: AbortSignal;
  /**
   * Whether migrations of a later release are accepted: a failed deployment returns to an older
   * one.
   */
  readonly acceptNewer?: boolean;
};

/** Applies migrations to a schema. */
export interface Migrator {
  /** Compares code and database. Changes nothing, and reports problems in its answer. */
  readonly status: (deadline: number) => Promise<MigrationPlan>;
  /**
   * Returns the work of a `run`, with the statements as they would be sent. Changes nothing.
   *
   * @throws {InvalidInput} with one line for each problem
   */
  readonly plan: (deadline: number) => Promise<MigrationPlan>;
  /**
   * Applies the missing migrations, each statement in its own transaction, and waits until each
   * index is valid.
   *
   * Several processes may run it at once, in both Regions, and again after a crash at any point.
   *
   * @param deadline milliseconds since the epoch
   * @param signal ends this run before its next statement; `MigratorDeps.signal` ends every run
   * @returns the ids that were applied by this run
   * @throws {InvalidInput} as `plan`, before anything is sent; later for an index that cannot be
   * built
   * @throws {Unavailable} when the deadline passes during an index build, or while another migrator
   * works
   * @throws {InvariantViolation} for a statement that DSQL refuses
   * @throws the signal's reason
   */
  readonly run: (deadline: number, signal?: AbortSignal) => Promise<readonly string[]>;
}

/** Collects the problems of statements, one line each. */
const collecting = <T>(problems: string[], work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(error.message);
    return undefined;
  }
};

/** The plan with the values of variables, after every statement has been checked. */
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
 * Checks the SQL of migrations without a connection, for example in CI: plans them for an empty
 * database.
 *
 * @throws {InvalidInput} with one line for each problem, as `plan` of a migrator
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
 * Creates a migrator. It needs a connection as `admin`.
 *
 * DSQL takes one DDL statement in a transaction, and none together with data. So the journal notes
 * the begin and the end of each statement. DSQL has no advisory locks, so the lock is a row with a
 * lease.
 */
export const createMigrator = (deps: MigratorDeps): Migrator => {
  const logger = guardLogger(deps.logger);
  const { schema, owner, clock = systemClock, report = logProgress(logger) } = deps;
  const client = createMigrationClient({ ...deps, clock });
  const journal = createMigrationJournal(client, schema);
  const reportWait = sparingly(report);
  const leaseUntil = (signal: AbortSignal | undefined): MigrationLease =>
    createMigrationLease(client, {
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

  /**
   * Plans and applies under the lease: it sees the work of other migrators, and none of them works
   * now.
   */
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
      const runStep = createStepRunner({ client, journal, lease, report });
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

/**
 * Begins again, and reads the state again, after another migrator has had the lease; until the
 * deadline.
 */
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

/**
 * Releases the lease. A failure is ignored: the lease ends by itself, and the run's own result
 * counts.
 */
const giveBack = async (lease: MigrationLease, logger: Logger, deadline: number): Promise<void> => {
  try {
    await lease.giveBack(deadline);
  } catch (error) {
    logger.warn('The migration lease stays until it ends', { reason: String(error) });
  }
};
