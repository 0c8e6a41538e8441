import { InvalidInput, Unavailable } from '../../../domain/kernel/index.ts';
import { quoteIdentifier, type Row } from '../wire/statement.ts';

/** A job that DSQL runs behind its statement: building an index, or validating a constraint. */
export type AsyncBuild = {
  /** The schema of the index, or of the constraint's table. */
  readonly schema: string;
  /** The name of the index, where it is one. */
  readonly index: string | undefined;
  /** The name of the constraint, where it is one. */
  readonly constraint?: { readonly table: string; readonly name: string } | undefined;
  /** The id of the job; absent when the index existed already, finished or not. */
  readonly jobId: string | undefined;
};

/** Runs one statement and returns its rows. */
type ReadRows = (sql: string, ...parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** The state of a build. After `failed` an invalid index exists. */
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

const findObject = async (read: ReadRows, { schema, index, constraint }: AsyncBuild) => {
  if (index !== undefined) return (await read(sql.index, schema, index))[0];
  if (constraint === undefined) return undefined;
  return (await read(sql.constraint, schema, constraint.table, constraint.name))[0];
};

/**
 * Reads the state of a build once. The validity of the index or constraint decides, not the job:
 * DSQL forgets a completed job after half an hour.
 */
export const lookAtBuild = async (read: ReadRows, build: AsyncBuild): Promise<BuildState> => {
  const { index, jobId } = build;
  const found = await findObject(read, build);
  if (found?.['valid'] === true) return { state: 'built' };
  const [job] = await read(sql.job, jobId ?? null, found?.['object'] ?? null);
  if (!job) return { state: 'failed', reason: 'nothing builds it' };
  const status = String(job['status']);
  if (status === 'failed' || status === 'cancelled') {
    return { state: 'failed', reason: String(job['details'] ?? `its job has ${status}`) };
  }
  // The job may have completed after the index was read.
  return index === undefined && status === 'completed'
    ? { state: 'built' }
    : { state: 'building', status };
};

/** The name of a build, for a message. */
export const nameOfBuild = ({ schema, index, constraint, jobId }: AsyncBuild): string => {
  if (index !== undefined) return `index ${quoteIdentifier(schema)}.${quoteIdentifier(index)}`;
  return constraint === undefined
    ? `job ${jobId}`
    : `constraint ${quoteIdentifier(constraint.name)}`;
};

/**
 * Checks once whether a build has succeeded.
 *
 * @throws {Unavailable} while the build is running
 * @throws {InvalidInput} when the build has failed, with the remedy
 */
export const checkBuild = async (read: ReadRows, build: AsyncBuild): Promise<void> => {
  const look = await lookAtBuild(read, build);
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
