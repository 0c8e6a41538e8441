import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalCertificate, type Postgres } from '../dsql/index.ts';
import { createPrivateFile, createTemporaryFolder } from '../private-folder.ts';
import { type CredentialsIssuer, createCredentialsIssuer } from './credentials.ts';
import type { Lifetime } from './lifetime.ts';
import type { Plan } from './plan.ts';
import { openDsqlEndpoints } from './ports.ts';

/** The DSQL endpoints of the Regions, and what it takes to get in. */
export type Database = {
  /** `host:port` of the cluster of each Region that has one. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** Certificate of the authority behind the endpoints, PEM, and the file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  readonly issueKeys: CredentialsIssuer['issue'];
};

/**
 * Milliseconds that a job takes in a stack. Its start waits for the jobs of its migrations one after the other, so they
 * are shorter than those of an endpoint alone.
 */
const stackJobMs = 250;

/** A folder of this run's own: Node reads additional authorities from a file only. */
const scratchFolder = async (given: string | undefined) => {
  if (given !== undefined) return { path: given, stop: () => {} };
  const path = createTemporaryFolder('antipode-stack-');
  return { path, stop: () => rm(path, { recursive: true, force: true }) };
};

/** Opens the endpoints of an app's clusters in front of a PostgreSQL. */
export const openDatabase = async (
  lifetime: Lifetime,
  { regions, clusters }: Plan,
  options: {
    readonly postgres: Postgres;
    readonly ports: readonly number[] | undefined;
    readonly scratchDir: string | undefined;
  },
): Promise<Database> => {
  const { postgres, ports, scratchDir } = options;
  const scratch = await lifetime.own(scratchFolder(scratchDir), 'the scratch folder');
  const caFile = join(scratch.path, 'ca.pem');
  const certificate = createLocalCertificate(regions);
  const issuer = createCredentialsIssuer();
  createPrivateFile(caFile, certificate.ca);
  const endpoints = await openDsqlEndpoints(lifetime, clusters, regions, {
    postgres,
    ports,
    certificate,
    jobMs: stackJobMs,
    credentials: issuer.lookup,
  });
  return { endpoints, ca: certificate.ca, caFile, issueKeys: issuer.issue };
};
