/** The messages that a function has failed at; all of them when it cannot be told. */
export type BatchFailures =
  | { readonly kind: 'some'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'all'; readonly reason: string };

const none: BatchFailures = { kind: 'some', ids: new Set() };

const malformed = (reason: string): BatchFailures => ({ kind: 'all', reason });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads the answer of a function with `ReportBatchItemFailures`. Lambda takes an empty answer for a
 * success, and an answer that it cannot read for a failure of the whole batch.
 *
 * @param payload JSON text
 * @param ids of the messages of the batch
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export const readBatchAnswer = (payload: string, ids: ReadonlySet<string>): BatchFailures => {
  const answer = parsed(payload === '' ? 'null' : payload);
  if (answer === null) return none;
  if (typeof answer !== 'object') return malformed('it is no object');
  const { batchItemFailures: items } = answer as { readonly batchItemFailures?: unknown };
  if (items === undefined || items === null) return none;
  if (!Array.isArray(items)) return malformed('batchItemFailures is no list');
  const failed = new Set<string>();
  for (const item of items) {
    const { itemIdentifier: id } = Object(item) as { readonly itemIdentifier?: unknown };
    if (typeof id !== 'string' || id === '') return malformed('an item has no itemIdentifier');
    if (!ids.has(id)) return malformed(`the batch has no message ${JSON.stringify(id)}`);
    failed.add(id);
  }
  return { kind: 'some', ids: failed };
};
