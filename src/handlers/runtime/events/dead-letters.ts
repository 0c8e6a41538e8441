import { environmentCredentials } from '../../../adapters/dsql/index.ts';
import {
  createSendMessage,
  createSqsDeadLetters,
  sqsEndpoint,
} from '../../../adapters/sqs/index.ts';
import type { DeadLetters } from '../../../domain/kernel/index.ts';
import { type EnvironmentVariables, readDeadLetterQueueUrl } from '../config.ts';

/**
 * The dead letters of a consumer, wired for Lambda; `undefined` where the stack names no queue.
 *
 * @param env is read again for each signature: Lambda replaces its keys there
 * @throws {InvariantViolation} that names the variable to set, or when the queue's URL is none
 */
export const createConsumerDeadLetters = (
  { region }: { readonly region: string },
  env: EnvironmentVariables,
): DeadLetters | undefined => {
  const queueUrl = readDeadLetterQueueUrl(env);
  if (queueUrl === undefined) return undefined;
  const url = sqsEndpoint(queueUrl, env);
  const credentials = () => environmentCredentials(env);
  return createSqsDeadLetters(createSendMessage({ region, url, queueUrl, credentials }));
};
