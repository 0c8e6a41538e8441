import pRetry from 'p-retry';
import { createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import {
  type Clock,
  createRetrier,
  isRetryable,
  type Random,
  type Retrier,
} from '../../src/domain/kernel/index.ts';

/**
 * A way to run attempts again, made anew for each client: in Lambda no two environments learn from
 * each other.
 */
export type Policy = {
  readonly name: string;
  readonly retrier: (environment: { readonly clock: Clock; readonly random: Random }) => Retrier;
};

/**
 * Waits as long as `delayMs` says, until an attempt succeeds, the retries are used up or the
 * deadline has come.
 */
const waiting = (
  name: string,
  retriesMax: number,
  delayMs: (retry: number, random: Random) => number,
): Policy => ({
  name,
  retrier: ({ clock, random }) => ({
    run: async (attempt, deadline) => {
      for (let number = 1; ; number += 1) {
        try {
          return await attempt(number);
        } catch (error) {
          if (!isRetryable(error) || number > retriesMax) throw error;
          const wait = delayMs(number - 1, random);
          if (clock.now() + wait > deadline) throw error;
          if (wait > 0) await clock.sleep(wait);
        }
      }
    },
  }),
});

const forEver = Number.POSITIVE_INFINITY;

/** Milliseconds; as long as a conflict window of the simulation. */
const fixedMs = 10;

export const ownPolicy: Policy = {
  name: 'antipode',
  retrier: ({ clock, random }) => createRetrier({ clock, random, metrics: createMemoryMetrics() }),
};

const immediate = waiting('immediate', forEver, () => 0);
const fixed = waiting(`fixed ${fixedMs} ms`, forEver, () => fixedMs);

/**
 * The connector's own defaults: three retries, 1 ms doubled each time, 0 to 25 % longer, at most
 * 100 ms.
 */
const awsConnector = waiting(
  "AWS connector's policy",
  3,
  (retry, random) => Math.min(2 ** retry, 100) * (1 + random.next() * 0.25),
);

/** `p-retry`'s defaults: ten retries, one second doubled each time, no jitter. */
const pRetryFormula = waiting("p-retry's defaults", 10, (retry) => 1000 * 2 ** retry);

/** The package itself, which keeps its own time. */
const pRetryPackage: Policy = {
  name: pRetryFormula.name,
  retrier: () => ({
    run: (attempt, deadline) =>
      pRetry(attempt, {
        maxRetryTime: Math.max(0, deadline - Date.now()),
        shouldRetry: ({ error }) => isRetryable(error),
      }),
  }),
};

/**
 * On simulated time; what `p-retry` waits is computed, since the package cannot be given a clock.
 */
export const simulatedPolicies: readonly Policy[] = [
  ...[ownPolicy, immediate, fixed, pRetryFormula, awsConnector],
];

/** In real time. */
export const measuredPolicies: readonly Policy[] = [
  ...[ownPolicy, immediate, fixed, pRetryPackage, awsConnector],
];
