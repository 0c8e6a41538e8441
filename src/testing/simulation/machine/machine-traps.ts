import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** Libraries that read the clock by themselves: they are told the virtual time. */
const toldTheTime = /[\\/](?:node_modules|adapters[\\/]powertools)[\\/]/;

/** The file and the place of the code that has called a trap. */
const callerOf = (trap: object): string => {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, trap as () => void);
  return holder.stack?.split('\n')[1]?.trim() ?? 'somewhere';
};

const refused = (what: string, where: string): Error =>
  new Error(`${what} was called ${where} while a seed runs: use the clock or the ids of a port`);

/** A signal that is never aborted: the simulated network ends its requests itself. */
const neverAborted = new AbortController().signal;

type Patch = readonly [target: object, name: string, value: unknown];

/** The replacements of everything by which code could learn the machine's time or randomness. */
const patchesOf = (now: () => number): readonly Patch[] => {
  const RealDate = Date;
  const time = (what: string, trap: object): number => {
    const caller = callerOf(trap);
    if (toldTheTime.test(caller)) return Math.floor(now());
    throw refused(what, caller);
  };
  const dateNow = (): number => time('Date.now()', dateNow);
  /** The real class with one difference: without arguments it asks for the time. */
  class VirtualDate extends RealDate {
    static override now = dateNow;
    constructor(...given: readonly unknown[]) {
      if (given.length === 1) super(given[0] as number);
      else if (given.length === 0) super(time('new Date()', VirtualDate));
      else super(...(given as [number, number]));
    }
  }
  const refuse = (what: string) => {
    const trap = (): never => {
      throw refused(what, callerOf(trap));
    };
    return trap;
  };
  const uuid = refuse('randomUUID()');
  return [
    [globalThis, 'Date', VirtualDate],
    [Math, 'random', refuse('Math.random()')],
    [performance, 'now', refuse('performance.now()')],
    [globalThis, 'setTimeout', refuse('setTimeout()')],
    [globalThis, 'setInterval', refuse('setInterval()')],
    [globalThis, 'setImmediate', refuse('setImmediate()')],
    [AbortSignal, 'timeout', () => neverAborted],
    [timers, 'setTimeout', refuse('setTimeout()')],
    [globalThis.crypto, 'randomUUID', uuid],
    [crypto, 'randomUUID', uuid],
  ];
};

/**
 * Takes the clock, the timers and the randomness of the machine away until the returned function is
 * called: nothing but the seed may decide what happens.
 *
 * @param now the virtual time, milliseconds since the epoch
 */
export const trapMachine = (now: () => number): (() => void) => {
  const patches = patchesOf(now);
  const before = patches.map(
    ([target, name]) => [target, name, Object.getOwnPropertyDescriptor(target, name)] as const,
  );
  for (const [target, name, value] of patches) {
    Object.defineProperty(target, name, { configurable: true, writable: true, value });
  }
  syncBuiltinESMExports();
  return () => {
    for (const [target, name, descriptor] of before) {
      if (descriptor) Object.defineProperty(target, name, descriptor);
      else Reflect.deleteProperty(target, name);
    }
    syncBuiltinESMExports();
  };
};
