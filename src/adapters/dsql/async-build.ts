import { InvalidInput, InvariantViolation, Unavailable } from '../../domain/kernel/index.ts';
import type { Migration } from './framework-migrations.ts';
import { quoteIdentifier, type Row } from './statement.ts';

/** What DSQL builds after its statement has answered: an index, or the proof that a constraint holds. */
export type AsyncBuild = {
  readonly schema: string;
  /** The index's name, where it is one. */
  readonly index: string | undefined;
  /** Absent when the statement has found that the index exists, finished or not. */
  readonly jobId: string | undefined;
};

/** Runs one statement and returns its rows. */
type Ask = (sql: string, ...parameters: readonly unknown[]) => Promise<readonly Row[]>;

const asyncIndexPattern =
  /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+ASYNC\s+(?:IF\s+NOT\s+EXISTS\s+)?("(?:[^"]|"")+"|\w+)\s+ON\s/i;

/**
 * The name of the index that a migration builds; `undefined` when it builds none.
 *
 * @throws {InvariantViolation} for an index without a name: nobody could find it again after a lost answer
 */
export const indexBuiltBy = ({ id, ddl }: Migration): string | undefined => {
  const name = asyncIndexPattern.exec(ddl)?.[1];
  if (name === undefined && /\bINDEX\s+ASYNC\b/i.test(ddl)) {
    throw new InvariantViolation(
      `Migration ${id} must begin with CREATE INDEX ASYNC IF NOT EXISTS <name> ON`,
    );
  }
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name?.toLowerCase();
};

const sql = {
  index: `SELECT i.indexrelid, i.indisvalid FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2`,
  job: `SELECT status, details FROM sys.jobs WHERE job_id = $1 OR object_id = $2
    ORDER BY start_time DESC LIMIT 1`,
};

const failure = ({ schema, index, jobId }: AsyncBuild, reason: string): InvalidInput => {
  if (index === undefined) return new InvalidInput(`The job ${jobId} has failed: ${reason}`);
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(index)}`;
  return new InvalidInput(
    `The index ${name} is not built: ${reason}. Remove the cause, DROP INDEX IF EXISTS ${name}, and migrate again`,
  );
};

/**
 * Looks once whether a build has ended well. An index is judged by its validity, not by its job: DSQL forgets jobs that
 * have completed after half an hour.
 *
 * @throws {Unavailable} while it is under way
 * @throws {InvalidInput} when it has failed, with what to do about it
 */
export const checkBuild = async (ask: Ask, build: AsyncBuild): Promise<void> => {
  const { schema, index, jobId } = build;
  const [found] = index === undefined ? [] : await ask(sql.index, schema, index);
  if (found?.['indisvalid'] === true) return;
  const [job] = await ask(sql.job, jobId, found?.['indexrelid']);
  if (!job) throw failure(build, 'nothing builds it');
  const { status, details } = job;
  if (status === 'failed' || status === 'cancelled') {
    throw failure(build, String(details ?? `its job has ${status}`));
  }
  if (index === undefined && status === 'completed') return;
  // A job may have completed since the index was looked at.
  throw new Unavailable(`The job of ${index ?? jobId} is ${String(status)}`);
};
