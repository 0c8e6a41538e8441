import { expect, test } from 'vitest';
import { answerTo } from '../../docs/examples/failed-transaction.ts';
import {
  Conflict,
  InvalidInput,
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../../src/domain/kernel/index.ts';

test.each([
  [new InvalidInput('A name has at most 80 letters'), 'A name has at most 80 letters'],
  [new OutcomeUnknown('lost'), 'It may have happened. Look before you try again.'],
  [new Conflict('another one was first'), 'Nothing has happened. Try again later.'],
  [new Unavailable('asleep'), 'Nothing has happened. Try again later.'],
])('the page on errors answers a person: %s', (fault, answer) => {
  expect(answerTo(fault)).toBe(answer);
});

test.each([new InvariantViolation('wrong'), new TypeError('wrong')])(
  'the page on errors hides no error of the program: %s',
  (error) => {
    expect(() => answerTo(error)).toThrow(error);
  },
);
