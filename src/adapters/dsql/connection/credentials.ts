import { checkOptions, type OptionRules, textLike } from './options.ts';

/** Keys that sign a token. */
export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Gives the keys as they are now; a credential provider of an AWS SDK is one. */
export type CredentialsSource = () => AwsCredentials | Promise<AwsCredentials>;

const keyRules: OptionRules = {
  accessKeyId: { rule: textLike('an access key id'), required: true },
  secretAccessKey: { rule: textLike('a secret access key'), required: true },
  sessionToken: { rule: textLike('a session token') },
};

/**
 * The keys among what a provider gives; an SDK's carry more, such as when they expire.
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
