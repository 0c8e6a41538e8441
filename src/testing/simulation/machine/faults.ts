import { type SeededRandom, seededRandom } from './seeded-random.ts';

/**
 * The kinds of faults, each with the range of its rate: how often it happens where it can happen.
 * A seed takes a subset of them, each with a rate of its own from its range (swarm testing: Groce
 * et al., ISSTA 2012).
 */
const rateRanges = {
  // A process
  crash: [0.001, 0.01],
  'clock skew': [0.1, 0.5],
  hang: [0.0005, 0.004],
  // The way to the database
  'database request lost': [0.002, 0.03],
  'database answer lost': [0.002, 0.03],
  'database request late': [0.002, 0.02],
  'commit conflict': [0.005, 0.1],
  // The bus
  'publish request lost': [0.005, 0.1],
  'publish answer lost': [0.005, 0.1],
  'entry failed': [0.005, 0.1],
  'event lost': [0.002, 0.03],
  'event twice': [0.01, 0.2],
  'event late': [0.01, 0.2],
  // Lambda, SQS and the Scheduler
  throttled: [0.005, 0.1],
  'message twice': [0.01, 0.2],
  'dead letter lost': [0.01, 0.3],
  'tick twice': [0.02, 0.3],
  'tick late': [0.02, 0.3],
  'tick skipped': [0.02, 0.2],
  // The client
  'client answer lost': [0.01, 0.1],
  'client in doubt': [0.01, 0.1],
  // Rare events of a whole seed: the rate is the chance that it happens at all.
  'Region lost': [1, 1],
  'Region lost for long': [1, 1],
  'link cut': [1, 1],
  'bus away': [1, 1],
  deployment: [1, 1],
  'catalog changed': [1, 1],
  'operator redrives': [1, 1],
  'operator replays': [1, 1],
  'operator republishes': [1, 1],
} as const satisfies Record<string, readonly [number, number]>;

/** A kind of fault. */
export type FaultName = keyof typeof rateRanges;

/** All kinds of faults. */
export const faultNames: readonly FaultName[] = Object.keys(rateRanges) as FaultName[];

/** The chance that a seed has a kind of fault. */
const shareOfKinds = 0.5;

/** Kinds that a seed has at least, so that every seed has its faults. */
const kindsMin = 8;

/** The faults of one seed. */
export interface Faults {
  /** Whether a fault happens now; it is counted. */
  readonly happens: (name: FaultName) => boolean;
  /** Whether the seed has the kind at all. */
  readonly has: (name: FaultName) => boolean;
  /** Counts a fault that was decided elsewhere, such as the loss of a Region. */
  readonly count: (name: FaultName) => void;
  /** From now on no fault happens. */
  readonly stop: () => void;
  readonly counts: ReadonlyMap<FaultName, number>;
  readonly kinds: readonly FaultName[];
}

/**
 * Chooses the faults of a seed.
 *
 * @param only the kinds that may happen; all unless given
 */
export const createFaults = (seed: number, only: readonly FaultName[] = faultNames): Faults => {
  const random = seededRandom(seed, 'faults');
  const drawn = faultNames.map((name) => ({
    name,
    draw: random.next(),
    rate: random.within(rateRanges[name]),
  }));
  const ordered = drawn.toSorted((one, other) => one.draw - other.draw);
  const chosen = ordered.filter(({ draw }, index) => draw < shareOfKinds || index < kindsMin);
  // Each kind has draws of its own, so that leaving out a kind changes no draw of the others.
  const rates = new Map<FaultName, { readonly rate: number; readonly draws: SeededRandom }>(
    chosen
      .filter(({ name }) => only.includes(name))
      .map(({ name, rate }) => [name, { rate, draws: seededRandom(seed, `fault ${name}`) }]),
  );
  const counts = new Map<FaultName, number>();
  let isOver = false;
  const count = (name: FaultName): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    has: (name) => rates.has(name),
    count,
    happens: (name) => {
      if (isOver) return false;
      const kind = rates.get(name);
      if (!kind?.draws.chance(kind.rate)) return false;
      count(name);
      return true;
    },
    stop: () => {
      isOver = true;
    },
    counts,
    kinds: [...rates.keys()].toSorted(),
  };
};
