import type { Ids } from '../../domain/kernel/index.ts';

/** Ids that come in the same order in each run. */
export interface TestIds extends Ids {
  /** All ids that were given, in their order. */
  readonly given: readonly string[];
}

/** Digits of a UUID after its first part. */
const numberDigits = 12;

/**
 * Ids under the test's control: the same ones in each run, each once. They spread over the parts of
 * the outbox, as random ones do.
 *
 * @example
 * const ids = testIds();
 * ids.uuid(); // 00000000-0000-4000-8000-000000000000
 * ids.uuid(); // 10000000-0000-4000-8000-000000000001
 */
export const testIds = (): TestIds => {
  const given: string[] = [];
  return {
    given,
    uuid: () => {
      const number = given.length.toString(16);
      const id = `${number.at(-1)}0000000-0000-4000-8000-${number.padStart(numberDigits, '0')}`;
      given.push(id);
      return id;
    },
  };
};
