import { randomUUID } from 'node:crypto';
import { connect } from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import {
  type ConnectionPool,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
  frameworkMigrations,
  statement,
} from '../../src/adapters/dsql/index.ts';
import { systemClock, systemRandom } from '../../src/adapters/system/index.ts';
import { accept, type Retrier, type UnitOfWork } from '../../src/domain/kernel/index.ts';
import { type BenchServer, connectPg, targetOf } from '../support/server.ts';
import type { Policy } from './policies.ts';
import { createTally, type Score } from './score.ts';

/** Long enough for the machine not to be what limits 32 clients; milliseconds. */
export const measuredDelays = { roundTripMs: 15, commitMs: 10 } as const;

const schema = 'bench';
/**
 * Clients that begin together say nothing of contention: the first attempts are left out.
 * Milliseconds.
 */
const settleMs = 1_000;
/** A Lambda's patience with a command here. */
const commandMsMax = 10_000;

const environment = { clock: systemClock, random: systemRandom };

type Counter = { readonly id: number; readonly value: number };

const repository: DsqlRepository<number, readonly Counter[]> = {
  empty: [],
  load: (id) => [statement(`SELECT id, value FROM ${schema}.counter WHERE id = $1`, id)],
  toState: ([rows = []]) => rows.map(({ id, value }) => ({ id: Number(id), value: Number(value) })),
  save: (counters) =>
    counters.map(({ id, value }) =>
      statement(`UPDATE ${schema}.counter SET value = $2 WHERE id = $1`, id, value),
    ),
};

/** Makes the counters that the clients add to, from 0 on. */
export const createCounters = async (server: BenchServer, count: number): Promise<void> => {
  const admin = await connectPg(server.dsql);
  await admin.query(`CREATE SCHEMA ${schema}`);
  for (const { ddl } of frameworkMigrations(schema)) await admin.query(ddl);
  await admin.query(`CREATE TABLE ${schema}.counter (id int PRIMARY KEY, value bigint NOT NULL)`);
  await admin.end();
  await server.superuser.query(
    `INSERT INTO ${schema}.counter SELECT id, 0 FROM generate_series(0, ${count - 1}) AS id`,
  );
};

const openPool = async ({ dsql }: BenchServer): Promise<ConnectionPool> => {
  const target = { ...targetOf(dsql), ca: dsql.ca };
  const pool = createConnectionPool(
    (deadline) => connect(target, { token: dsql.password }, deadline),
    environment,
  );
  await pool.warmUp();
  return pool;
};

const unitOfWorkOf = (
  connections: ConnectionPool,
  retrier: Retrier,
): UnitOfWork<number, readonly Counter[]> =>
  createDsqlUnitOfWork({
    ...{ connections, repository, retrier },
    records: createIdempotencyRecords(schema),
    outboxInsert: () => [],
  });

/** Adds one to a counter, whatever it takes. */
const addOne = (
  unitOfWork: UnitOfWork<number, readonly Counter[]>,
  id: number,
  onAttempt: () => void,
) =>
  unitOfWork.execute({
    once: { kind: 'command', key: randomUUID(), fingerprint: '' },
    load: id,
    decide: ([counter = { id, value: 0 }]) => {
      onAttempt();
      return accept({
        state: [{ id, value: counter.value + 1 }],
        events: [],
        result: null,
      });
    },
    envelop: () => {
      throw new Error('There are no events here');
    },
    deadline: Date.now() + commandMsMax,
  });

const sumOf = async ({ superuser }: BenchServer): Promise<number> => {
  const { rows } = await superuser.query<{ sum: string }>(
    `SELECT sum(value) AS sum FROM ${schema}.counter`,
  );
  return Number(rows[0]?.sum);
};

/** The time of one command that meets nobody, in milliseconds. */
export const measureAlone = async (server: BenchServer): Promise<number> => {
  const pool = await openPool(server);
  const unitOfWork = unitOfWorkOf(pool, { run: (attempt) => attempt(1) });
  const commands = 10;
  await addOne(unitOfWork, 0, () => undefined);
  const began = performance.now();
  for (let count = 0; count < commands; count += 1) {
    await addOne(unitOfWork, 0, () => undefined);
  }
  const alone = (performance.now() - began) / commands;
  await pool.close();
  return alone;
};

/**
 * Runs clients, each with a connection and a retrier of its own, that add to random counters as
 * long as `runMs`.
 *
 * @throws {Error} when the counters have not grown by what was committed
 */
export const measure = async (
  server: BenchServer,
  policy: Policy,
  clients: number,
  rowCount: number,
  runMs: number,
): Promise<Score> => {
  const pools = await Promise.all(Array.from({ length: clients }, () => openPool(server)));
  const before = await sumOf(server);
  const began = performance.now();
  let tally = createTally(clients);
  let committedBefore = 0;
  const restart = setTimeout(() => {
    committedBefore = tally.commits();
    tally = createTally(clients);
  }, settleMs);
  const live = async (pool: ConnectionPool, client: number): Promise<void> => {
    const unitOfWork = unitOfWorkOf(pool, policy.retrier(environment));
    while (performance.now() - began < settleMs + runMs) {
      const startedAt = performance.now();
      try {
        await addOne(unitOfWork, Math.floor(Math.random() * rowCount), () => tally.attempted());
        tally.committed(client, performance.now() - startedAt);
      } catch {
        tally.gaveUp();
      }
    }
  };
  await Promise.all(pools.map(live));
  clearTimeout(restart);
  const score = tally.score(performance.now() - began - settleMs);
  await Promise.all(pools.map((pool) => pool.close()));
  const grown = (await sumOf(server)) - before;
  const committed = committedBefore + tally.commits();
  if (grown !== committed) {
    throw new Error(`${policy.name}: ${committed} commits have added ${grown}`);
  }
  return score;
};
