import { connect } from '../../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../../src/adapters/dsql/connection/connection-pool.ts';
import { type ConnectionPool, createMigrator } from '../../../src/adapters/dsql/index.ts';
import { ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import {
  systemClock as clock,
  systemRandom as random,
} from '../../../src/adapters/system/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import { fillLedger } from '../../../test/support/ledger/fill-ledger.ts';
import { deployedMigrations } from '../../../test/support/ledger/migrations.ts';
import { fillFrameworkTables } from '../../../test/support/statements/fill-tables.ts';
import { type BenchServer, startServer, targetOf } from '../../support/server.ts';

/**
 * More dead events than a status counts in each of the sixteen parts: it does the same work at
 * every size.
 */
const deadRowsMin = 2_000;

/** The Region that all rows come from. */
export const region = 'us-east-1';

/** A migration of empty tables takes seconds. Milliseconds. */
const migrationMsMax = 120_000;

/** The ledger over tables of one size, on a server of its own. */
export type FilledService = {
  readonly rows: number;
  readonly server: BenchServer;
  readonly connections: ConnectionPool;
  readonly stop: () => Promise<void>;
};

const poolOn = ({ dsql }: BenchServer): ConnectionPool => {
  const target = { ...targetOf(dsql), ca: dsql.ca };
  const open = (deadline: number) => connect(target, { token: dsql.password }, deadline);
  return createConnectionPool(open, { size: 1, clock, random });
};

/**
 * Starts a server and fills the ledger's tables: so many transactions, accounts, records of
 * commands and of events, and events that wait in the outbox; half as many published ones, and a
 * tenth of dead ones, 2,000 at least.
 */
export const startFilledService = async (rows: number): Promise<FilledService> => {
  const server = await startServer();
  const connections = poolOn(server);
  await createMigrator({
    ...{ connections, schema, owner: 'bench', migrations: deployedMigrations },
    retrier: createRetrier({ clock, random, metrics: createMemoryMetrics() }),
    logger: createMemoryLogger(),
  }).run(Date.now() + migrationMsMax);
  await fillLedger(server.superuser, rows);
  await fillFrameworkTables(server.superuser, schema, region, {
    pending: rows,
    dead: Math.max(rows / 10, deadRowsMin),
    published: rows / 2,
    expired: rows / 2,
    inForce: rows / 2,
  });
  // A server tidies rows some time after they were written. It does so here before they are
  // measured.
  await server.superuser.query('VACUUM (ANALYZE)');
  await server.superuser.query('CHECKPOINT');
  return {
    rows,
    server,
    connections,
    stop: async () => {
      await connections.close();
      await server.stop();
    },
  };
};
