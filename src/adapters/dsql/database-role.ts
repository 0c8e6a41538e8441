import { InvalidInput, type Retrier } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { query } from './query.ts';
import { quoteIdentifier, statement } from './statement.ts';

/** An IAM role's ARN, as `AWS IAM GRANT` takes it; it cannot be a parameter, so it must not hold a quote. */
const roleArnPattern = /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

/**
 * Lets IAM roles connect as a database role that may read and write the data of one schema, and nothing else: no
 * DDL, no other schema.
 *
 * Needs a connection as `admin`. Each grant is a catalog change, which conflicts (OC001) with what is under way;
 * so only what is missing is granted.
 *
 * @throws {InvalidInput} for something that is not the ARN of an IAM role
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
  const wrong = grant.iamRoleArns.find((arn) => !roleArnPattern.test(arn));
  if (wrong !== undefined) throw new InvalidInput(`${wrong} is not the ARN of an IAM role`);
  const role = quoteIdentifier(grant.role);
  const schema = quoteIdentifier(grant.schema);

  const run = async (sql: string, ...parameters: readonly unknown[]) => {
    const one = statement(sql, ...parameters);
    const answer = await retrier.run(
      () => query(connections, one, { deadline, writes: false }),
      deadline,
    );
    return answer.rows;
  };

  const known = await run('SELECT 1 FROM pg_roles WHERE rolname = $1', grant.role);
  if (known.length === 0) await run(`CREATE ROLE ${role} WITH LOGIN`);
  await run(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  await run(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
  const mapped = await run(
    'SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = $1',
    grant.role,
  );
  const present = new Set(mapped.map((row) => row['arn']));
  for (const arn of grant.iamRoleArns) {
    if (!present.has(arn)) await run(`AWS IAM GRANT ${role} TO '${arn}'`);
  }
};
