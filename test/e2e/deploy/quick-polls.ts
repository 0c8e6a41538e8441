/**
 * Shortens the pauses of the CDK CLI between two looks at a stack: five seconds suit AWS, where a
 * stack takes minutes. Everything else about the command stays as it is.
 */
const pause = globalThis.setTimeout;

/** The functions of the CLI that look again. */
const lookers = /\b(?:waitFor|scheduleNextTick)\b/;

/** Milliseconds; a stack here takes a few seconds. */
const pauseMsMax = 250;

const shorter = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
  const looksAgain = ms > pauseMsMax && lookers.test(new Error('for its stack').stack ?? '');
  return pause(work, looksAgain ? pauseMsMax : ms, ...given);
};

globalThis.setTimeout = Object.assign(shorter, pause);
