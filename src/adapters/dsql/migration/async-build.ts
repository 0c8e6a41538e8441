import { InvalidInput, Unavailable } from '../../../domain/kernel/index.ts';
import { quoteIdentifier, type Row } from '../wire/statement.ts';

/** What DSQL builds after its statement has answered: an index, or the proof that a constraint holds. */
export type AsyncBuild = {
  /** Where the index lies, or the constraint's table. */
  readonly schema: string;
  /** The index's name, where it is one. */
  readonly index: string | undefined;
  /** The constraint, where it is one. */
  readonly constraint?: { readonly table: string; readonly name: string } | undefined;
  /** Absent when the statement has found that the index exists, finished or not. */
  readonly jobId: string | undefined;
};

/** Runs one statement and returns its rows. */
type Ask = (sql: string, ...parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** How far a build is; `failed` leaves an index behind that is not valid. */
export type BuildState =
  | { readonly state: 'built' }
  | { readonly state: 'building'; readonly status: string }
  | { readonly state: 'failed'; readonly reason: string };

const sql = {
  index: `SELECT i.indexrelid AS object, i.indisvalid AS valid FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2`,
  constraint: `SELECT NULL AS object, k.convalidated AS valid FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3`,
  job: `SELECT status, details FROM sys.jobs WHERE job_id = $1 OR object_id = $2
    ORDER BY start_time DESC LIMIT 1`,
};

const findObject = async (ask: Ask, { schema, index, constraint }: AsyncBuild) => {
  if (index !== undefined) return (await ask(sql.index, schema, index))[0];
  if (constraint === undefined) return undefined;
  return (await ask(sql.constraint, schema, constraint.table, constraint.name))[0];
};

/**
 * Looks once how far a build is. What is built is judged by its validity, not by its job: DSQL forgets jobs that have
 * completed after half an hour.
 */
export const lookAtBuild = async (ask: Ask, build: AsyncBuild): Promise<BuildState> => {
  const { index, jobId } = build;
  const found = await findObject(ask, build);
  if (found?.['valid'] === true) return { state: 'built' };
  const [job] = await ask(sql.job, jobId ?? null, found?.['object'] ?? null);
  if (!job) return { state: 'failed', reason: 'nothing builds it' };
  const status = String(job['status']);
  if (status === 'failed' || status === 'cancelled') {
    return { state: 'failed', reason: String(job['details'] ?? `its job has ${status}`) };
  }
  // A job may have completed since the index was looked at.
  return index === undefined && status === 'completed'
    ? { state: 'built' }
    : { state: 'building', status };
};

/** Names a build for a person. */
export const nameOfBuild = ({ schema, index, constraint, jobId }: AsyncBuild): string => {
  if (index !== undefined) return `index ${quoteIdentifier(schema)}.${quoteIdentifier(index)}`;
  return constraint === undefined
    ? `job ${jobId}`
    : `constraint ${quoteIdentifier(constraint.name)}`;
};

/**
 * Looks once whether a build has ended well.
 *
 * @throws {Unavailable} while it is under way
 * @throws {InvalidInput} when it has failed, with what to do about it
 */
export const checkBuild = async (ask: Ask, build: AsyncBuild): Promise<void> => {
  const look = await lookAtBuild(ask, build);
  const name = nameOfBuild(build);
  if (look.state === 'building') throw new Unavailable(`The job of the ${name} is ${look.status}`);
  if (look.state === 'built') return;
  const [kind, index] = name.split(' ');
  throw new InvalidInput(
    kind === 'index'
      ? `The index ${index} is not built: ${look.reason}. Remove the cause, DROP INDEX IF EXISTS ${index}, and try again`
      : `The ${name} has failed: ${look.reason}`,
  );
};
