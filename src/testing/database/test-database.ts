import { randomBytes, randomUUID } from 'node:crypto';
import { Kysely } from 'kysely';
import {
  type ConnectionPool,
  type ConnectionsOptions,
  createConnections,
  createMigrator,
  DsqlDialect,
  grantDatabaseRole,
} from '../../adapters/dsql/index.ts';
import { migrationsOf } from '../../adapters/dsql/migration/format/service-migrations.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../adapters/system/index.ts';
import { createRetrier, type DeclaredService } from '../../domain/kernel/index.ts';
import {
  type DsqlEndpoint,
  type LocalCertificate,
  loadLocalDsql,
  type Postgres,
} from './local-dsql.ts';
import { connectSuperuser, openPostgres } from './postgres-database.ts';
import { createTableReset } from './table-reset.ts';
import { createTimeShift } from './time-shift.ts';

/** One Region's way to a test database. */
export interface TestDatabaseRegion {
  /** Such as `us-east-1`. */
  readonly region: string;
  /** The schema of the service. */
  readonly schema: string;
  /**
   * Connections as the service's role, which may do what its functions may: no DDL, no other
   * schema.
   */
  readonly connections: ConnectionPool;
  /** Kysely on these connections. Its tables are those that the caller asks for. */
  readonly db: <Tables>() => Kysely<Tables>;
  /** The endpoint of the local DSQL: cut the Region off, end it, inject faults. */
  readonly endpoint: DsqlEndpoint;
  /** How another program connects. `user` is the service's role; `admin` may log in as well. */
  readonly options: ConnectionsOptions & Required<Pick<ConnectionsOptions, 'region' | 'ca'>>;
}

/** A local DSQL cluster of two Regions with the tables of a service. */
export interface TestDatabase {
  readonly primary: TestDatabaseRegion;
  readonly secondary: TestDatabaseRegion;
  /**
   * Gives each table of the service the rows that the migrations have left in it, in milliseconds.
   * Sequences go on.
   *
   * @throws {Error} when a transaction is still open after ten seconds
   */
  readonly reset: () => Promise<void>;
  /**
   * Lets so many milliseconds pass for outbox, inbox and idempotency records: they become older. So
   * grace, leases, waits and retentions end without a wait. It does not move the service's own
   * rows, nor `now` of an invocation.
   */
  readonly advance: (ms: number) => Promise<void>;
  /** Closes connections and endpoints and removes the data; safe to call twice. */
  readonly stop: () => Promise<void>;
}

/** Where a test database stands, if not in the default Regions over a PostgreSQL of its own. */
export type TestDatabaseOptions = {
  /** The two Regions; `us-east-1` and `us-west-2` unless given. */
  readonly regions?: readonly [primary: string, secondary: string];
  /**
   * URL of a PostgreSQL 16 that runs already, as its superuser: it gets a new database, which
   * `stop` removes. Absent: an embedded PostgreSQL is started, which takes two to three seconds.
   */
  readonly postgres?: string;
};

/**
 * Migrations of a fresh database take a second; a machine that does much else takes longer.
 * Milliseconds.
 */
const migrationMsMax = 120_000;

/** One schema is the service's; its tests may make others. */
const connectionsMax = 10;

const principalArn = 'arn:aws:iam::000000000000:role/test';

/** Keys of this database alone. */
const createKeys = () => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});

type Keys = ReturnType<typeof createKeys>;

const startEndpoint = async (
  region: string,
  postgres: Postgres,
  certificate: LocalCertificate,
  keys: Keys,
): Promise<DsqlEndpoint> => {
  const { startDsqlEndpoint } = await loadLocalDsql();
  return startDsqlEndpoint({
    region,
    clusterId: randomBytes(13).toString('hex'),
    port: 0,
    postgres,
    certificate,
    // An index is valid when its statement answers: no test waits for it.
    jobMs: 0,
    credentials: (id) => (id === keys.accessKeyId ? { ...keys, principalArn } : undefined),
  });
};

const regionOf = (
  { schema, role }: DeclaredService,
  region: string,
  endpoint: DsqlEndpoint,
  access: { readonly ca: string; readonly credentials: Keys },
): TestDatabaseRegion => {
  const { host, port } = endpoint;
  const options = { endpoint: `${host}:${port}`, region, user: role, ...access };
  const connections = createConnections({ ...options, size: connectionsMax }, 'startTestDatabase');
  const database = new Kysely<unknown>({ dialect: new DsqlDialect({ connections }) });
  const db = <Tables>() => database as unknown as Kysely<Tables>;
  return { region, schema, connections, db, endpoint, options };
};

/**
 * Migrates as a deployment does: the framework's tables, then the service's, then the rights of its
 * role.
 */
const migrate = async (
  service: DeclaredService,
  { options }: TestDatabaseRegion,
): Promise<void> => {
  const { schema, role } = service;
  const connections = createConnections(
    { ...options, user: 'admin', size: 1 },
    'startTestDatabase',
  );
  try {
    const deadline = Date.now() + migrationMsMax;
    const ports = { clock: systemClock, random: systemRandom };
    const retrier = createRetrier({ ...ports, metrics: createMemoryMetrics() });
    const migrations = await migrationsOf(service);
    const deps = { connections, retrier, schema, migrations, logger: createMemoryLogger() };
    await createMigrator({ ...deps, owner: randomUUID() }).run(deadline);
    const grant = { role, schema, iamRoleArns: [principalArn] };
    await grantDatabaseRole(connections, retrier, grant, deadline);
  } finally {
    await connections.close();
  }
};

type Stop = () => Promise<unknown>;

/** Ends all that was started, the last first, once. */
const createStop = (started: readonly Stop[]): (() => Promise<void>) => {
  const stopAll = async (): Promise<void> => {
    for (const stop of started.toReversed()) await stop();
  };
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stopAll();
    return stopped;
  };
};

/**
 * Starts a local DSQL in two Regions in this process, with the framework's tables and those of a
 * service. It needs the package `antipode-local-dsql`, and neither Docker nor AWS. Everything ends
 * with the process, however that ends.
 *
 * @throws {InvalidInput} for migrations that DSQL refuses, one line each
 * @throws {InvariantViolation} when `antipode-local-dsql` is not installed
 * @example
 * let database: TestDatabase;
 * beforeAll(async () => {
 *   database = await startTestDatabase(booking);
 * }, 60_000);
 * beforeEach(() => database.reset());
 * afterAll(() => database.stop());
 */
export const startTestDatabase = async (
  service: DeclaredService,
  { regions = ['us-east-1', 'us-west-2'], postgres: url }: TestDatabaseOptions = {},
): Promise<TestDatabase> => {
  const { createLocalCertificate } = await loadLocalDsql();
  const started: Stop[] = [];
  const stop = createStop(started);
  try {
    const postgres = await openPostgres(url, service.role);
    started.push(postgres.stop);
    const certificate = createLocalCertificate(regions);
    const keys = createKeys();
    const open = async (name: string): Promise<TestDatabaseRegion> => {
      const endpoint = await startEndpoint(name, postgres, certificate, keys);
      started.push(endpoint.stop);
      const access = { ca: certificate.ca, credentials: keys };
      const region = regionOf(service, name, endpoint, access);
      started.push(region.connections.close);
      return region;
    };
    const [primary, secondary] = [await open(regions[0]), await open(regions[1])];
    await migrate(service, primary);
    const client = await connectSuperuser(postgres);
    started.push(() => client.end());
    const reset = await createTableReset(client, service.schema);
    const advance = await createTimeShift(client, service.schema);
    return { primary, secondary, reset, advance, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
