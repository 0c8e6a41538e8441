import { createShow } from './shown-value.ts';

/**
 * Compares values by all that they hold; a field without a value is none.
 *
 * @throws {Error} that shows both, when they differ
 */
export const expectSame = (what: string, actual: unknown, expected: unknown): void => {
  const show = createShow();
  const [wanted, got] = [show(expected), show(actual)];
  if (wanted !== got) throw new Error(`Expected ${what}\n${wanted}\nbut got\n${got}`);
};
