import { randomBytes } from 'node:crypto';
import type { CredentialsLookup, LocalCredentials } from 'antipode-local-dsql';

/** Keys that a local function signs with, in place of those of its IAM role. */
export type SigningKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

export interface CredentialsIssuer {
  /** Keys of a role. A request that they sign counts as that role's. */
  readonly issue: (roleArn: string) => SigningKeys;
  /** Takes keys that a role has from elsewhere. */
  readonly accept: (keys: Omit<SigningKeys, 'sessionToken'>, roleArn: string) => void;
  readonly lookup: CredentialsLookup;
}

/** Issues keys that are valid in this stack only, for as long as it runs. */
export const createCredentialsIssuer = (): CredentialsIssuer => {
  const issued = new Map<string, LocalCredentials>();
  return {
    issue: (roleArn) => {
      const keys: SigningKeys = {
        // Temporary keys of a role begin with ASIA.
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(48).toString('base64'),
      };
      issued.set(keys.accessKeyId, { ...keys, principalArn: roleArn });
      return keys;
    },
    accept: ({ accessKeyId, secretAccessKey }, roleArn) => {
      issued.set(accessKeyId, { secretAccessKey, principalArn: roleArn });
    },
    lookup: (accessKeyId) => issued.get(accessKeyId),
  };
};
