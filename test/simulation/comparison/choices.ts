import type {
  MemoryDatabase,
  MemoryRepository,
  MemoryTransaction,
} from '../../../src/adapters/memory/index.ts';
import { Conflict } from '../../../src/domain/kernel/index.ts';
import { type CounterQuery, type CounterState, memoryRepository } from './counters.ts';
import type { Played } from './play.ts';

/** The answer that the local DSQL has given to a request of the model that is under way. */
export type KnownAnswer = () => string | undefined;

/** Follows the requests of the model, to find the answer of the local DSQL to each. */
export const followAnswers = ({ answers, landings }: Pick<Played, 'answers' | 'landings'>) => {
  const counts: number[] = [];
  let landed = 0;
  let isLanding = false;
  let sender: number | undefined;
  return {
    /** A client sends a request. */
    send: (client: number): void => {
      sender = client;
    },
    answered: (client: number): void => {
      counts[client] = (counts[client] ?? 0) + 1;
      sender = undefined;
    },
    /** A late request lands. */
    land: (): void => {
      isLanding = true;
    },
    hasLanded: (): void => {
      landed += 1;
      isLanding = false;
    },
    known: (): string | undefined => {
      if (isLanding) return landings[landed];
      return sender === undefined ? undefined : answers[sender]?.[counts[sender] ?? 0];
    },
  };
};

/**
 * A transaction that violates a constraint, and that has also been overtaken, may end in either
 * way: DSQL reports a conflict at COMMIT, or at a statement before. The model ends with the
 * violation, or with `commit conflict`.
 */
export const choosingViolations = (
  known: KnownAnswer,
  refuseCommit: () => void,
): MemoryRepository<CounterQuery, CounterState> & { readonly beforeCommit: () => void } => {
  let isViolated = false;
  const beforeCommit = (): void => {
    if (isViolated && known() === 'OC000') refuseCommit();
    isViolated = false;
  };
  return {
    ...memoryRepository,
    save: (transaction, state) => {
      const refusal = memoryRepository.save(transaction, state);
      isViolated = refusal !== undefined;
      // Work in one request saves when its COMMIT is under way.
      if (known() !== undefined) beforeCommit();
      return refusal;
    },
    beforeCommit,
  };
};

type Write = readonly [table: string, key: string, value: unknown];

const absent = undefined;

/**
 * The local DSQL lets a transaction insert a key that others have inserted and removed again since
 * its snapshot. DSQL judges by the key, and so does the model, which refuses it. Here the model may
 * follow the local DSQL: where it has committed, and the row was absent before and is absent now.
 */
export const allowingRemovedAgain = (
  database: MemoryDatabase,
  known: KnownAnswer,
): MemoryDatabase => {
  const begin = (): MemoryTransaction => {
    const transaction = database.begin();
    const snapshot = database.begin();
    const writes: Write[] = [];
    const commitAgain = (): boolean => {
      const now = database.begin();
      const isUnchanged = writes.every(
        ([table, key]) => snapshot.get(table, key) === now.get(table, key),
      );
      if (!isUnchanged) return false;
      for (const [table, key, value] of writes) {
        if (value === absent) now.remove(table, key);
        else now.put(table, key, value);
      }
      now.commit();
      return true;
    };
    return {
      ...transaction,
      put: (table, key, value) => {
        writes.push([table, key, value]);
        transaction.put(table, key, value);
      },
      remove: (table, key) => {
        writes.push([table, key, absent]);
        transaction.remove(table, key);
      },
      commit: () => {
        try {
          transaction.commit();
        } catch (error) {
          const mayCommit = error instanceof Conflict && known() === 'well';
          if (!mayCommit || !commitAgain()) throw error;
        }
      },
    };
  };
  return { ...database, begin };
};
