import { randomBytes } from 'node:crypto';
import { createLocalCertificate, type LocalCertificate } from '../server/certificate.ts';

/**
 * The certificate and the keys by which a stack's DSQL endpoints and the person who runs it trust
 * each other.
 */
export type StackIdentity = {
  readonly certificate: LocalCertificate;
  /** Keys that sign tokens for the endpoints, as the person who runs it. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** A certificate for the endpoints of these Regions, and keys that nobody else has. */
export const createStackIdentity = (regions: readonly string[]): StackIdentity => ({
  certificate: createLocalCertificate(regions),
  keys: {
    accessKeyId: 'ANTIPODELOCAL',
    secretAccessKey: randomBytes(30).toString('base64'),
  },
});
