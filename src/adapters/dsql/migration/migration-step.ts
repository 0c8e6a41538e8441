import {
  Conflict,
  Fault,
  InvalidInput,
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../../../domain/kernel/index.ts';
import { faultOf, serverErrorOf } from '../connection/error-mapping.ts';
import { shapeOf } from '../sql/statement-shape.ts';
import { query } from '../transaction/query.ts';
import type { Row } from '../wire/statement.ts';
import { nameOfBuild } from './async-build.ts';
import { buildOf, createBuilds } from './migration-build.ts';
import { type MigrationClient, statementMsMax } from './migration-client.ts';
import type { MigrationJournal } from './migration-journal.ts';
import type { MigrationLease } from './migration-lease.ts';
import type { MigrationStep } from './migration-plan.ts';
import type { ReportProgress } from './migration-progress.ts';

/** Builds of an index in one run: a second failure has a lasting cause. */
const buildAttemptsMax = 2;

const faults = { InvalidInput, Conflict, Unavailable, OutcomeUnknown, InvariantViolation };

/** The same fault with the place of the statement in its message. */
const located = (error: unknown, place: string): unknown =>
  error instanceof Fault
    ? new faults[error.kind](`${place}: ${error.message}`, { cause: error })
    : error;

/**
 * Runs one statement of a migration until it has taken effect once and the journal has noted that.
 */
export const createStepRunner = (deps: {
  readonly client: MigrationClient;
  readonly journal: MigrationJournal;
  readonly lease: MigrationLease;
  readonly report: ReportProgress;
}): ((step: MigrationStep, deadline: number) => Promise<void>) => {
  const { client, journal, lease, report } = deps;
  const { connections, retrier, clock } = client;
  const builds = createBuilds({ client, lease, report });

  /**
   * Sends the statement once. "Already there" is a success if an earlier sending may have taken
   * effect.
   */
  const send = async (step: MigrationStep, sent: { lost: boolean }, deadline: number) => {
    const { statement } = step;
    await lease.renew(deadline);
    const end = Math.min(deadline, clock.now() + statementMsMax);
    try {
      return (await query(connections, statement, { deadline: end, writes: true })).rows;
    } catch (error) {
      const fault = faultOf(error, true);
      if (fault.kind === 'OutcomeUnknown') sent.lost = true;
      const code = serverErrorOf(fault)?.code ?? '';
      if (sent.lost && shapeOf(statement.sql).doneCodes.includes(code)) return [];
      throw fault;
    }
  };

  const runDefinition = async (step: MigrationStep, deadline: number): Promise<readonly Row[]> => {
    const sent = { lost: step.begun };
    try {
      return await retrier.run(() => send(step, sent, deadline), deadline);
    } catch (error) {
      // The statement has taken no effect: "already there" must not count as success next time.
      if (!sent.lost && error instanceof Fault && !error.retryable) {
        // The refusal is more useful than the failure to note it.
        await journal.forget(step, deadline).catch(() => undefined);
      }
      throw error;
    }
  };

  /** Runs a definition and waits for its build. A failed index is dropped and built once more. */
  const define = async (step: MigrationStep, deadline: number): Promise<void> => {
    const target = shapeOf(step.statement.sql).builds;
    for (let attempt = 1, current = step; ; attempt += 1) {
      const build = buildOf(target, await runDefinition(current, deadline));
      const reason = build && (await builds.wait(step.statement.place, build, deadline));
      if (build === undefined || reason === undefined) return;
      const name = nameOfBuild(build);
      const remedy = 'Remove the cause and migrate again';
      if (build.index === undefined)
        throw new InvalidInput(`The ${name} has failed: ${reason}. ${remedy}`);
      await builds.drop(build, deadline);
      if (attempt >= buildAttemptsMax) {
        throw new InvalidInput(
          `The ${name} could not be built ${attempt} times: ${reason}. ${remedy}`,
        );
      }
      report({ kind: 'index-rebuilt', place: step.statement.place, build: name, reason });
      current = { ...step, begun: false };
    }
  };

  return async (step, deadline) => {
    const { place, sql } = step.statement;
    try {
      await lease.renew(deadline);
      report({ kind: 'statement', place });
      await journal.begin(step, deadline);
      if (shapeOf(sql).kind === 'data') {
        await journal.runAndFinish(step, deadline);
      } else {
        await define(step, deadline);
        await journal.finish(step, deadline);
      }
    } catch (error) {
      throw located(error, place);
    }
  };
};
