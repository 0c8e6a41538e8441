import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../../../packages/cli/src/local/sqs/redriven-outcome.ts';

const answer = (value: unknown) => ({ Payload: Buffer.from(JSON.stringify(value)) });

describe('the answer of a function that was invoked again', () => {
  it('is a failure where a part of the batch is left', () => {
    const left = [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }];
    expect(() => outcomeOf(answer({ batchItemFailures: left }))).toThrow(
      'the function has left 2 items of its batch',
    );
  });

  it.each([{ batchItemFailures: [] }, { batchItemFailures: null }, {}, null, 'batchItemFailures'])(
    'is a success where it is %j',
    (value) => {
      expect(outcomeOf(answer(value))).toBe('done');
    },
  );

  it('is a failure where the function says so, with its error', () => {
    const error = answer({ errorType: 'Busy', errorMessage: 'later' });
    expect(() => outcomeOf({ ...error, FunctionError: 'Unhandled' })).toThrow('Busy: later');
  });

  it('is a new message where the consumer has put the event aside', () => {
    expect(outcomeOf(answer({ status: 'dead-lettered' }))).toBe('set-aside');
  });
});
