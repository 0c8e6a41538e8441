import type { Clock, Ids, Random } from '../../../domain/kernel/index.ts';
import type { Faults } from './faults.ts';
import type { Scheduler, Turn, TurnOwner } from './scheduler.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import type { Story } from './story.ts';

/** The parts of one seed that everything else is made from. */
export type Machine = {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  /** Latencies and choices of the simulated cloud. */
  readonly random: SeededRandom;
  readonly story: Story;
  /** A number for the next process. */
  readonly nextNumber: () => number;
};

/**
 * A process that may die or be frozen between any two turns: its code goes on only in turns that it
 * owns, so a dead one never goes on behind an `await`.
 */
export interface SimulatedProcess extends TurnOwner {
  readonly name: string;
  readonly region: string;
  /** Milliseconds by which its clock is ahead. */
  readonly skewMs: number;
  readonly isAlive: () => boolean;
  /** Whether it lives and is not frozen. */
  readonly isRunning: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  /** Ends it; `onDeath` is told why. */
  readonly kill: (why: string) => void;
  readonly onDeath: (listener: (why: string) => void) => void;
  /** Holds its turns back, as Lambda freezes an environment between two invocations. */
  readonly freeze: () => void;
  readonly thaw: () => void;
}

/** How far a clock may be wrong, each way. Milliseconds. */
export const skewMsMax = 600_000;

/** How long a process hangs: longer than any timeout of Lambda. Milliseconds. */
const hangMs = 900_000;

/** Starts a process in a Region. */
export const startProcess = (machine: Machine, region: string, name: string): SimulatedProcess => {
  const { scheduler, faults, story, seed } = machine;
  const number = machine.nextNumber();
  const own = seededRandom(seed, `process ${number}`);
  const skewMs = faults.happens('clock skew') ? Math.round(own.between(-skewMsMax, skewMsMax)) : 0;
  let isAlive = true;
  let isFrozen = false;
  let held: Turn[] = [];
  const listeners: ((why: string) => void)[] = [];

  const kill = (why: string): void => {
    if (!isAlive) return;
    isAlive = false;
    held = [];
    if (story.isTold) story.tell(shownName, `dies: ${why}`);
    for (const listener of listeners) listener(why);
  };
  const shownName = `${name} ${number} in ${region}`;
  if (skewMs !== 0 && story.isTold) story.tell(shownName, `has a clock ${skewMs} ms ahead`);

  const admits = (turn: Turn): boolean => {
    if (!isAlive) return false;
    if (isFrozen) {
      held.push(turn);
      return false;
    }
    if (faults.happens('crash')) {
      kill(`it crashes before: ${turn.label}`);
      return false;
    }
    if (faults.happens('hang')) {
      if (story.isTold) story.tell(shownName, `hangs before: ${turn.label}`);
      scheduler.after(hangMs, process, turn.label, turn.run);
      return false;
    }
    return true;
  };

  const process: SimulatedProcess = {
    number,
    name: shownName,
    region,
    skewMs,
    isAlive: () => isAlive,
    isRunning: () => isAlive && !isFrozen,
    admits,
    clock: {
      now: () => Math.floor(scheduler.now()) + skewMs,
      sleep: (ms) => new Promise((wake) => scheduler.after(ms, process, 'wakes up', wake)),
    },
    random: own,
    ids: own,
    kill,
    onDeath: (listener) => {
      listeners.push(listener);
    },
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      isFrozen = false;
      const turns = held;
      held = [];
      for (const turn of turns) scheduler.resume(turn);
    },
  };
  return process;
};
