import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timerPromises from 'node:timers/promises';

/** Libraries that read the clock by themselves: they are told the virtual time. */
const toldTheTime = /[\\/](?:node_modules|adapters[\\/]powertools)[\\/]/;

/** The file and the place of the code that has called a trap. */
const callerOf = (trap: object): string => {
  const holder: { stack?: string } = {};
  const framesMax = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, trap as () => void);
  Error.stackTraceLimit = framesMax;
  return holder.stack?.split('\n')[1]?.trim() ?? 'somewhere';
};

const refused = (what: string, where: string): Error =>
  new Error(`${what} was called ${where} while a seed runs: use the clock or the ids of a port`);

/** A signal that is never aborted: the simulated network ends its requests itself. */
const neverAborted = new AbortController().signal;

type Patch = readonly [target: object, name: PropertyKey, value: unknown];

/** Known to every copy of this module in the process. */
const isTrapped = Symbol.for('antipode.simulation.isTrapped');

/** The replacements of everything by which code could learn the machine's time or randomness. */
const patchesOf = (now: () => number, framesMax: number): readonly Patch[] => {
  const RealDate = Date;
  const time = (what: string, trap: object): number => {
    const caller = callerOf(trap);
    if (toldTheTime.test(caller)) return Math.floor(now());
    throw refused(what, caller);
  };
  const dateNow = (): number => time('Date.now()', dateNow);
  /**
   * Makes real dates, and asks for the time where there are no arguments. A class that extends
   * `Date` does the same in several times the time.
   */
  function VirtualDate(...given: readonly unknown[]): Date {
    if (given.length === 1) return new RealDate(given[0] as number);
    if (given.length === 0) return new RealDate(time('new Date()', VirtualDate));
    return new RealDate(...(given as [number, number]));
  }
  Object.setPrototypeOf(VirtualDate, RealDate);
  Object.assign(VirtualDate, { prototype: RealDate.prototype, now: dateNow });
  const refuse = (what: string) => {
    const trap = (): never => {
      throw refused(what, callerOf(trap));
    };
    return trap;
  };
  const uuid = refuse('randomUUID()');
  return [
    [globalThis, isTrapped, true],
    [globalThis, 'Date', VirtualDate],
    [Error, 'stackTraceLimit', framesMax],
    [Math, 'random', refuse('Math.random()')],
    [performance, 'now', refuse('performance.now()')],
    [globalThis, 'setTimeout', refuse('setTimeout()')],
    [globalThis, 'setInterval', refuse('setInterval()')],
    [globalThis, 'setImmediate', refuse('setImmediate()')],
    [AbortSignal, 'timeout', () => neverAborted],
    [timers, 'setTimeout', refuse('setTimeout()')],
    [timerPromises, 'setTimeout', refuse('setTimeout()')],
    [process.hrtime, 'bigint', refuse('process.hrtime.bigint()')],
    [globalThis.crypto, 'randomUUID', uuid],
    [crypto, 'randomUUID', uuid],
    // The function of `node:crypto` calls it.
    [globalThis.crypto, 'getRandomValues', refuse('getRandomValues()')],
    [crypto, 'randomBytes', refuse('randomBytes()')],
    [crypto, 'randomInt', refuse('randomInt()')],
  ];
};

/**
 * Takes the clock, the timers and the randomness of the machine away until the returned function is
 * called: nothing but the seed may decide what happens.
 *
 * @param now the virtual time, milliseconds since the epoch
 * @param framesMax frames that an error notes of where it was made; they cost time
 * @throws {Error} while a seed runs: the end of the first would give the second real clocks, and
 * the process would keep the second's traps
 */
export const trapMachine = (now: () => number, framesMax: number): (() => void) => {
  if (isTrapped in globalThis) {
    throw new Error('A seed runs in this process already: play one after the other');
  }
  const patches = patchesOf(now, framesMax);
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
