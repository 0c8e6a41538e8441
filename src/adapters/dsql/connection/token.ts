import { DsqlSigner } from '@aws-sdk/dsql-signer';
import { type CredentialsSource, checkedCredentials } from './credentials.ts';
import { type DsqlTarget, hostAndPort } from './endpoint.ts';

/** Signs the password of one connection. This needs no network. */
export interface TokenSource {
  /** @throws {InvariantViolation} for incomplete keys, which another attempt would meet again */
  readonly token: () => Promise<string>;
}

/** A token is used at once: it must outlive a slow connect only. Seconds. */
const tokenSecondsMax = 60;

/** The subject of a message about wrong keys. */
const whereGiven = 'The keys that "credentials" gives';

/**
 * Signs IAM tokens, one per connection that is opened.
 *
 * @param credentials is called each time, since Lambda replaces the keys while the process lives
 */
export const createTokenSource = (
  target: DsqlTarget,
  credentials: CredentialsSource,
): TokenSource => {
  const { host } = hostAndPort(target.endpoint);
  return {
    token: async () => {
      const signer = new DsqlSigner({
        hostname: host,
        region: target.region,
        credentials: checkedCredentials(whereGiven, await credentials()),
        expiresIn: tokenSecondsMax,
      });
      return target.user === 'admin'
        ? signer.getDbConnectAdminAuthToken()
        : signer.getDbConnectAuthToken();
    },
  };
};
