import type { Machine } from '../machine/process.ts';

/** Which Regions there are, and whether events cross between them. */
export interface Regions {
  readonly names: readonly [string, string];
  readonly other: (region: string) => string;
  readonly isUp: (region: string) => boolean;
  readonly isLinked: () => boolean;
  /** Takes a Region away: its processes die, and what its services hold waits. */
  readonly lose: (region: string) => void;
  readonly restore: (region: string) => void;
  readonly setLinked: (isLinked: boolean) => void;
  /** Runs `work` as soon as the Region is there: now, or when it comes back. */
  readonly whenUp: (region: string, work: () => void) => void;
  /** Runs `work` as soon as events cross to the Region. */
  readonly whenReached: (region: string, work: () => void) => void;
  readonly onLoss: (listener: (region: string) => void) => void;
  /** One way between a process and a service of its Region. Milliseconds. */
  readonly latencyMs: () => number;
}

/** Deliveries that have waited for a Region come so long after it is back. Milliseconds. */
const resumeMsMax = 2_000;

/** Two Regions that are there, with a link between them. */
export const createRegions = (
  { scheduler, random, story }: Machine,
  names: readonly [string, string],
): Regions => {
  const lost = new Set<string>();
  let isLinked = true;
  let waiting: { readonly isReady: () => boolean; readonly work: () => void }[] = [];
  const listeners: ((region: string) => void)[] = [];

  const release = (): void => {
    const ready = waiting.filter((one) => one.isReady());
    waiting = waiting.filter((one) => !ready.includes(one));
    for (const { work } of ready) {
      scheduler.after(random.between(0, resumeMsMax), undefined, 'resumed', work);
    }
  };
  const isUp = (region: string): boolean => !lost.has(region);
  const other = (region: string): string => (region === names[0] ? names[1] : names[0]);
  const when = (isReady: () => boolean, work: () => void): void => {
    if (isReady()) work();
    else waiting.push({ isReady, work });
  };
  return {
    names,
    other,
    isUp,
    isLinked: () => isLinked,
    lose: (region) => {
      lost.add(region);
      story.tell(region, 'is lost');
      for (const listener of listeners) listener(region);
    },
    restore: (region) => {
      lost.delete(region);
      story.tell(region, 'is back');
      release();
    },
    setLinked: (linked) => {
      isLinked = linked;
      story.tell('The link between the Regions', linked ? 'is mended' : 'is cut');
      release();
    },
    whenUp: (region, work) => when(() => isUp(region), work),
    whenReached: (region, work) =>
      when(() => isLinked && isUp(region) && isUp(other(region)), work),
    onLoss: (listener) => {
      listeners.push(listener);
    },
    latencyMs: () => random.between(1, 12),
  };
};
