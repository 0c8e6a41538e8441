/** A source of numbers in [0, 1) that repeats from its seed. */
export type RandomNumbers = () => number;

/** A small generator with good distribution (mulberry32); equal seeds give equal sequences. */
export const createRandom = (seed: number): RandomNumbers => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const folded = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((folded ^ (folded >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A process of a function that sends a `PutEvents` request. */
export type PublishingProcess = {
  readonly region: string;
  readonly functionName: string;
  /** Tells it from the other processes of its function. */
  readonly accessKeyId: string;
};

/**
 * Injected failures that EventBridge's guarantees allow, duplicates and disorder, and those of the
 * processes that publish.
 */
export interface InjectedDeliveryFailures {
  /** The copies to make of the next delivery, each as its delay in milliseconds of AWS time. */
  readonly copies: () => readonly number[];
  /** Whether the next entry of a `PutEvents` request fails, with `InternalFailure`. */
  readonly refusesEntry?: () => boolean;
  /**
   * Whether the process is killed that sends a request: before the bus has its events, or after and
   * without an answer.
   */
  readonly crash?: (process: PublishingProcess) => 'before' | 'after' | undefined;
}

/** Where a process dies that publishes: before the bus has its events, or after. */
export const crashPoints = ['before-publish', 'after-publish'] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** Crashes that a person asks for while the stack runs. */
export interface PlannedCrashes {
  /** Kills the next process that publishes, whichever it is. */
  readonly add: (point: CrashPoint) => void;
  /** Those that have killed nothing yet, in the order of their requests. */
  readonly pending: () => readonly CrashPoint[];
}

/** Delivers each event once and without delay. */
export const noInjectedFailures: InjectedDeliveryFailures = { copies: () => [0] };

/** The shares of a seeded run of failures, each from 0 to 1 and 0 unless given. */
export type FailureShares = {
  readonly seed: number;
  /** Deliveries that are duplicated. */
  readonly duplicateShare?: number;
  /** The longest delay of a delivery, in milliseconds of AWS time. */
  readonly delayMsMax?: number;
  /** Entries of `PutEvents` that fail. */
  readonly refusedEntryShare?: number;
  /** Requests to `PutEvents` whose process dies before the bus has the events. */
  readonly crashBeforePublishShare?: number;
  /** Requests whose process dies when the bus has the events, and before it knows. */
  readonly crashAfterPublishShare?: number;
};

/**
 * Duplicates and delays deliveries at random, refuses entries, and kills processes that publish.
 *
 * @example
 * seededFailures({ seed: 7, duplicateShare: 0.2, delayMsMax: 5_000 });
 */
export const seededFailures = (options: FailureShares): InjectedDeliveryFailures => {
  const { seed, duplicateShare = 0, delayMsMax = 0, refusedEntryShare = 0 } = options;
  const { crashBeforePublishShare: before = 0, crashAfterPublishShare: after = 0 } = options;
  const random = createRandom(seed);
  // Sequences of their own: a share changes no other failure.
  const entries = createRandom(seed + 1);
  const crashes = createRandom(seed + 2);
  const delay = (): number => Math.floor(random() * delayMsMax);
  return {
    copies: () => (random() < duplicateShare ? [delay(), delay()] : [delay()]),
    refusesEntry: () => entries() < refusedEntryShare,
    crash: () => {
      const drawn = crashes();
      if (drawn < before) return 'before';
      return drawn < before + after ? 'after' : undefined;
    },
  };
};

/**
 * Adds planned crashes to other failures, which draw as they would without them: a plan changes
 * nothing else of a seed.
 */
export const withPlannedCrashes = (
  others: InjectedDeliveryFailures,
): { readonly failures: InjectedDeliveryFailures; readonly crashes: PlannedCrashes } => {
  const planned: CrashPoint[] = [];
  const crash: InjectedDeliveryFailures['crash'] = (process) => {
    const drawn = others.crash?.(process);
    const next = planned.shift();
    if (next === undefined) return drawn;
    return next === 'before-publish' ? 'before' : 'after';
  };
  return {
    failures: { ...others, crash },
    crashes: { add: (point) => planned.push(point), pending: () => [...planned] },
  };
};

/** Failures that may be exchanged for others while the buses run. */
export const switchableFailures = (
  initial: InjectedDeliveryFailures,
): {
  readonly failures: InjectedDeliveryFailures;
  readonly set: (next: InjectedDeliveryFailures) => void;
} => {
  let current = initial;
  return {
    failures: {
      copies: () => current.copies(),
      refusesEntry: () => current.refusesEntry?.() === true,
      crash: (process) => current.crash?.(process),
    },
    set: (next) => {
      current = next;
    },
  };
};
