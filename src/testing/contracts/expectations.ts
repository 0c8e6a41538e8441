import { expectSame } from '../expect-same.ts';
import { createShow } from '../shown-value.ts';

/**
 * Compares values by all that they hold; a field without a value is none.
 *
 * @throws {Error} that shows both, when they differ
 */
export const expectEqual = (actual: unknown, expected: unknown): void =>
  expectSame('value', actual, expected);

/** The parts of a value that another one has as well. */
const partsLike = (actual: unknown, expected: unknown): unknown => {
  if (typeof actual !== 'object' || actual === null) return actual;
  if (typeof expected !== 'object' || expected === null) return actual;
  if (Array.isArray(actual) !== Array.isArray(expected)) return actual;
  if (Array.isArray(actual)) {
    return actual.map((part, at) => partsLike(part, (expected as readonly unknown[])[at]));
  }
  const known = actual as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(expected).map(([name, part]) => [name, partsLike(known[name], part)]),
  );
};

/**
 * Compares an object by the fields that are expected, and a list element by element.
 *
 * @throws {Error} that shows both, when they differ
 */
export const expectLike = (actual: unknown, expected: object): void =>
  expectSame('value', partsLike(actual, expected), expected);

/**
 * Expects a number that is at least `min`, and less than `max`.
 *
 * @throws {Error} that shows all three, when it is not
 */
export const expectBetween = (actual: number, min: number, max: number): void => {
  if (actual >= min && actual < max) return;
  throw new Error(`Expected at least ${min} and less than ${max} but got ${actual}`);
};

/**
 * Expects a failure whose error is of a kind, and whose message matches.
 *
 * @throws {Error} that shows the outcome, when it is another one
 */
export const expectRejection = async (
  work: Promise<unknown>,
  kind: string,
  message: RegExp = /^/,
): Promise<void> => {
  const [outcome, error] = await work.then(
    (value) => ['success', value] as const,
    (reason: unknown) => ['failure', reason] as const,
  );
  const got = error as { readonly kind?: unknown; readonly message?: unknown } | undefined;
  if (outcome === 'failure' && got?.kind === kind && message.test(String(got.message))) return;
  throw new Error(
    `Expected a failure of kind ${kind} like ${message} but got ${outcome}: ${error}`,
    {
      cause: error,
    },
  );
};

/**
 * Expects a list of these elements, in any order.
 *
 * @throws {Error} that shows both, when they differ
 */
export const expectMembers = (actual: readonly unknown[], expected: readonly unknown[]): void => {
  const inOrder = (list: readonly unknown[]) => list.map((one) => createShow()(one)).toSorted();
  expectSame('members', inOrder(actual), inOrder(expected));
};
