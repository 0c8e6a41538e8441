import { randomUUID } from 'node:crypto';
import type { Connection } from '../../adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
} from '../../adapters/dsql/index.ts';
import { begin, commit } from '../../adapters/dsql/transaction/transaction-control.ts';
import { createMemoryMetrics } from '../../adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../adapters/system/index.ts';
import {
  accept,
  createRetrier,
  type Json,
  type Outcome,
  refuse,
  type UnitOfWork,
} from '../../domain/kernel/index.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';

/** Time of one piece of work, in milliseconds. */
const workMsMax = 10_000;

const frame = () => ({
  once: { kind: 'command', key: randomUUID(), fingerprint: '' } as const,
  envelop: (): never => {
    throw new Error('A contract of a repository emits no events');
  },
  deadline: Date.now() + workMsMax,
});

/** A pool that runs this before the first COMMIT of a transaction that has read. */
const beforeCommit = (pool: ConnectionPool, run: () => Promise<unknown>): ConnectionPool => {
  let hasRun = false;
  const delaying = (real: Connection): Connection => ({
    ...real,
    flight: async (statements, deadline) => {
      if (!hasRun && statements.at(-1) === commit && statements[0] !== begin) {
        hasRun = true;
        await run();
      }
      return real.flight(statements, deadline);
    },
  });
  return {
    ...pool,
    use: (work, ...limits) => pool.use((connection) => work(delaying(connection)), ...limits),
  };
};

/** The work of a contract on a repository, by a unit of work, as commands do it. */
export const repositoryWork = <Query, State, Rows extends readonly unknown[]>(
  { connections, schema }: Pick<TestDatabaseRegion, 'connections' | 'schema'>,
  repository: DsqlRepository<Query, State, Rows>,
) => {
  const unitOfWorkOn = (pool: ConnectionPool): UnitOfWork<Query, State> =>
    createDsqlUnitOfWork({
      ...{ connections: pool, repository, records: createIdempotencyRecords(schema) },
      outboxInsert: () => [],
      retrier: createRetrier({
        ...{ clock: systemClock, random: systemRandom, metrics: createMemoryMetrics() },
      }),
    });
  const unitOfWork = unitOfWorkOn(connections);

  const trySave = (state: State): Promise<Outcome<Json>> =>
    unitOfWork.execute({
      ...frame(),
      load: null,
      decide: () => accept({ state, events: [], result: null }),
    });

  const save = async (state: State): Promise<void> => {
    const outcome = await trySave(state);
    if (outcome.status === 'committed') return;
    const code = outcome.status === 'refused' ? outcome.refusal.code : outcome.status;
    throw new Error(`The repository has not saved a state: ${code}`);
  };

  const load = async (query: Query): Promise<State> => {
    const loaded: State[] = [];
    await unitOfWork.execute<Json>({
      ...frame(),
      load: query,
      decide: (state) => {
        loaded.push(state);
        return refuse('Looked', 'Nothing is to be saved');
      },
    });
    return loaded[0] as State;
  };

  /**
   * Saves what it has loaded, while another process saves `meanwhile`; the states that it has
   * decided on.
   */
  const saveLoaded = async (query: Query, meanwhile?: State): Promise<readonly State[]> => {
    const decidedOn: State[] = [];
    const pool =
      meanwhile === undefined ? connections : beforeCommit(connections, () => save(meanwhile));
    const outcome = await unitOfWorkOn(pool).execute<Json>({
      ...frame(),
      load: query,
      decide: (state) => {
        decidedOn.push(state);
        return accept({ state, events: [], result: null });
      },
    });
    if (outcome.status === 'committed') return decidedOn;
    throw new Error(`The repository has not saved the state that it has loaded: ${outcome.status}`);
  };

  return { trySave, save, load, saveLoaded };
};
