import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { AwsCredentials } from './credentials.ts';

/** Environment variables, as `process.env` has them. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * The current keys in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. Lambda
 * replaces them while a process lives.
 *
 * @throws {InvariantViolation} when they are not set
 */
export const environmentCredentials = (env: EnvironmentVariables = process.env): AwsCredentials => {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) {
    throw new InvariantViolation(
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the option "credentials"',
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
};

/** The Region of the process, if a variable names it. */
export const environmentRegion = (env: EnvironmentVariables = process.env): string | undefined =>
  env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
