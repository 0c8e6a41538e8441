import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Cancellation,
  type Clock,
  InvariantViolation,
  type Random,
} from '../../../domain/kernel/index.ts';
import { transactionAgeMsMax } from '../wire/transaction-limits.ts';
import type { Connection } from './connection.ts';
import { faultOf } from './error-mapping.ts';
import { aborted, createSemaphore } from './semaphore.ts';

/** Hands out connections, each to one piece of work at a time. */
export interface ConnectionPool {
  /**
   * Runs `work` with a connection of its own, opening one when none is idle and usable.
   *
   * @param deadline milliseconds since the epoch until which to wait for a connection; absent: as
   * long as it takes
   * @param signal gives up waiting when it is aborted; work that has begun goes on
   * @throws {Unavailable} when none is free or can be opened by then, or the signal is aborted
   * @throws {InvariantViolation} when the pool is closed
   */
  readonly use: <T>(
    work: (connection: Connection) => Promise<T>,
    deadline?: number,
    signal?: Cancellation,
  ) => Promise<T>;
  /**
   * Opens a connection in advance, during a Lambda's INIT. Never fails: the first use reports the
   * error.
   */
  readonly warmUp: () => Promise<void>;
  /**
   * Closes all connections when the work that has one, or waits for one, has ended. Later work is
   * refused. A connection that is in use for longer than a transaction can last is closed
   * nevertheless.
   */
  readonly close: () => Promise<void>;
}

/**
 * DSQL closes a connection after 60 minutes, also in the middle of a transaction ("Cluster quotas
 * and database limits in Amazon Aurora DSQL"). Milliseconds.
 */
const closedAfterMs = 60 * 60_000;

/**
 * A transaction that begins in the last moment of a connection still has its whole time. The pool
 * replaces its connections between 50 and 55 minutes, not all at once: a cluster accepts 100 new
 * ones a second.
 */
const ageMsMax = closedAfterMs - transactionAgeMsMax;
const ageJitterMs = 5 * 60_000;

/**
 * NAT gateways and firewalls forget silent connections; 350 s is the shortest limit on AWS.
 * Milliseconds.
 */
const idleMsMax = 300_000;

/**
 * Idle time after which the sockets are read before a connection is used. A process that was frozen
 * or busy has not yet read that the server has closed it. Milliseconds.
 */
const unreadMsMin = 5;

/**
 * Lets the event loop read the sockets. The first turn only ends the current one, whose events may
 * be from before a freeze.
 */
const readSockets = async (): Promise<void> => {
  await nextTurn();
  await nextTurn();
};

/** Lambda's INIT may take ten seconds, and the function has more to do in it. Milliseconds. */
const warmUpMsMax = 5_000;

type Entry = { readonly connection: Connection; readonly expiresAt: number; idleSince: number };

/**
 * Creates a pool. It judges age and idle time by the wall clock when a connection is taken, since
 * the timers of a frozen Lambda do not run.
 *
 * @param options.size connections at most; 1 where an environment runs one invocation at a time
 */
export const createConnectionPool = (
  open: (deadline: number, signal?: Cancellation) => Promise<Connection>,
  options: { readonly size?: number; readonly clock: Clock; readonly random: Random },
): ConnectionPool => {
  const { size = 1, clock, random } = options;
  const idle: Entry[] = [];
  const lent = new Set<Entry>();
  const slots = createSemaphore(size, clock);
  let closing: Promise<void> | undefined;

  const usable = (entry: Entry): boolean =>
    entry.connection.usable() &&
    clock.now() < entry.expiresAt &&
    clock.now() - entry.idleSince < idleMsMax;

  const discard = (entry: Entry): void => {
    entry.connection.close().catch(() => undefined);
  };

  const openEntry = async (deadline: number, signal?: Cancellation): Promise<Entry> => {
    try {
      const connection = await open(deadline, signal);
      const expiresAt = clock.now() + ageMsMax - random.next() * ageJitterMs;
      return { connection, expiresAt, idleSince: clock.now() };
    } catch (error) {
      if (signal?.aborted) throw aborted();
      throw faultOf(error, false);
    }
  };

  const takeIdle = async (): Promise<Entry | undefined> => {
    for (let entry = idle.pop(); entry; entry = idle.pop()) {
      if (clock.now() - entry.idleSince >= unreadMsMin) await readSockets();
      if (usable(entry)) return entry;
      discard(entry);
    }
    return undefined;
  };

  const use: ConnectionPool['use'] = async (work, deadline = Number.POSITIVE_INFINITY, signal) => {
    if (closing !== undefined) throw new InvariantViolation('The connections are closed');
    await slots.acquire(deadline, signal);
    try {
      const entry = (await takeIdle()) ?? (await openEntry(deadline, signal));
      lent.add(entry);
      try {
        return await work(entry.connection);
      } finally {
        lent.delete(entry);
        entry.idleSince = clock.now();
        if (entry.connection.usable()) idle.push(entry);
        else discard(entry);
      }
    } finally {
      slots.release();
    }
  };

  const closeAll = async (): Promise<void> => {
    const deadline = clock.now() + transactionAgeMsMax;
    try {
      for (let slot = 0; slot < size; slot += 1) await slots.acquire(deadline);
    } catch {
      // The server has ended these transactions by its age limit.
    }
    await Promise.all([...idle.splice(0), ...lent].map(({ connection }) => connection.close()));
  };

  return {
    use,
    warmUp: async () => {
      await use(async () => undefined, clock.now() + warmUpMsMax).catch(() => undefined);
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
};
