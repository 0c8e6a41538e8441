import { type Clock, type Random, Unavailable } from '../../domain/kernel/index.ts';
import type { Connection } from './connection.ts';
import { faultOf } from './faults.ts';

/** Hands out connections, each to one piece of work at a time. */
export interface ConnectionPool {
  /**
   * Runs `work` with a connection of its own, opening one when none is idle and usable.
   *
   * @param deadline milliseconds since the epoch until which to wait for a connection; absent: as long as it takes
   * @throws {Unavailable} when none is free or can be opened by then
   */
  readonly use: <T>(work: (connection: Connection) => Promise<T>, deadline?: number) => Promise<T>;
  /** Opens a connection ahead of need, during a Lambda's INIT. Never fails: the first use will say what is wrong. */
  readonly warmUp: () => Promise<void>;
  /** Closes all connections; waits for the work that has one. */
  readonly close: () => Promise<void>;
}

/**
 * DSQL closes a connection after 60 minutes, also in the middle of a transaction. Ours end between 50 and 55, not all
 * at once: a cluster takes 100 new ones a second.
 */
const ageMsMax = 55 * 60_000;
const ageJitterMs = 5 * 60_000;

/** NAT gateways and firewalls forget silent connections; 350 s is the shortest limit on AWS. Milliseconds. */
const idleMsMax = 300_000;

/** A timer cannot be longer; Node would end it at once. Milliseconds. */
const timerMsMax = 2 ** 31 - 1;

type Entry = { readonly connection: Connection; readonly expiresAt: number; idleSince: number };

/**
 * Age and idleness are judged by the wall clock when a connection is taken: a frozen Lambda's timers do not run.
 *
 * @param options.size connections at most; 1 where an environment runs one invocation at a time
 */
export const createConnectionPool = (
  open: (deadline: number) => Promise<Connection>,
  options: { readonly size?: number; readonly clock: Clock; readonly random: Random },
): ConnectionPool => {
  const { size = 1, clock, random } = options;
  const idle: Entry[] = [];
  const waiting: (() => void)[] = [];
  let inUse = 0;

  const usable = (entry: Entry): boolean =>
    entry.connection.usable() &&
    clock.now() < entry.expiresAt &&
    clock.now() - entry.idleSince < idleMsMax;

  const discard = (entry: Entry): void => {
    entry.connection.close().catch(() => undefined);
  };

  const openEntry = async (deadline: number): Promise<Entry> => {
    try {
      const connection = await open(deadline);
      const expiresAt = clock.now() + ageMsMax - random.next() * ageJitterMs;
      return { connection, expiresAt, idleSince: clock.now() };
    } catch (error) {
      throw faultOf(error, false);
    }
  };

  const takeIdle = (): Entry | undefined => {
    for (let entry = idle.pop(); entry; entry = idle.pop()) {
      if (usable(entry)) return entry;
      discard(entry);
    }
    return undefined;
  };

  const acquireSlot = async (deadline: number): Promise<void> => {
    if (inUse < size) {
      inUse += 1;
      return;
    }
    // The slot passes straight from who releases it to who waits, so `inUse` does not change.
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push(resolve);
    const timer = setTimeout(
      () => {
        const place = waiting.indexOf(resolve);
        if (place < 0) return;
        waiting.splice(place, 1);
        reject(new Unavailable('No connection became free in time'));
      },
      Math.min(Math.max(0, deadline - clock.now()), timerMsMax),
    );
    await promise.finally(() => clearTimeout(timer));
  };

  const releaseSlot = (): void => {
    const next = waiting.shift();
    if (next) next();
    else inUse -= 1;
  };

  const use: ConnectionPool['use'] = async (work, deadline = Number.POSITIVE_INFINITY) => {
    await acquireSlot(deadline);
    try {
      const entry = takeIdle() ?? (await openEntry(deadline));
      try {
        return await work(entry.connection);
      } finally {
        entry.idleSince = clock.now();
        if (entry.connection.usable()) idle.push(entry);
        else discard(entry);
      }
    } finally {
      releaseSlot();
    }
  };

  return {
    use,
    warmUp: async () => {
      await use(async () => undefined).catch(() => undefined);
    },
    close: async () => {
      for (let slot = 0; slot < size; slot += 1) await acquireSlot(Number.POSITIVE_INFINITY);
      await Promise.all(idle.splice(0).map(({ connection }) => connection.close()));
      for (let slot = 0; slot < size; slot += 1) releaseSlot();
    },
  };
};
