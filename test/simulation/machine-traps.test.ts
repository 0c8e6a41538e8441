import { getRandomValues, randomBytes, randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers';
import { expect, test } from 'vitest';
import { trapMachine } from '../../src/testing/simulation/machine/machine-traps.ts';

/** Runs work while the machine is taken away, and gives it back. */
const trapped = <Result>(framesMax: number, work: () => Result): Result => {
  const release = trapMachine(() => 0, framesMax);
  try {
    return work();
  } finally {
    release();
  }
};

test('gives real dates of given times while a seed runs', () => {
  const RealDate = Date;
  const { given, parts, parsed } = trapped(0, () => ({
    given: new Date(1_767_225_600_000),
    parts: new Date(2_026, 0, 1, 12),
    parsed: Date.parse('2026-01-01T00:00:00Z'),
  }));
  expect(given).toBeInstanceOf(RealDate);
  expect(given.toISOString()).toBe('2026-01-01T00:00:00.000Z');
  expect(parts.getHours()).toBe(12);
  expect(parsed).toBe(given.getTime());
  expect(trapped(0, () => given instanceof Date)).toBe(true);
});

test('names the place of a call although errors note no frames', () => {
  const error = trapped(0, () => {
    try {
      return Date.now();
    } catch (refused) {
      return String(refused);
    }
  });
  expect(error).toContain('machine-traps.test.ts');
});

test('gives errors their frames back when the seed is over', () => {
  const before = Error.stackTraceLimit;
  expect(trapped(0, () => new Error('in a seed').stack)).toBe('Error: in a seed');
  expect(Error.stackTraceLimit).toBe(before);
});

test.each<readonly [what: string, call: () => unknown]>([
  ['getRandomValues()', () => getRandomValues(new Uint8Array(1))],
  ['getRandomValues()', () => crypto.getRandomValues(new Uint8Array(1))],
  ['randomBytes()', () => randomBytes(1)],
  ['randomInt()', () => randomInt(2)],
  ['process.hrtime.bigint()', () => process.hrtime.bigint()],
  ['setTimeout()', () => setTimeout(() => undefined, 0)],
])('refuses %s, by which a seed would not play in the same way again', (what, call) => {
  expect(() => trapped(0, call)).toThrow(`${what} was called`);
  expect(call).not.toThrow();
});

test('is refused while another seed runs, and leaves the machine to it', () => {
  const now = Date.now;
  expect(() => trapped(0, () => trapMachine(() => 0, 0))).toThrow(
    'A seed runs in this process already: play one after the other',
  );
  expect(Date.now).toBe(now);
  expect(trapped(0, () => 1)).toBe(1);
});
