/**
 * Processes at a time of all functions of a stack, unless it has more functions. Under load one has about 90 MB of
 * resident memory, of which 50 are Node's program and shared, and a connection with a backend of PostgreSQL:
 * 24 take less than a third of a laptop with 8 GB.
 */
const processesMaxDefault = 24;

/** Of these, for one function: more of the same only meet at the same rows, on a laptop's few processors. */
const processesOfOneMax = 10;

/** Beyond the maximum: with it 16 callers can be in a chain of four functions that wait for each other. */
const surplusMaxDefault = 40;

/** A process costs half a second of a processor to start: a shorter wait is no reason to move one. Milliseconds. */
const moveAfterMs = 1_000;

/** An invocation that waits so long for a function that ends none may wait for itself. Milliseconds. */
const stuckAfterMs = 2_000;

/** The processes of one function, as the budget sees them. */
export type BudgetMember = {
  /** For how long the invocation at the head has waited; nothing when each has a process, or one that starts. */
  readonly waitingMs: () => number | undefined;
  /** Whether a process is being started. */
  readonly isStarting: () => boolean;
  /** For how long the process that was idle longest has been; nothing when none is. */
  readonly idleMs: () => number | undefined;
  /** Ends the process that was idle longest, and says so to its share. */
  readonly endIdle: () => void;
  /** Starts what it wants and may; there may be room now. */
  readonly grow: () => void;
};

/** What a function has of the budget. */
export interface BudgetShare {
  /** Takes room for a process; where there is none, it makes some and calls `grow` later. */
  readonly take: () => boolean;
  /** Whether a process that has ended an invocation stays; otherwise the function must end it. */
  readonly keeps: () => boolean;
  /** A process is being ended. */
  readonly ending: () => void;
  /** Gives back the room of a process that has ended, as its function had said or by itself, or that never began. */
  readonly release: (how: 'ended' | 'died') => void;
  /** The function has no process any more, and takes none. */
  readonly leave: () => void;
}

/**
 * Shares a number of processes among functions. Lambda would start up to 1,000; a laptop has room for a few. What exceeds them
 * waits, because a throttle would be a failure that AWS would not have shown: only reserved concurrency throttles.
 *
 * A function starts one whenever there is room. Without room it gets the place of a process that is idle, or one of a
 * function that has more, so that functions that are equally busy have equally many. Two may go beyond the number, so
 * that no function waits for ever for one that it has invoked: one without any process, and one that ends no
 * invocation. The surplus ends as soon as it has nothing to do.
 */
export interface ProcessBudget {
  readonly join: (member: BudgetMember) => BudgetShare;
  /** How many processes there are, those that start and end included. */
  readonly processes: () => number;
}

type Account = BudgetMember & {
  processes: number;
  /** Of these, how many have been told to end. */
  ending: number;
  /** When an invocation ended last, or a process was started that could help one. */
  progressAt: number;
  timer: NodeJS.Timeout | undefined;
};

const hasItsMost = ({ processes }: Account): boolean => processes >= processesOfOneMax;

const staying = ({ processes, ending }: Account): number => processes - ending;

export const createProcessBudget = (
  options: { readonly processesMax?: number; readonly surplusMax?: number } = {},
): ProcessBudget => {
  const { processesMax = processesMaxDefault, surplusMax = surplusMaxDefault } = options;
  const accounts = new Set<Account>();
  const sumOf = (count: (account: Account) => number): number =>
    [...accounts].reduce((sum, account) => sum + count(account), 0);
  const limit = (): number => Math.max(processesMax, accounts.size);
  const hasWaited = (account: Account, ms: number): boolean => (account.waitingMs() ?? -1) >= ms;

  /** Those that may have the place of another's process: a function without any does not have to wait for it. */
  const hungry = (): readonly Account[] =>
    [...accounts].filter(
      (one) => !hasItsMost(one) && hasWaited(one, one.processes === 0 ? 0 : moveAfterMs),
    );

  const isStuck = (account: Account): boolean =>
    hasWaited(account, stuckAfterMs) &&
    !account.isStarting() &&
    performance.now() - account.progressAt >= stuckAfterMs;

  /** Whether a process has been told to end for each function that wants its place. */
  const placesSuffice = (): boolean => sumOf(({ ending }) => ending) >= hungry().length;

  /** Has the process ended that was idle longest, if that is long enough. */
  const endIdleFor = (account: Account): void => {
    const idle = [...accounts]
      .filter((other) => other !== account)
      .map((other) => ({ other, ms: other.idleMs() ?? -1 }))
      .toSorted((one, another) => another.ms - one.ms)[0];
    if (idle && idle.ms >= (account.processes === 0 ? 0 : moveAfterMs)) idle.other.endIdle();
  };

  const lookAgain = (account: Account): void => {
    account.timer ??= setTimeout(() => {
      account.timer = undefined;
      account.grow();
    }, moveAfterMs).unref();
  };

  const mayExceed = (account: Account): boolean =>
    sumOf(({ processes }) => processes) < limit() + surplusMax &&
    (hasItsMost(account) || !placesSuffice()) &&
    (account.processes === 0 || isStuck(account));

  const take = (account: Account): boolean => {
    const hasRoom = !hasItsMost(account) && sumOf(({ processes }) => processes) < limit();
    // Those that are stuck remain so: the next one need not wait as long as the first.
    if (hasRoom || account.processes === 0) account.progressAt = performance.now();
    if (!hasRoom && hungry().includes(account) && !placesSuffice()) endIdleFor(account);
    const isGranted = hasRoom || mayExceed(account);
    if (isGranted) account.processes += 1;
    else lookAgain(account);
    return isGranted;
  };

  const keeps = (account: Account): boolean => {
    account.progressAt = performance.now();
    const own = staying(account);
    const total = sumOf(staying);
    if (own <= 1 || total < limit()) return true;
    const most = Math.max(...[...accounts].map(staying));
    const isSurplus = total > limit() && (own === most || account.waitingMs() === undefined);
    const isOwed = !placesSuffice() && hungry().some((other) => staying(other) + 1 < own);
    return !isSurplus && !isOwed;
  };

  const release = (account: Account, how: 'ended' | 'died'): void => {
    account.processes -= 1;
    if (how === 'ended') account.ending -= 1;
    const poorestFirst = [...accounts].toSorted((one, other) => one.processes - other.processes);
    for (const { grow } of poorestFirst) grow();
  };

  return {
    processes: () => sumOf(({ processes }) => processes),
    join: (member) => {
      const account = { ...member, processes: 0, ending: 0, progressAt: 0, timer: undefined };
      accounts.add(account);
      return {
        take: () => take(account),
        keeps: () => keeps(account),
        ending: () => {
          account.ending += 1;
        },
        release: (how) => release(account, how),
        leave: () => {
          clearTimeout(account.timer);
          accounts.delete(account);
        },
      };
    },
  };
};
