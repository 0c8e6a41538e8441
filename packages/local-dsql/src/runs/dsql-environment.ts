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

/** Shell variables by which `antipode migrate`, or any client of DSQL, finds a local cluster. */
export const dsqlEnvironment = ({ endpoint, region, caFile, keys }: DsqlAccess): string => {
  const variables: Readonly<Record<string, string | undefined>> = {
    DSQL_ENDPOINT: endpoint,
    DSQL_CA: caFile,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken ?? '',
  };
  return Object.entries(variables)
    .map(([name, value = '']) => `export ${name}=${quote(value)}\n`)
    .join('');
};
