import { transactionAgeMsMax } from '../../../adapters/dsql/wire/transaction-limits.ts';
import type { MemoryDatabase, MemoryTransaction } from '../../../adapters/memory/index.ts';
import { Conflict, OutcomeUnknown, Unavailable } from '../../../domain/kernel/index.ts';
import type { Machine, SimulatedProcess } from '../machine/process.ts';
import type { Regions } from './regions.ts';

/** The database of both Regions, and everything that it has committed. */
export interface SimulatedCluster {
  readonly database: MemoryDatabase;
  /** The way of one process to the database. */
  readonly connect: (process: SimulatedProcess) => MemoryDatabase;
  /** Lets something happen if and when a transaction commits. */
  readonly onCommit: (transaction: MemoryTransaction, note: () => void) => void;
  /** Changes the catalog: each transaction that is open fails at its COMMIT. */
  readonly changeCatalog: () => void;
}

/** How long a client waits for an answer that does not come. Milliseconds. */
const unansweredMs = [1_000, 10_000] as const;

/** How late a request may arrive that its sender has given up. Milliseconds. */
const lateMsMax = 60_000;

/** Between the first statement of a transaction in one step and its COMMIT. Milliseconds. */
const insideMsMax = 4;

/** The transaction, and whether it has written something. */
const watched = (transaction: MemoryTransaction) => {
  let hasWritten = false;
  return {
    wrote: () => hasWritten,
    // Field by field: a spread of so many transactions costs time.
    transaction: {
      get: transaction.get,
      all: transaction.all,
      violate: transaction.violate,
      commit: transaction.commit,
      put: (table: string, key: string, value: unknown) => {
        hasWritten = true;
        transaction.put(table, key, value);
      },
      remove: (table: string, key: string) => {
        hasWritten = true;
        transaction.remove(table, key);
      },
    },
  };
};

const dataConflict = (): Conflict =>
  new Conflict('change conflicts with another transaction (OC000)');

const schemaConflict = (): Conflict =>
  new Conflict('schema has been updated by another transaction (OC001)', { over: 'schema' });

/** The adapter cannot know whether a COMMIT that fails in this way has taken effect. */
const tooOld = (): OutcomeUnknown => new OutcomeUnknown('transaction age limit of 300s exceeded');

/** The labels of a request's turns. */
const labelsOf = (request: string) => ({ request, answered: `${request}: answered` });

const labels = {
  begin: labelsOf('BEGIN'),
  commit: labelsOf('COMMIT'),
  statement: labelsOf('statement'),
} as const;

type Settle<Result> = {
  readonly resolve: (result: Result) => void;
  /** For an answer that changes nothing: it may come in the turn of its request. */
  readonly resolveAtOnce: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** Runs work, and tells its end. */
const attempt = <Result>(
  work: () => Result,
  { resolve, reject }: Pick<Settle<Result>, 'resolve' | 'reject'>,
): void => {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    reject(error);
    return;
  }
  resolve(result);
};

/**
 * One request of a process to the database, and its answer. `atDatabase` runs there, and tells what
 * settles the promise of the process.
 */
const createExchange =
  ({ scheduler, faults, random, story }: Machine, regions: Regions, process: SimulatedProcess) =>
  <Result>(
    { request: label, answered }: ReturnType<typeof labelsOf>,
    lost: () => Error,
    atDatabase: (settle: Settle<Result>) => void,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      const answer = (settle: () => void): void =>
        scheduler.after(regions.latencyMs(), process, answered, settle);
      const giveUp = (why: string): void => {
        if (story.isTold) story.tell(process.name, `${label}: ${why}`);
        const waitMs = random.within(unansweredMs);
        scheduler.after(waitMs, process, `${label}: ${why}`, () => reject(lost()));
      };
      const run = (isAnswered: boolean) => (): void => {
        if (!regions.isUp(process.region)) return;
        const arrive = (settle: () => void, send = answer): void => {
          if (!isAnswered) return;
          if (faults.happens('database answer lost')) giveUp('the answer is lost');
          else send(settle);
        };
        const atOnce = (settle: () => void): void => {
          if (process.isRunning()) {
            scheduler.wakes();
            settle();
          } else answer(settle);
        };
        atDatabase({
          resolve: (result) => arrive(() => resolve(result)),
          resolveAtOnce: (result) => arrive(() => resolve(result), atOnce),
          reject: (error) => arrive(() => reject(error)),
        });
      };
      if (faults.happens('database request lost')) {
        giveUp('the request is lost');
      } else if (faults.happens('database request late')) {
        giveUp('the request is late');
        scheduler.after(random.between(0, lateMsMax), undefined, label, run(false));
      } else {
        scheduler.after(regions.latencyMs(), undefined, label, run(true));
      }
    });

const unavailable = (): Unavailable => new Unavailable('The connection to the database is lost');

const unknown = (): OutcomeUnknown => new OutcomeUnknown('The answer to COMMIT is lost');

/** When a transaction began, and what is told when it commits. */
type Begin = {
  readonly catalog: number;
  /** Virtual milliseconds. */
  readonly at: number;
  readonly notes: (() => void)[];
};

/** The transactions of a cluster, which know the catalog that they began with. */
const createTransactions = ({ faults, scheduler }: Machine, database: MemoryDatabase) => {
  const begins = new WeakMap<MemoryTransaction, Begin>();
  let catalog = 0;

  const begun = (transaction: MemoryTransaction): MemoryTransaction => {
    begins.set(transaction, { catalog, at: scheduler.now(), notes: [] });
    return transaction;
  };
  return {
    begun,
    begin: () => begun(database.begin()),
    commit: (transaction: MemoryTransaction): void => {
      const begin = begins.get(transaction);
      if (begin && scheduler.now() - begin.at > transactionAgeMsMax) throw tooOld();
      if (begin?.catalog !== catalog) throw schemaConflict();
      if (faults.happens('commit conflict')) throw dataConflict();
      transaction.commit();
      for (const note of begin.notes.splice(0)) note();
    },
    changeCatalog: () => {
      catalog += 1;
    },
    onCommit: (transaction: MemoryTransaction, note: () => void): void => {
      begins.get(transaction)?.notes.push(note);
    },
  };
};

/**
 * DSQL as both Regions see it: one database under snapshot isolation, where the first to commit
 * wins. Each request and each answer takes its time on the way, is lost, or comes late.
 */
export const createCluster = (
  machine: Machine,
  regions: Regions,
  database: MemoryDatabase,
): SimulatedCluster => {
  const { scheduler, random, story } = machine;
  const { begin, begun, commit, changeCatalog, onCommit } = createTransactions(machine, database);

  const connect = (process: SimulatedProcess): MemoryDatabase => {
    const exchange = createExchange(machine, regions, process);
    return {
      begin: database.begin,
      open: (read) =>
        exchange(labels.begin, unavailable, (settle) =>
          attempt(() => {
            const transaction = begin();
            return { transaction, read: read(transaction) };
          }, settle),
        ),
      commit: (transaction) =>
        exchange(labels.commit, unknown, (settle) => attempt(() => commit(transaction), settle)),
      transact: <Result>(work: (transaction: MemoryTransaction) => Result) =>
        exchange<Result>(labels.statement, unknown, ({ resolve, resolveAtOnce, reject }) => {
          const { transaction, wrote } = watched(database.begin());
          begun(transaction);
          const afterWork = (result: Result): void => {
            if (!wrote()) {
              resolveAtOnce(result);
              return;
            }
            const finish = { resolve: () => resolve(result), reject };
            scheduler.after(random.between(0, insideMsMax), undefined, 'statement: COMMIT', () =>
              attempt(() => commit(transaction), finish),
            );
          };
          attempt(() => work(transaction), { resolve: afterWork, reject });
        }),
    };
  };

  return {
    database,
    connect,
    onCommit,
    changeCatalog: () => {
      changeCatalog();
      story.tell('A migration', 'changes the catalog');
    },
  };
};
