import { describe, expect, it } from 'vitest';
import {
  Conflict,
  causesOf,
  faultIn,
  InvalidInput,
  InvariantViolation,
  isRetryable,
  OutcomeUnknown,
  Unavailable,
} from '../../../src/domain/kernel/fault.ts';

describe('a fault', () => {
  it.each([
    ['InvalidInput', InvalidInput, false],
    ['Conflict', Conflict, true],
    ['Unavailable', Unavailable, true],
    ['OutcomeUnknown', OutcomeUnknown, true],
    ['InvariantViolation', InvariantViolation, false],
  ])('%s says its kind, its cause and whether to run again', (kind, Class, retryable) => {
    const cause = new Error('cause');
    const fault = new Class('why', { cause });
    expect(fault).toMatchObject({ name: kind, kind, message: 'why', retryable });
    expect(fault.cause).toBe(cause);
    expect(isRetryable(fault)).toBe(retryable);
  });

  it('is over data and about no field unless it says so', () => {
    expect(new Conflict('lost').over).toBe('data');
    expect(new Conflict('lost', { over: 'schema' }).over).toBe('schema');
    expect(new InvalidInput('no').issues).toEqual([]);
    const issues = [{ field: 'a', message: 'must be there' }];
    expect(new InvalidInput('no', { issues }).issues).toEqual(issues);
  });

  it.each([new Error('Conflict'), { retryable: true }, undefined, 'Conflict'])(
    'is not %s, so nothing says to run it again',
    (other) => {
      expect(isRetryable(other)).toBe(false);
    },
  );
});

describe('the causes of an error', () => {
  it('come outermost first, before what has been gathered beside them, each once', () => {
    const root = new Error('root');
    const one = new Error('one', { cause: root });
    const two = new Error('two', { cause: root });
    const cause = new Error('cause');
    const outer = new AggregateError([one, two], 'outer', { cause });
    expect([...causesOf(outer)]).toEqual([outer, cause, one, root, two]);
  });

  it('end where they go in a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect([...causesOf(error)]).toEqual([error, error.cause]);
  });

  it('may be values that are no errors, whose fields are not looked at', () => {
    const value = { cause: new Conflict('lost') };
    const error = new Error('a', { cause: value });
    expect([...causesOf(error)]).toEqual([error, value]);
    expect([...causesOf('text')]).toEqual(['text']);
    expect([...causesOf(undefined), ...causesOf(null)]).toEqual([]);
    expect([...causesOf(new AggregateError([null, 0, undefined]))].slice(1)).toEqual([0]);
  });

  it('are searched for the outermost fault', () => {
    const inner = new Conflict('inner');
    const outer = new Unavailable('outer', { cause: inner });
    expect(faultIn(outer)).toBe(outer);
    expect(faultIn(new Error('wrapped', { cause: outer }))).toBe(outer);
    expect(faultIn(new AggregateError([new Error('a'), inner]))).toBe(inner);
    expect(faultIn(new Error('none', { cause: 'text' }))).toBeUndefined();
  });
});
