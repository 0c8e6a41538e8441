import type {
  ReadTransaction,
  Statement,
  Transaction,
  TransactionOptions,
  Transactions,
} from '../../../src/adapters/dsql/index.ts';
import type { Wrong } from '../suite.ts';
import type { TransactionsSubject } from '../transactions.ts';

type Job = (tx: Transaction) => Promise<unknown>;
type Run = (work: Job, options?: TransactionOptions) => Promise<unknown>;

const running =
  (wrap: (real: Run, right: TransactionsSubject) => Run): Wrong<TransactionsSubject>['apply'] =>
  (right) => ({
    ...right,
    transactions: { run: wrap(right.transactions.run as Run, right) } as Transactions,
  });

/** Puts something around the transaction that the work is given. */
const giving = (change: (tx: Transaction, right: TransactionsSubject) => Transaction) =>
  running((run, right) => (work, options) => run((tx) => work(change(tx, right)), options));

const withOptions = (change: (options: TransactionOptions) => TransactionOptions) =>
  running((run) => (work, options) => run(work, options && change(options)));

const textOf = (one: unknown): Statement => one as Statement;

const misplaced = /^\s*(BEGIN|COMMIT|ROLLBACK|CREATE|DROP|GRANT)\b/i;

const known = ['deadline', 'keyed', 'onRetry', 'readOnly', 'signal'];

/** Does what it is told later, or never. */
const idle: Transaction = { attempt: 1, read: async () => [], write: () => undefined };

const never = (): Promise<never> => new Promise(() => undefined);

/** Keeps all writes until the work has ended, and sends them in this order. */
const writingLate = (order: (writes: readonly (() => void)[]) => readonly (() => void)[]) =>
  running(
    (run) => (work, options) =>
      run(async (tx) => {
        const writes: (() => void)[] = [];
        const write: Transaction['write'] = (...given) => {
          writes.push(() => tx.write(...given));
        };
        const answer = await work({ ...tx, write });
        for (const send of order(writes)) send();
        return answer;
      }, options),
  );

/** Keeps writes until the next read or the end of the work. */
const writingBeforeReads = running(
  (run) => (work, options) =>
    run(async (tx) => {
      const writes: (() => void)[] = [];
      const sendAll = (): void => {
        for (const send of writes.splice(0)) send();
      };
      const read: Transaction['read'] = (one) => {
        sendAll();
        return tx.read(one);
      };
      const write: Transaction['write'] = (...given) => {
        writes.push(() => tx.write(...given));
      };
      const answer = await work({ ...tx, read, write });
      sendAll();
      return answer;
    }, options),
);

/** Transactions that the contract must refuse. */
export const wrongTransactions: readonly Wrong<TransactionsSubject>[] = [
  {
    fault: 'commits what was written by work that throws',
    caughtBy: 'undoes everything when the work throws, and passes its error on',
    apply: running((run) => async (work, options) => {
      let failed: { readonly error: unknown } | undefined;
      const answer = await run(async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          failed = { error };
          return undefined;
        }
      }, options);
      if (failed) throw failed.error;
      return answer;
    }),
  },
  {
    fault: 'throws an error of its own for that of the work',
    caughtBy: 'undoes everything when the work throws, and passes its error on',
    apply: running((run) => async (work, options) => {
      try {
        return await run(work, options);
      } catch (cause) {
        throw new Error('The transaction has failed', { cause });
      }
    }),
  },
  {
    fault: 'commits each statement by itself',
    caughtBy: 'undoes everything when the work throws, and passes its error on',
    apply: running((run) => async (work) => {
      let before: Promise<unknown> = Promise.resolve();
      const next = <T>(job: (tx: Transaction) => Promise<T>): Promise<T> => {
        const done = before.then(() => run(job) as Promise<T>);
        before = done.catch(() => undefined);
        return done;
      };
      const tx = {
        attempt: 1,
        read: (one: Statement) => next((own) => own.read(one)),
        write: (one: Statement) => {
          void next(async (own) => own.write(one)).catch(() => undefined);
        },
      };
      try {
        return await work(tx as unknown as Transaction);
      } finally {
        await before;
      }
    }),
  },
  {
    fault: 'forgets what the work returns',
    caughtBy: 'commits what the work writes, and answers what it returns',
    apply: running((run) => async (work, options) => {
      await run(work, options);
      return undefined;
    }),
  },
  {
    fault: 'drops the last write',
    caughtBy: 'commits what the work writes, and answers what it returns',
    apply: writingLate((writes) => writes.slice(0, -1)),
  },
  {
    fault: 'writes in another order than it was told',
    caughtBy: 'commits what the work writes, and answers what it returns',
    apply: writingLate((writes) => writes.toReversed()),
  },
  {
    fault: 'writes at its end only',
    caughtBy: 'reads what is queued before, and not what comes after',
    apply: writingLate((writes) => writes),
  },
  {
    fault: 'reads behind the writes that come after it',
    caughtBy: 'reads what is queued before, and not what comes after',
    apply: giving((tx) => ({
      ...tx,
      read: async (one) => {
        await undefined;
        return tx.read(one);
      },
    })),
  },
  {
    fault: 'reads outside of its transaction',
    caughtBy: 'reads what is queued before, and not what comes after',
    apply: giving((tx, { other }) => ({
      ...tx,
      read: (one) => other.run((own) => own.read(one), { readOnly: true }),
    })),
  },
  {
    fault: 'runs one attempt only',
    caughtBy:
      'runs again from BEGIN after a conflict, with fresh reads, and says which attempt it is',
    apply: giving((tx) => {
      if (tx.attempt > 1) throw new Error('There is no second attempt');
      return tx;
    }),
  },
  {
    fault: 'takes each attempt for the first',
    caughtBy: 'tells a key that exists from one that has just come to exist: it tries twice',
    apply: giving((tx) => ({ ...tx, attempt: 1 })),
  },
  {
    fault: 'answers the reads of an earlier attempt',
    caughtBy:
      'runs again from BEGIN after a conflict, with fresh reads, and says which attempt it is',
    apply: running((run) => (work, options) => {
      const answers = new Map<string, unknown>();
      return run((tx) => {
        const read = async (one: Statement) => {
          const name = JSON.stringify([one.sql, one.parameters]);
          const answer = answers.get(name) ?? (await tx.read(one));
          answers.set(name, answer);
          return answer;
        };
        return work({ ...tx, read: read as Transaction['read'] });
      }, options);
    }),
  },
  {
    fault: 'tells nobody that it runs again',
    caughtBy: 'tells of each attempt that it runs again',
    apply: withOptions(({ onRetry: _, ...options }) => options),
  },
  {
    fault: 'does not prove what was read FOR UPDATE',
    caughtBy: 'proves at COMMIT what was read FOR UPDATE, also when it writes nothing',
    apply: giving((tx) => ({
      ...tx,
      read: ((one: Statement) =>
        tx.read({
          ...one,
          sql: textOf(one).sql.replace(' FOR UPDATE', ''),
        })) as Transaction['read'],
    })),
  },
  {
    fault: 'forgets a read that nobody awaits',
    caughtBy: 'waits for a read that nobody awaits, and commits',
    apply: giving((tx) => ({
      ...tx,
      read: async (one) => {
        await new Promise((resolve) => setImmediate(resolve));
        return tx.read(one).catch(never);
      },
    })),
  },
  {
    fault: 'can be used after its end, without effect',
    caughtBy: 'cannot be used after its end',
    apply: running(
      (run) => (work, options) =>
        run(async (tx) => {
          let hasEnded = false;
          const now = (): Transaction => (hasEnded ? idle : tx);
          try {
            return await work({
              attempt: tx.attempt,
              read: (one) => now().read(one),
              write: (...write) => now().write(...write),
            });
          } finally {
            hasEnded = true;
          }
        }, options),
    ),
  },
  {
    fault: 'sends what changes after it was queued',
    caughtBy: 'sends each parameter as it was when it was queued',
    apply: writingBeforeReads,
  },
  {
    fault: 'writes where it was told to read only',
    caughtBy: 'writes nothing when it only reads',
    apply: withOptions(({ readOnly: _, ...options }) => options),
  },
  {
    fault: 'reads another snapshot each time when it only reads',
    caughtBy: 'reads one snapshot when it only reads, and never conflicts',
    apply: running((run) => async (work, options) => {
      if (!options?.readOnly) return run(work, options);
      const tx: ReadTransaction = {
        attempt: 1,
        read: ((one: Statement) => run((own) => own.read(one), options)) as ReadTransaction['read'],
      };
      return work(tx as Transaction);
    }),
  },
  {
    fault: 'leaves out what it should refuse',
    caughtBy: 'refuses what does not belong into it before it is sent: begin',
    apply: giving((tx) => ({
      ...tx,
      read: (one) => (misplaced.test(textOf(one).sql) ? Promise.resolve([]) : tx.read(one)),
      write: (one, options) => {
        if (!misplaced.test(textOf(one).sql)) tx.write(one, options);
      },
    })),
  },
  {
    fault: 'does not count the rows that it is told',
    caughtBy: 'refuses more rows than DSQL takes before it sends them',
    apply: giving((tx) => ({ ...tx, write: (one) => tx.write(one) })),
  },
  {
    fault: 'takes options that it does not know',
    caughtBy: 'refuses an unknown option before it begins, in one line',
    apply: withOptions(
      (options) =>
        Object.fromEntries(
          Object.entries(options).filter(([name]) => known.includes(name)),
        ) as TransactionOptions,
    ),
  },
  {
    fault: 'begins the work before it looks at its options',
    caughtBy: 'refuses options that are null before it begins, in one line',
    apply: running((run) => async (work, options) => {
      await work(idle);
      return run(work, options);
    }),
  },
  {
    fault: 'ignores its signal',
    caughtBy: 'begins nothing that is aborted, and commits nothing that is aborted while it works',
    apply: withOptions(({ signal: _, ...options }) => options),
  },
  {
    fault: 'ignores its deadline',
    caughtBy: 'commits nothing after its deadline',
    apply: withOptions(({ deadline: _, ...options }) => options),
  },
];
