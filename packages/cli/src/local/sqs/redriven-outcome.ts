/** The members of a function's answer; none where it is no object. */
const answerOf = (payload: Uint8Array | undefined): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(Buffer.from(payload ?? []).toString('utf8')));
  } catch {
    return {};
  }
};

/** The error in the answer of a function that has failed. */
const functionError = (payload: Uint8Array | undefined): string => {
  const { errorType, errorMessage } = answerOf(payload);
  const parts = [errorType, errorMessage].filter((part) => typeof part === 'string');
  return parts.join(': ') || 'the function has failed';
};

/**
 * Reads the answer of a function that has run the payload of a dead letter.
 *
 * @throws {Error} with the reason, where it has failed or has left a part of its batch
 */
export const outcomeOf = ({
  FunctionError,
  Payload,
}: {
  readonly FunctionError?: string | undefined;
  readonly Payload?: Uint8Array | undefined;
}): 'done' | 'set-aside' => {
  if (FunctionError) throw new Error(functionError(Payload));
  const { status, batchItemFailures } = answerOf(Payload);
  // Nobody shows these items to the function again: the event source has given the batch up.
  if (Array.isArray(batchItemFailures) && batchItemFailures.length > 0) {
    const count = batchItemFailures.length;
    throw new Error(
      `the function has left ${count} ${count === 1 ? 'item' : 'items'} of its batch`,
    );
  }
  // A consumer that cannot read an event has put it into its queue by itself.
  return status === 'dead-lettered' ? 'set-aside' : 'done';
};
