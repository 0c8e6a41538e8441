import { InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import type { BuildTarget } from '../sql/statement-shape.ts';
import { quoteIdentifier, type Row } from '../wire/statement.ts';
import { type AsyncBuild, lookAtBuild, nameOfBuild } from './async-build.ts';
import type { MigrationClient } from './migration-client.ts';
import type { MigrationLease } from './migration-lease.ts';
import { type ReportProgress, sparingly } from './migration-progress.ts';

/**
 * Waits between the checks of a build: short at first, since only large ones take minutes.
 * Milliseconds.
 */
const lookMsMin = 100;
const lookMsMax = 2_000;

/**
 * The schema of names without one. The search path begins with the role's own, which `admin` lacks.
 */
const defaultSchema = 'public';

/** The build of a statement, from its text and its answer; undefined where it builds nothing. */
export const buildOf = (
  target: BuildTarget | undefined,
  rows: readonly Row[],
): AsyncBuild | undefined => {
  const jobId = rows[0]?.['job_id'] as string | undefined;
  if (target === undefined && jobId === undefined) return undefined;
  const { kind, name, table, schema = defaultSchema } = target ?? {};
  return {
    schema,
    jobId,
    index: kind === 'index' ? name : undefined,
    constraint:
      kind === 'constraint' && table !== undefined && name !== undefined
        ? { table, name }
        : undefined,
  };
};

/** Waits for builds that run behind their statements. */
export interface Builds {
  /** @returns why the build has failed; undefined when it has succeeded */
  readonly wait: (
    place: string,
    build: AsyncBuild,
    deadline: number,
  ) => Promise<string | undefined>;
  /** Drops the index of a failed build. */
  readonly drop: (build: AsyncBuild, deadline: number) => Promise<void>;
}

/** Waits for a build under the lease, which is renewed at each check. */
export const createBuilds = (deps: {
  readonly client: MigrationClient;
  readonly lease: MigrationLease;
  readonly report: ReportProgress;
}): Builds => {
  const { client, lease, report } = deps;
  const { clock, run } = client;
  return {
    wait: async (place, build, deadline) => {
      const startedAt = clock.now();
      const reportWait = sparingly(report);
      for (let lookMs = lookMsMin; ; lookMs = Math.min(lookMsMax, lookMs * 2)) {
        await lease.renew(deadline);
        const look = await lookAtBuild((...one) => run(deadline, ...one), build);
        if (look.state !== 'building') return look.state === 'failed' ? look.reason : undefined;
        const name = nameOfBuild(build);
        const { status } = look;
        if (clock.now() + lookMs > deadline) {
          throw new Unavailable(
            `The ${name} is still being built (${status}) and goes on: migrate again later`,
          );
        }
        const waitedMs = clock.now() - startedAt;
        reportWait({ kind: 'build-awaited', place, build: name, status, waitedMs });
        await clock.sleep(lookMs);
      }
    },
    drop: async ({ schema, index }, deadline) => {
      if (index === undefined) throw new InvariantViolation('Only an index can be dropped');
      const name = `${quoteIdentifier(schema)}.${quoteIdentifier(index)}`;
      await run(deadline, `DROP INDEX IF EXISTS ${name}`);
    },
  };
};
