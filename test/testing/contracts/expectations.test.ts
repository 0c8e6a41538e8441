import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/domain/kernel/index.ts';
import {
  expectBetween,
  expectEqual,
  expectLike,
  expectMembers,
  expectRejection,
} from '../../../src/testing/contracts/expectations.ts';
import { checksFor, suiteOf } from '../../../src/testing/contracts/suite.ts';

describe('the expectations of contracts', () => {
  it('compare values by all that they hold', () => {
    expect(() => expectEqual({ a: [1, { b: 2n }] }, { a: [1, { b: 2n }] })).not.toThrow();
    for (const other of [{ a: [1] }, { a: [1, { b: 2 }] }, { a: [1, { b: 2n }], c: 0 }, null]) {
      expect(() => expectEqual({ a: [1, { b: 2n }] }, other)).toThrow('Expected value');
    }
    expect(() => expectEqual(0, -0)).toThrow('but got\n0');
  });

  it('compare the fields that are expected, in lists of the same length', () => {
    const actual = { status: 'committed', events: [{ id: '1', data: { value: 1 } }] };
    expect(() => expectLike(actual, { events: [{ data: { value: 1 } }] })).not.toThrow();
    expect(() => expectLike(actual, { events: [] })).toThrow('Expected value');
    expect(() => expectLike(actual, { events: [{ id: '1' }, { id: '2' }] })).toThrow();
    expect(() => expectLike(actual, { status: 'replayed' })).toThrow('replayed');
    expect(() => expectLike(actual, { result: null })).toThrow('result: null');
    expect(() => expectLike(undefined, { status: 'replayed' })).toThrow('but got\nundefined');
    expect(() => expectLike(actual, { events: { length: 1 } })).toThrow();
  });

  it('compare the members of lists in any order', () => {
    expect(() => expectMembers([{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }])).not.toThrow();
    expect(() => expectMembers([{ a: 1 }, { a: 1 }], [{ a: 1 }])).toThrow('Expected members');
    expect(() => expectMembers([{ a: 1 }], [{ a: 2 }])).toThrow('Expected members');
  });

  it('take a number from the least one up to the next', () => {
    expect(() => expectBetween(1, 1, 2)).not.toThrow();
    for (const wrong of [0.9, 2, Number.NaN]) {
      expect(() => expectBetween(wrong, 1, 2)).toThrow(`but got ${wrong}`);
    }
  });

  it('take a failure of its kind and its message', async () => {
    const failing = () => Promise.reject(new InvalidInput('an empty key'));
    await expectRejection(failing(), 'InvalidInput', /empty/);
    await expect(expectRejection(failing(), 'Conflict')).rejects.toThrow('of kind Conflict');
    await expect(expectRejection(failing(), 'InvalidInput', /full/)).rejects.toThrow('/full/');
    await expect(expectRejection(Promise.resolve(7), 'InvalidInput')).rejects.toThrow('success: 7');
    const other = Promise.reject(new Error('an empty key'));
    await expect(expectRejection(other, 'InvalidInput')).rejects.toThrow('but got failure');
  });
});

describe('a suite of cases', () => {
  it('makes a subject for each case, and fails as its check does', async () => {
    let made = 0;
    const createSubject = async () => {
      made += 1;
      return made;
    };
    const [first, second] = suiteOf(createSubject, {
      'sees its subject': (subject) => expectEqual(subject, 1),
      'sees another subject': async (subject) => expectEqual(subject, 1),
    });
    expect([first?.name, second?.name]).toEqual(['sees its subject', 'sees another subject']);
    await first?.run();
    await expect(second?.run()).rejects.toThrow('but got\n2');
  });

  it('loses no check whose title another one has', () => {
    expect(Object.keys(checksFor(['a', 'b'], (item) => ({ [item]: () => undefined })))).toEqual([
      'a',
      'b',
    ]);
    expect(() => checksFor(['a', 'b'], () => ({ same: () => undefined }))).toThrow('"same"');
  });
});
