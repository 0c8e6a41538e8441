import { randomBytes } from 'node:crypto';
import { newClusterIdentifier } from '../control-plane/cluster-identifier.ts';
import { createLocalCertificate, type LocalCertificate } from '../server/certificate.ts';

/**
 * The certificate and the keys by which a stack's DSQL endpoints and the person who runs it trust
 * each other, and the names of the clusters.
 */
export type StackIdentity = {
  readonly certificate: LocalCertificate;
  /** Keys that sign tokens for the endpoints, as the person who runs it. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The identifier of each Region's cluster, for a cluster that no template has made. */
  readonly clusterIds: Readonly<Record<string, string>>;
};

/** A certificate for the endpoints of these Regions, and keys and names that nobody else has. */
export const createStackIdentity = (regions: readonly string[]): StackIdentity => ({
  certificate: createLocalCertificate(regions),
  keys: {
    accessKeyId: 'ANTIPODELOCAL',
    secretAccessKey: randomBytes(30).toString('base64'),
  },
  clusterIds: Object.fromEntries(regions.map((region) => [region, newClusterIdentifier()])),
});
