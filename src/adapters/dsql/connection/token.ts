import { DsqlSigner } from '@aws-sdk/dsql-signer';
import { type CredentialsSource, checkedCredentials } from './credentials.ts';
import { type DsqlTarget, hostAndPort } from './endpoint.ts';

/** Signs a password for one connection; computed locally, no network. */
export interface TokenSource {
  /** @throws {InvariantViolation} for keys of which one is missing: no other attempt would find it */
  readonly token: () => Promise<string>;
}

/** A token is used at once, so it needs to outlive only a slow connect. Seconds. */
const tokenSecondsMax = 60;

/** What names the keys where they are refused. */
const whereGiven = 'The keys that "credentials" gives';

/**
 * Signs IAM tokens, one per connection that is opened.
 *
 * @param credentials is asked each time: Lambda's keys are replaced while the process lives
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
