import type { MigrationPlan, MigrationStatus } from 'antipode/dsql';
import type { MigrationProgress } from 'antipode/internal/dsql';
import { outlineOf } from 'antipode/internal/dsql';
import { elapsedSeconds } from '../local/report.ts';

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

const detail = ({ state, appliedAt, finished, statements }: MigrationStatus): string => {
  if (appliedAt !== undefined) return appliedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
  return state === 'begun'
    ? `${finished} of ${counted(statements, 'statement')}`
    : counted(statements, 'statement');
};

/** One line per migration, and their number. */
export const statusLines = ({ statuses }: MigrationPlan): readonly string[] => {
  const width = Math.max(0, ...statuses.map(({ id }) => id.length));
  const applied = statuses.filter(({ appliedAt }) => appliedAt !== undefined).length;
  return [
    ...statuses.map((one) => `${one.id.padEnd(width)}  ${one.state.padEnd(9)}  ${detail(one)}`),
    `${applied} applied, ${statuses.length - applied} to apply`,
  ];
};

/** Statements that go on behind their answer; another statement may need what they build. */
const asynchronous = /^(?:CREATE (?:UNIQUE )?INDEX|ALTER TABLE) ASYNC\b/;

/** A person who runs the statements by hand has to wait as the migrator does. */
const waitLines = (sql: string): readonly string[] =>
  asynchronous.test(outlineOf(sql))
    ? ["-- then wait for its job, as migrate up does: CALL sys.wait_for_job('<job_id>');"]
    : [];

/**
 * SQL that a person can read and run. Comments name the places, and the jobs that the person has to
 * wait for.
 */
export const planLines = ({ pending }: MigrationPlan): readonly string[] => {
  const steps = pending.flatMap((one) => one.steps);
  return [
    ...steps.flatMap(({ statement: { place, sql, parameters } }) => [
      `-- ${place}`,
      ...(parameters.length > 0 ? [`-- with ${counted(parameters.length, 'parameter')}`] : []),
      `${sql};`,
      ...waitLines(sql),
      '',
    ]),
    pending.length === 0
      ? '-- nothing to apply'
      : `-- ${counted(pending.length, 'migration')}, ${counted(steps.length, 'statement')}`,
  ];
};

/** A line about what a migrator is doing. */
export const progressLine = (progress: MigrationProgress): string => {
  const line = (text: string): string => `${elapsedSeconds().padStart(8)}  ${text}`;
  switch (progress.kind) {
    case 'statement':
      return line(progress.place);
    case 'applied':
      return line(`applied ${progress.migration}`);
    case 'build-awaited':
      return line(
        `  the ${progress.build} is ${progress.status}, for ${seconds(progress.waitedMs)} now`,
      );
    case 'index-rebuilt':
      return line(
        `  the ${progress.build} could not be built (${progress.reason}): building it again`,
      );
    case 'lease-awaited':
      return line(
        `another migration is under way: ${progress.owner}; waiting for ${seconds(progress.waitedMs)}`,
      );
    case 'lease-lost':
      return line('another run has migrated meanwhile: reading the state again');
  }
};

/** Tells how many migrations were applied. */
export const appliedLine = (applied: readonly string[]): string =>
  applied.length === 0
    ? 'nothing to apply: the schema is up to date'
    : `${counted(applied.length, 'migration')} applied in ${elapsedSeconds()}`;

/** Tells which role has access to which schemas. */
export const grantedLine = (schemas: readonly string[], role: string): string =>
  `${role} may read and write what is in ${schemas.join(' and ')}`;
