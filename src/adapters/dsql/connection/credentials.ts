import { checkOptions, type OptionRules, textLike } from './options.ts';

/** AWS keys, which sign a token. */
export type AwsCredentials = {
  /** The id of the key, such as `AKIA…`. */
  readonly accessKeyId: string;
  /** Signs tokens. It never leaves the process. */
  readonly secretAccessKey: string;
  /** Belongs to keys that expire, as those of a Lambda function do. */
  readonly sessionToken?: string;
};

/** Returns the current keys, as a credential provider of an AWS SDK does. */
export type CredentialsSource = () => AwsCredentials | Promise<AwsCredentials>;

const keyRules: OptionRules = {
  accessKeyId: { rule: textLike('an access key id'), required: true },
  secretAccessKey: { rule: textLike('a secret access key'), required: true },
  sessionToken: { rule: textLike('a session token') },
};

/**
 * Picks the keys from a provider's answer, which may have more fields, such as an expiry.
 *
 * @throws {InvariantViolation} that names the key that is missing or wrong, without quoting any
 */
export const checkedCredentials = (
  where: string,
  given: AwsCredentials | undefined,
): AwsCredentials => {
  const { accessKeyId, secretAccessKey, sessionToken } = given ?? ({} as Partial<AwsCredentials>);
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  checkOptions(where, keys, keyRules);
  return keys as AwsCredentials;
};
