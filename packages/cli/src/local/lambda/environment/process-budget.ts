/**
 * Processes at a time of all functions of a stack. Under load one has about 90 MB of resident
 * memory, of which 50 are Node's program and shared, and a connection with a backend of PostgreSQL:
 * 24 take less than a third of a laptop with 8 GB.
 */
const processesMaxDefault = 24;

/**
 * Processes of one function at most. More of them would only conflict over the same rows, on a
 * laptop's few processors.
 */
const processesOfOneMax = 10;

/**
 * Processes beyond the maximum. With them 16 callers can be in a chain of four functions that wait
 * for each other.
 */
const surplusMaxDefault = 40;

/**
 * The start of a process takes half a second of a processor. A shorter wait is no reason to move
 * one. Milliseconds.
 */
const moveAfterMs = 1_000;

/**
 * A function that ends no invocation for so long may wait for itself, by way of other functions.
 * Milliseconds.
 */
const stuckAfterMs = 2_000;

/** The processes of one function, as the budget sees them. */
export type BudgetMember = {
  /**
   * For how long the invocation at the head has waited; nothing when each has a process, or one
   * that starts.
   */
  readonly waitingMs: () => number | undefined;
  /** Whether a process is being started. */
  readonly isStarting: () => boolean;
  /** The longest time that a process has been idle, in milliseconds; nothing when none is idle. */
  readonly idleMs: () => number | undefined;
  /** Ends the process that was idle longest, and says so to its share. */
  readonly endIdle: () => void;
  /** Starts the processes that the function wants and may start, since there may be room now. */
  readonly grow: () => void;
};

/** A function's share of the budget. */
export interface BudgetShare {
  /** Takes room for a process. If there is none, the budget makes some and calls `grow` later. */
  readonly take: () => boolean;
  /** Whether a process that has ended an invocation stays; otherwise the function must end it. */
  readonly keeps: () => boolean;
  /** A process is being ended. */
  readonly ending: () => void;
  /**
   * Gives back the room of a process that has ended, whether it was told to or not, or that never
   * began.
   */
  readonly release: (how: 'ended' | 'died') => void;
  /** The function has no process any more, and takes none. */
  readonly leave: () => void;
}

/**
 * Shares a number of processes among functions. Lambda would start up to 1,000, and a laptop has
 * room for a few. Further invocations wait. A throttle would be a failure that AWS would not have
 * shown, since only reserved concurrency throttles.
 *
 * A function starts a process whenever there is room. Without room it takes the place of an idle
 * process, or of a process of a function that has more, so that functions that are equally busy
 * have equally many processes. A function without any process may exceed the number, and so may a
 * function that ends no invocation. Otherwise two functions that invoke each other could wait for
 * ever. A surplus process ends as soon as it has nothing to do.
 */
export interface ProcessBudget {
  readonly join: (member: BudgetMember) => BudgetShare;
  /** How many processes there are, those that start and end included. */
  readonly processes: () => number;
}

type Account = BudgetMember & {
  /** The number of processes without those that have been told to end. */
  processes: number;
  /** When an invocation ended last. */
  endedAt: number;
  timer: NodeJS.Timeout | undefined;
};

const hasItsMost = ({ processes }: Account): boolean => processes >= processesOfOneMax;

const hasWaited = (account: Account, ms: number): boolean => (account.waitingMs() ?? -1) >= ms;

/** A function without any process does not have to wait for the place of another's. */
const patienceMs = ({ processes }: Account): number => (processes === 0 ? 0 : moveAfterMs);

/** Whether a function may take the place of another function's process. */
const isHungry = (account: Account): boolean =>
  !hasItsMost(account) && hasWaited(account, patienceMs(account));

const isStuck = (account: Account): boolean =>
  hasWaited(account, stuckAfterMs) &&
  !account.isStarting() &&
  performance.now() - account.endedAt >= stuckAfterMs;

const lookAgain = (account: Account): void => {
  account.timer ??= setTimeout(() => {
    account.timer = undefined;
    account.grow();
  }, moveAfterMs).unref();
};

export const createProcessBudget = (
  options: { readonly processesMax?: number; readonly surplusMax?: number } = {},
): ProcessBudget => {
  const { processesMax = processesMaxDefault, surplusMax = surplusMaxDefault } = options;
  const accounts = new Set<Account>();
  /**
   * Processes that have been told to end and have not. Meanwhile no other process gives its place
   * away, because these places may be enough.
   */
  let ending = 0;
  const staying = (): number => [...accounts].reduce((sum, { processes }) => sum + processes, 0);

  /**
   * Ends the process that has been idle longest, if the function waits long enough for its place.
   */
  const endIdleFor = (account: Account): void => {
    const [idle] = [...accounts]
      .map(({ idleMs, endIdle }) => ({ ms: idleMs() ?? -1, endIdle }))
      .toSorted((one, other) => other.ms - one.ms);
    if (idle && idle.ms >= patienceMs(account)) idle.endIdle();
  };

  const take = (account: Account): boolean => {
    const total = staying() + ending;
    const hasRoom = total < processesMax && !hasItsMost(account);
    if (!hasRoom && ending === 0 && isHungry(account)) endIdleFor(account);
    const mayExceed = total < processesMax + surplusMax && ending === 0;
    const isGranted = hasRoom || (mayExceed && (account.processes === 0 || isStuck(account)));
    if (isGranted) account.processes += 1;
    else lookAgain(account);
    return isGranted;
  };

  const keeps = (account: Account): boolean => {
    account.endedAt = performance.now();
    const isOwed = ({ processes }: Account): boolean => processes + 1 < account.processes;
    const isWanted = ending === 0 && [...accounts].filter(isHungry).some(isOwed);
    return account.processes <= 1 || (staying() <= processesMax && !isWanted);
  };

  const release = (account: Account, how: 'ended' | 'died'): void => {
    if (how === 'ended') ending -= 1;
    else account.processes -= 1;
    const poorestFirst = [...accounts].toSorted((one, other) => one.processes - other.processes);
    for (const { grow } of poorestFirst) grow();
  };

  return {
    processes: () => staying() + ending,
    join: (member) => {
      const account = { ...member, processes: 0, endedAt: 0, timer: undefined };
      accounts.add(account);
      return {
        take: () => take(account),
        keeps: () => keeps(account),
        ending: () => {
          account.processes -= 1;
          ending += 1;
        },
        release: (how) => release(account, how),
        leave: () => {
          accounts.delete(account);
        },
      };
    },
  };
};
