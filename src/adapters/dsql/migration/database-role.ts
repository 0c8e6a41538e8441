import { InvalidInput, type Retrier } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { serverErrorOf } from '../connection/error-mapping.ts';
import { parameterList } from '../records/statement-texts.ts';
import { query } from '../transaction/query.ts';
import { quoteIdentifier, type Row, statement } from '../wire/statement.ts';
import { migratorTables } from './migration-journal.ts';

/** An IAM role's ARN for `AWS IAM GRANT`. It cannot be a parameter, so it must not have a quote. */
const roleArnPattern = /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

export const isRoleArn = (text: string): boolean => roleArnPattern.test(text);

/** SQLSTATEs of an object that another deployment has created or dropped in the meantime. */
const alreadyThere = '42710';
const notThere = '42704';

type Run = (sql: string, ...parameters: readonly unknown[]) => Promise<readonly Row[]>;

const createRun =
  (connections: ConnectionPool, retrier: Retrier, deadline: number): Run =>
  async (sql, ...parameters) => {
    const one = statement(sql, ...parameters);
    const answer = await retrier.run(
      () => query(connections, one, { deadline, writes: false }),
      deadline,
    );
    return answer.rows;
  };

const refuseOthers = (iamRoleArns: readonly string[]): void => {
  const wrong = iamRoleArns.find((arn) => !isRoleArn(arn));
  if (wrong !== undefined) throw new InvalidInput(`${wrong} is not the ARN of an IAM role`);
};

/** The IAM roles that may connect as a database role, by a connection as `admin`. */
export const iamRolesOf = async (
  connections: ConnectionPool,
  retrier: Retrier,
  role: string,
  deadline: number,
): Promise<readonly string[]> => {
  const mapped = await mappedTo(createRun(connections, retrier, deadline), role);
  return [...mapped].map(String);
};

/** The IAM roles that a query finds. */
const mappedTo = async (run: Run, role: string): Promise<ReadonlySet<unknown>> => {
  const rows = await run('SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = $1', role);
  return new Set(rows.map((row) => row['arn']));
};

/**
 * Tables of the framework's migrator and of Kysely's: journals, locks and leases. Only migrators
 * read and write them.
 */
const journalTables = async (): Promise<readonly string[]> => {
  // Loaded on demand, since functions grant nothing.
  const { kyselyTables } = await import('../kysely/on-demand.ts');
  return [...migratorTables, ...kyselyTables];
};

/** Tables, views and sequences that the service has created, in a fixed order. */
const relationsBeside = (
  tables: readonly string[],
): string => `SELECT c.relname, c.relkind = 'S' AS is_sequence FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'S') AND c.relname NOT IN (${parameterList(2, tables.length)})
  ORDER BY c.relname`;

/**
 * Lets IAM roles connect as a database role that may read and write the data of one schema. The
 * role may run no DDL, use no other schema, and read no table of a migrator with its default name.
 *
 * Run it after every migration: privileges are granted on the tables that exist. A table that
 * another role has created in the schema by hand stays its creator's.
 *
 * It needs a connection as `admin`, and may run twice, also at the same time. Each grant is a
 * change of the catalog: transactions that are under way meet a conflict (OC001) and run again. The
 * role and its IAM roles are created only if they are missing. The privileges are granted each
 * time, in three statements, since tables change.
 *
 * @throws {InvalidInput} for a text that is not the ARN of an IAM role
 */
export const grantDatabaseRole = async (
  connections: ConnectionPool,
  retrier: Retrier,
  grant: {
    readonly role: string;
    readonly schema: string;
    readonly iamRoleArns: readonly string[];
  },
  deadline: number,
): Promise<void> => {
  refuseOthers(grant.iamRoleArns);
  const run = createRun(connections, retrier, deadline);
  const role = quoteIdentifier(grant.role);
  const schema = quoteIdentifier(grant.schema);

  const ensure = async (sql: string): Promise<void> => {
    try {
      await run(sql);
    } catch (error) {
      if (serverErrorOf(error)?.code !== alreadyThere) throw error;
    }
  };

  const known = await run('SELECT 1 FROM pg_roles WHERE rolname = $1', grant.role);
  if (known.length === 0) await ensure(`CREATE ROLE ${role} WITH LOGIN`);
  await run(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  const journals = await journalTables();
  const relations = await run(relationsBeside(journals), grant.schema, ...journals);
  const namesOf = (areSequences: boolean): string =>
    relations
      .filter((row) => row['is_sequence'] === areSequences)
      .map((row) => `${schema}.${quoteIdentifier(String(row['relname']))}`)
      .join(', ');
  const [tables, sequences] = [namesOf(false), namesOf(true)];
  if (tables !== '') await run(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO ${role}`);
  if (sequences !== '') await run(`GRANT USAGE ON SEQUENCE ${sequences} TO ${role}`);
  const present = await mappedTo(run, grant.role);
  for (const arn of grant.iamRoleArns) {
    if (!present.has(arn)) await ensure(`AWS IAM GRANT ${role} TO '${arn}'`);
  }
};

/**
 * Stops IAM roles from connecting as a database role. The role and its privileges stay. Open
 * connections stay too; DSQL ends each after an hour.
 *
 * It needs a connection as `admin`, and may run twice, also at the same time: it revokes only
 * existing grants.
 *
 * @throws {InvalidInput} for a text that is not the ARN of an IAM role
 */
export const revokeDatabaseRole = async (
  connections: ConnectionPool,
  retrier: Retrier,
  revocation: { readonly role: string; readonly iamRoleArns: readonly string[] },
  deadline: number,
): Promise<void> => {
  refuseOthers(revocation.iamRoleArns);
  if (revocation.iamRoleArns.length === 0) return;
  const run = createRun(connections, retrier, deadline);
  const present = await mappedTo(run, revocation.role);
  for (const arn of revocation.iamRoleArns.filter((one) => present.has(one))) {
    try {
      await run(`AWS IAM REVOKE ${quoteIdentifier(revocation.role)} FROM '${arn}'`);
    } catch (error) {
      if (serverErrorOf(error)?.code !== notThere) throw error;
    }
  }
};
