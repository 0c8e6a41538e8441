import { startAt } from './scheduler.ts';

/** The events of a seed, in words; kept only where somebody wants to read it. */
export interface Story {
  readonly isTold: boolean;
  /** Adds a sentence: the subject and the rest. */
  readonly tell: (who: string, what: string) => void;
  readonly lines: readonly string[];
}

/** Minutes, seconds and milliseconds since the seed began. */
const timeOf = (now: number): string => {
  const ms = Math.floor(now - startAt);
  const minutes = String(Math.floor(ms / 60_000)).padStart(3, '0');
  const seconds = String(Math.floor(ms / 1_000) % 60).padStart(2, '0');
  return `${minutes}:${seconds}.${String(ms % 1_000).padStart(3, '0')}`;
};

/** A story; without `isTold` it keeps nothing, and nobody writes sentences for it. */
export const createStory = (isTold: boolean, now: () => number): Story => {
  const lines: string[] = [];
  return {
    isTold,
    lines,
    tell: (who, what) => {
      if (isTold) lines.push(`${timeOf(now())} ${who} ${what}`);
    },
  };
};
