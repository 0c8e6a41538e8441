import {
  type Connection,
  type ConnectOptions,
  connect,
} from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import { createTokenSource } from '../../src/adapters/dsql/connection/token.ts';
import {
  type ConnectionPool,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  createMigrator,
  createTransactions,
  type DsqlRepository,
  type IdempotencyRecords,
  type Migration,
  type MigrationScript,
  type Transactions,
} from '../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../src/adapters/system/index.ts';
import { createRetrier } from '../../src/domain/kernel/index.ts';
import type { TestDsql, TestEndpoint } from './dsql.ts';

type AdapterOptions = {
  readonly at?: TestEndpoint;
  readonly user?: string;
  readonly size?: number;
  readonly serial?: boolean;
  readonly plainBegin?: boolean;
  /** Replaces the way that a connection is opened, to look at it or to break it. */
  readonly open?: (openReal: () => Promise<Connection>) => Promise<Connection>;
};

const random = systemRandom;
const clock = systemClock;

/** A connection pool as a function has it, to one Region's endpoint. */
export const poolOf = (
  dsql: TestEndpoint & Pick<TestDsql, 'ca' | 'credentials'>,
  options: AdapterOptions = {},
): ConnectionPool => {
  const { at = dsql, user = 'admin', size = 1, serial = false, plainBegin = false, open } = options;
  const { endpoint, region } = at;
  const target: ConnectOptions = { endpoint, region, user, ca: dsql.ca, serial, plainBegin };
  const tokens = createTokenSource(target, () => dsql.credentials);
  const openAt = (deadline: number) => {
    const openReal = () => connect(target, tokens, deadline);
    return open ? open(openReal) : openReal();
  };
  return createConnectionPool(openAt, { clock, random, size });
};

/** The settings with which a program connects as `admin`. */
export const adminOptions = ({
  endpoint,
  region,
  ca,
  credentials,
}: Pick<TestDsql, 'endpoint' | 'region' | 'ca' | 'credentials'>) => ({
  ...{ endpoint, region, ca, credentials },
  user: 'admin',
});

export const newRetrier = () => createRetrier({ clock, random, metrics: createMemoryMetrics() });

export const transactionsOn = (connections: ConnectionPool): Transactions =>
  createTransactions({ connections, retrier: newRetrier(), clock });

/** A unit of work and its outbox over a pool. */
export const unitOfWorkOn = <Query, State, Rows extends readonly unknown[]>(
  connections: ConnectionPool,
  repository: DsqlRepository<Query, State, Rows>,
  schema: string,
  records: IdempotencyRecords = createIdempotencyRecords(schema),
) => {
  const outbox = createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 });
  const unitOfWork = createDsqlUnitOfWork({
    connections,
    repository,
    records,
    outboxInsert: outbox.insert,
    retrier: newRetrier(),
  });
  return { unitOfWork, outbox };
};

/** Applies migrations as a deployment does; a minute must do. */
export const migrate = async (
  connections: ConnectionPool,
  schema: string,
  migrations: readonly (Migration | MigrationScript)[],
  owner = 'test',
): Promise<readonly string[]> => {
  const logger = createMemoryLogger();
  const deps = { connections, schema, migrations, owner, retrier: newRetrier(), logger };
  return createMigrator(deps).run(Date.now() + 60_000);
};
