import { hashText } from './seeded-random.ts';

/** Decides whether a turn of a process takes place: not when the process is dead or frozen. */
export interface TurnOwner {
  /** Counts the processes of a seed, from 1. */
  readonly number: number;
  readonly admits: (turn: Turn) => boolean;
}

/** Something that happens at one moment of the simulation. */
export type Turn = {
  /** Virtual milliseconds since the epoch; a fraction makes ties rare. */
  readonly at: number;
  /** Names the kind of the turn, for the hash and the story. */
  readonly label: string;
  /** The process to which it happens; `undefined` for what no crash can stop. */
  readonly owner: TurnOwner | undefined;
  readonly run: () => void;
};

/** Lets a turn not happen. */
export type Cancel = () => void;

/** Virtual time, and everything that is to happen in it. */
export interface Scheduler {
  /** Virtual milliseconds since the epoch, with a fraction. */
  readonly now: () => number;
  readonly after: (
    delayMs: number,
    owner: TurnOwner | undefined,
    label: string,
    run: () => void,
  ) => void;
  /** Like `after`, for a turn that may turn out not to be needed. */
  readonly unless: (delayMs: number, label: string, run: () => void) => Cancel;
  /**
   * Says that the turn under way has let code of a process go on, or has begun some. A turn without
   * an owner does not, unless it says so.
   */
  readonly wakes: () => void;
  /** Puts a turn that was held back into the queue again, to happen now. */
  readonly resume: (turn: Turn) => void;
  /** Plays turns until `isDone`, or until nothing is left to happen. */
  readonly play: (isDone: () => boolean) => Promise<void>;
  /** Ends `play` with an error of the simulation itself. */
  readonly fail: (error: unknown) => void;
  readonly turns: () => number;
  /** A digest of all turns so far: two runs of one seed have the same. */
  readonly hash: () => number;
}

/** When every seed begins: 1 January 2026, 00:00 UTC. Milliseconds since the epoch. */
export const startAt: number = Date.UTC(2026, 0, 1);

type Entry = Turn & { readonly order: number; isCancelled: boolean };

const comesFirst = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** A binary heap: the next turn is at index 0. */
const createHeap = () => {
  const heap: Entry[] = [];

  const siftUp = (entry: Entry): void => {
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!comesFirst(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  };

  const siftDown = (entry: Entry): void => {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && comesFirst(right, heap[child] as Entry)) child += 1;
      const below = heap[child] as Entry;
      if (!comesFirst(below, entry)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = entry;
  };

  return {
    push: siftUp,
    pop: (): Entry | undefined => {
      const first = heap[0];
      const last = heap.pop();
      if (first !== undefined && last !== undefined && heap.length > 0) siftDown(last);
      return first;
    },
  };
};

/** Creates a scheduler in which nothing is to happen. */
export const createScheduler = (): Scheduler => {
  const heap = createHeap();
  const codes = new Map<string, number>();
  let now = startAt;
  let order = 0;
  let turns = 0;
  let hasWoken = false;
  let failure: { readonly error: unknown } | undefined;
  let hash = 0x811c9dc5;

  const codeOf = (label: string): number => {
    const known = codes.get(label);
    if (known !== undefined) return known;
    const code = hashText(label);
    codes.set(label, code);
    return code;
  };

  const mix = ({ at, label, owner }: Turn): void => {
    hash = Math.imul(hash ^ Math.floor((at - startAt) * 1_024), 0x01000193);
    hash = Math.imul(hash ^ codeOf(label), 0x01000193);
    hash = Math.imul(hash ^ (owner?.number ?? 0), 0x01000193);
  };

  const push = (
    at: number,
    owner: TurnOwner | undefined,
    label: string,
    run: () => void,
  ): Entry => {
    order += 1;
    const entry = { at, label, owner, run, order, isCancelled: false };
    heap.push(entry);
    return entry;
  };

  /** Runs the next turn that takes place; whether there was one. */
  const playNext = (): boolean => {
    for (let turn = heap.pop(); turn; turn = heap.pop()) {
      if (turn.isCancelled) continue;
      if (turn.at > now) now = turn.at;
      if (turn.owner && !turn.owner.admits(turn)) continue;
      turns += 1;
      mix(turn);
      hasWoken = turn.owner !== undefined;
      turn.run();
      return true;
    }
    return false;
  };

  /**
   * Runs turns until one has let a process go on: promise callbacks then wait. Whether there was
   * one before the end.
   */
  const playUntilWoken = (isDone: () => boolean): boolean => {
    do {
      if (failure) throw failure.error;
      if (isDone() || !playNext()) return false;
    } while (!hasWoken);
    return true;
  };

  return {
    now: () => now,
    after: (delayMs, owner, label, run) => {
      push(now + delayMs, owner, label, run);
    },
    unless: (delayMs, label, run) => {
      const entry = push(now + delayMs, undefined, label, run);
      return () => {
        entry.isCancelled = true;
      };
    },
    wakes: () => {
      hasWoken = true;
    },
    resume: ({ label, owner, run }) => {
      push(now, owner, label, run);
    },
    play: (isDone) =>
      new Promise((resolve, reject) => {
        // Node runs all promise callbacks before the next tick, also those that these callbacks
        // add. So every process waits again before the next turn begins.
        const afterPromises = (): void => process.nextTick(step);
        const settled = Promise.resolve();
        const step = (): void => {
          try {
            if (!playUntilWoken(isDone)) resolve();
            // `queueMicrotask` does the same, and makes an asynchronous resource each time.
            else void settled.then(afterPromises);
          } catch (error) {
            reject(error);
          }
        };
        step();
      }),
    fail: (error) => {
      failure ??= { error };
    },
    turns: () => turns,
    hash: () => hash >>> 0,
  };
};
