import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DsqlEndpoint, Postgres } from 'antipode-local-dsql';
import { createPrivateFile, createTemporaryFolder } from 'antipode-local-dsql/folders';
import type { Lifetime } from 'antipode-local-dsql/process';
import { createStackIdentity, type StackIdentity } from 'antipode-local-dsql/runs';
import { type CredentialsIssuer, createCredentialsIssuer } from './credentials.ts';
import { createDsqlEndpoints, type DsqlEndpoints } from './dsql-endpoints.ts';

/** The DSQL endpoints of the Regions, and the certificate and keys that a client needs. */
export type Database = {
  readonly endpoints: DsqlEndpoints;
  /** The folder of this run's files. */
  readonly scratch: string;
  /** Certificate of the authority behind the endpoints, PEM, and the file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  readonly issueKeys: CredentialsIssuer['issue'];
  /** Keys of the person who runs the stack. */
  readonly personKeys: StackIdentity['keys'];
};

/**
 * Milliseconds that a job takes in a stack. Its start waits for the jobs of its migrations one
 * after the other, so they are shorter than those of an endpoint alone.
 */
const stackJobMs = 250;
/** The ARN of the person who runs the stack, in the account of every local resource. */
const personArn = 'arn:aws:iam::000000000000:role/local';

/** The address of an endpoint, as `DSQL_ENDPOINT` takes it. */
export const addressOf = ({ host, port }: Pick<DsqlEndpoint, 'host' | 'port'>): string =>
  `${host}:${port}`;

/** A folder of this run's own: Node reads additional authorities from a file only. */
const scratchFolder = async (given: string | undefined) => {
  if (given !== undefined) return { path: given, stop: () => {} };
  const path = createTemporaryFolder('antipode-stack-');
  return { path, stop: () => rm(path, { recursive: true, force: true }) };
};

/** Prepares the endpoints of clusters in front of a PostgreSQL. */
export const openDatabase = async (
  lifetime: Lifetime,
  regions: readonly string[],
  options: {
    readonly postgres: Postgres;
    readonly ports: readonly number[] | undefined;
    readonly scratchDir: string | undefined;
    readonly identity: ((regions: readonly string[]) => StackIdentity) | undefined;
  },
): Promise<Database> => {
  const { postgres, ports, scratchDir, identity = createStackIdentity } = options;
  const scratch = await lifetime.own(scratchFolder(scratchDir), 'the scratch folder');
  const caFile = join(scratch.path, 'ca.pem');
  const { certificate, keys } = identity(regions);
  const issuer = createCredentialsIssuer();
  issuer.accept(keys, personArn);
  createPrivateFile(caFile, certificate.ca);
  const endpoints = createDsqlEndpoints(lifetime, regions, {
    postgres,
    ports,
    certificate,
    jobMs: stackJobMs,
    credentials: issuer.lookup,
  });
  const { ca } = certificate;
  const { path } = scratch;
  return { endpoints, scratch: path, ca, caFile, issueKeys: issuer.issue, personKeys: keys };
};
