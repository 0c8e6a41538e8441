import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import { type ConnectionPool, query, statement } from '../../src/adapters/dsql/index.ts';
import { begin, commit } from '../../src/adapters/dsql/transaction/transaction-control.ts';
import type { UnitOfWorkSubject } from '../../src/testing/contracts/unit-of-work/unit-of-work-subject.ts';
import { dsqlCounters, counterSchema as schema } from './counter.ts';
import { counterValue } from './counter-database.ts';
import { unitOfWorkOn } from './dsql-adapter.ts';

/** A pool that runs this before each COMMIT that does not travel with its BEGIN. */
export const beforeCommit = (pool: ConnectionPool, run: () => Promise<unknown>): ConnectionPool => {
  const delaying = (real: Connection): Connection => ({
    ...real,
    flight: async (statements, deadline) => {
      const isLast = statements.at(-1) === commit && statements[0] !== begin;
      if (isLast) await run();
      return real.flight(statements, deadline);
    },
  });
  return {
    ...pool,
    use: (work, ...limits) => pool.use((connection) => work(delaying(connection)), ...limits),
  };
};

const setCounter = (name: string, value: number) =>
  statement(
    `INSERT INTO ${schema}.counters (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    name,
    value,
  );

/** Units of work of two processes, each with a pool of its own. */
export const dsqlCounterSubject = (
  first: ConnectionPool,
  second: ConnectionPool,
): UnitOfWorkSubject => ({
  ...unitOfWorkOn(first, dsqlCounters, schema),
  other: unitOfWorkOn(second, dsqlCounters, schema).unitOfWork,
  overtaken: (counter, times) => {
    let left = times;
    const overtake = async (): Promise<void> => {
      if (left > 0) await query(second, setCounter(counter, 100), { writes: true });
      left -= 1;
    };
    return unitOfWorkOn(beforeCommit(first, overtake), dsqlCounters, schema).unitOfWork;
  },
  value: (name) => counterValue(second, name),
});
