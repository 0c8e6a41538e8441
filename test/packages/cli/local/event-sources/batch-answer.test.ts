import { describe, expect, it } from 'vitest';
import { readBatchAnswer } from '../../../../../packages/cli/src/local/event-sources/batch-answer.ts';

const ids = new Set(['one', 'two']);

describe('the answer to a batch', () => {
  it.each(['null', '', '{}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}'])(
    'is a success of all messages as %j',
    (payload) => {
      expect(readBatchAnswer(payload, ids)).toEqual({ kind: 'some', ids: new Set() });
    },
  );

  it('names the messages that have failed', () => {
    const payload = '{"batchItemFailures":[{"itemIdentifier":"two"},{"itemIdentifier":"two"}]}';
    expect(readBatchAnswer(payload, ids)).toEqual({ kind: 'some', ids: new Set(['two']) });
  });

  it.each([
    ['{', 'it is no object'],
    ['"done"', 'it is no object'],
    ['{"batchItemFailures":{}}', 'batchItemFailures is no list'],
    ['{"batchItemFailures":["one"]}', 'an item has no itemIdentifier'],
    ['{"batchItemFailures":[null]}', 'an item has no itemIdentifier'],
    ['{"batchItemFailures":[{"id":"one"}]}', 'an item has no itemIdentifier'],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', 'an item has no itemIdentifier'],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', 'an item has no itemIdentifier'],
    ['{"batchItemFailures":[{"itemIdentifier":"three"}]}', 'the batch has no message "three"'],
  ])('is a failure of all messages as %s', (payload, reason) => {
    expect(readBatchAnswer(payload, ids)).toEqual({ kind: 'all', reason });
  });
});
