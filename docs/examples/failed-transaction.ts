import { InvalidInput, isRetryable, OutcomeUnknown } from 'antipode/domain';

/** The answer to a person whose transaction has failed, after all its attempts. */
export const answerTo = (error: unknown): string => {
  if (error instanceof InvalidInput) return error.message;
  if (error instanceof OutcomeUnknown) return 'It may have happened. Look before you try again.';
  if (isRetryable(error)) return 'Nothing has happened. Try again later.';
  throw error;
};
