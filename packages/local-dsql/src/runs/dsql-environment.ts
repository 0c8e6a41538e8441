import { quote } from '../process/shell-words.ts';

/** Where a local cluster answers, and what signs tokens for it. */
export type DsqlAccess = {
  readonly endpoint: string;
  readonly region: string;
  readonly caFile: string;
  readonly keys: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
};

/** The name of the file in the folder of a port or of a run; it holds keys. */
export const dsqlEnvironmentFile = 'dsql.env';

const awsVariables = [
  'DSQL_ENDPOINT',
  'DSQL_CA',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const;

/** The names of the variables in `dsqlEnvironmentLines`. */
export const dsqlVariables = [
  ...awsVariables,
  'PGHOST',
  'PGPORT',
  'PGUSER',
  'PGDATABASE',
  'PGPASSWORD',
  'PGSSLMODE',
  'PGSSLROOTCERT',
] as const;

const variablesOf = ({
  endpoint,
  region,
  caFile,
  keys,
}: DsqlAccess): Readonly<Record<(typeof awsVariables)[number], string>> => ({
  DSQL_ENDPOINT: endpoint,
  DSQL_CA: caFile,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  AWS_SESSION_TOKEN: keys.sessionToken ?? '',
});

/** Shell variables by which `antipode migrate`, or any client of DSQL, finds a local cluster. */
export const dsqlEnvironment = (access: DsqlAccess): string =>
  Object.entries(variablesOf(access))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');

/** The password of a client that knows no AWS: a token that is signed already. */
type PasswordAccess = DsqlAccess & {
  readonly host: string;
  readonly port: number;
  readonly token: string;
};

/**
 * Lines `NAME="value"`, as `node --env-file`, Docker Compose and most readers of `.env` files take
 * them: the variables of `dsqlEnvironment`, and libpq's, which `psql`, `pg` and most clients read.
 *
 * @throws {Error} for a path with a double quote, which these readers take differently
 */
export const dsqlEnvironmentLines = (access: PasswordAccess): string => {
  const { host, port, token, caFile } = access;
  if (caFile.includes('"')) throw new Error(`${caFile}: move the project to a path without quotes`);
  const variables: Readonly<Record<(typeof dsqlVariables)[number], string>> = {
    ...variablesOf(access),
    PGHOST: host,
    PGPORT: `${port}`,
    PGUSER: 'admin',
    PGDATABASE: 'postgres',
    PGPASSWORD: token,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: caFile,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
};
