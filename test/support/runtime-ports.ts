import type { Random } from '../../src/domain/kernel/index.ts';

export {
  type TestClock as ManualClock,
  testClock as manualClock,
} from '../../src/testing/service/test-clock.ts';

/** Randomness that always comes out the same. */
export const always = (value: number): Random => ({ next: () => value });
