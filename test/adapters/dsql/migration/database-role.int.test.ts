import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  DsqlDialect,
  frameworkMigrations,
  grantDatabaseRole,
} from '../../../../src/adapters/dsql/index.ts';
import { idempotencyStoreContract } from '../../../../src/testing/contracts/idempotency/idempotency-store.ts';
import { outboxContract } from '../../../../src/testing/contracts/outbox/outbox-contract.ts';
import { unitOfWorkContract } from '../../../../src/testing/contracts/unit-of-work/unit-of-work.ts';
import { briefOutboxCases } from '../../../contracts/outbox-brief.ts';
import { casesNamed, describeSuite } from '../../../contracts/suite.ts';
import { counterMigrations, counterSchema } from '../../../support/counter.ts';
import { dsqlCounterSubject } from '../../../support/counter-subject.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../../support/dsql-adapter.ts';
import { dsqlOutboxSubject } from '../../../support/dsql-outbox.ts';
import { advanceRecords } from '../../../support/record-clock.ts';

/** Two services in one cluster, each with its schema and its role. */
const services = [
  { schema: counterSchema, role: 'counting_app' },
  { schema: 'billing', role: 'billing_app' },
] as const;
type Service = (typeof services)[number];

const migrationsOf = ({ schema }: Service) => [
  ...frameworkMigrations(schema),
  ...(schema === counterSchema ? counterMigrations : []),
  {
    id: 'things',
    ddl: `CREATE TABLE IF NOT EXISTS ${schema}.things (id text PRIMARY KEY, at timestamptz)`,
  },
  {
    id: 'things-by-time',
    ddl: `CREATE INDEX ASYNC IF NOT EXISTS things_by_time ON ${schema}.things (at)`,
  },
  {
    id: 'all-things',
    ddl: `CREATE OR REPLACE VIEW ${schema}.all_things AS SELECT * FROM ${schema}.things`,
  },
  { id: 'numbers', ddl: `CREATE SEQUENCE IF NOT EXISTS ${schema}.numbers CACHE 1` },
];

const journals = [
  ...['migration', 'migration_lock', 'migration_statement'],
  ...['kysely_migration', 'kysely_migration_lock', 'kysely_migration_lock_lease'],
];
const ownTables = ['things', 'idempotency', 'inbox', 'outbox', 'outbox_lane'];

let dsql: TestDsql;
let admin: ConnectionPool;
let superuser: pg.Client;
const clients = new Map<string, pg.Client>();
const pools = new Map<string, readonly ConnectionPool[]>();

beforeAll(async () => {
  dsql = await testDsql();
  admin = poolOf(dsql);
  superuser = await dsql.superuserConnection();
  for (const service of services) await deploy(service);
  for (const { role } of services) {
    clients.set(role, await dsql.connectionAs(role));
    const at = [dsql, dsql.peer];
    pools.set(
      role,
      Array.from({ length: 8 }, (_, index) =>
        poolOf(dsql, { user: role, ...(index % 2 === 0 ? {} : { at: at[1] ?? dsql }) }),
      ),
    );
  }
});

afterAll(async () => {
  await Promise.all([admin, ...[...pools.values()].flat()].map((pool) => pool.close()));
  await dsql.stop();
});

const grant = ({ role, schema }: Service) =>
  grantDatabaseRole(
    admin,
    newRetrier(),
    { role, schema, iamRoleArns: [dsql.principalArn] },
    Date.now() + 20_000,
  );

/** Leaves behind what `kysely-ctl` does. */
const migrateWithKysely = async (schema: string): Promise<void> => {
  const db = new Kysely<unknown>({ dialect: new DsqlDialect({ connections: admin }) });
  const provider = { getMigrations: async () => ({ nothing: { up: async () => undefined } }) };
  const { error } = await new Migrator({
    db,
    provider,
    migrationTableSchema: schema,
  }).migrateToLatest();
  if (error !== undefined) throw error;
};

/** The steps of a deployment, of a service that has used both migrators. */
const deploy = async (service: Service): Promise<void> => {
  const { schema } = service;
  await migrate(admin, schema, migrationsOf(service));
  await migrateWithKysely(schema);
  await grant(service);
  await superuser.query(`INSERT INTO ${schema}.things VALUES ('a', now())`);
};

const clientOf = ({ role }: Service): pg.Client => {
  const client = clients.get(role);
  if (!client) throw new Error(`no client of ${role}`);
  return client;
};

/** Everything that a role could have changed: what there is, who may do what, and how many rows. */
const world = async () => {
  const { rows } = await superuser.query<{ line: string }>(`
    SELECT concat_ws(' ', 'schema', nspname, nspowner::regrole, nspacl) AS line FROM pg_namespace
      WHERE nspname !~ '^pg_toast'
    UNION ALL SELECT concat_ws(' ', 'relation', c.oid::regclass, relkind, relowner::regrole, relacl,
        (SELECT string_agg(attname || coalesce(attacl::text, ''), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid))
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^(pg_(?!antipode)|information_schema)'
    UNION ALL SELECT concat_ws(' ', 'function', p.oid::regprocedure, proowner::regrole, proacl) FROM pg_proc p
      JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname !~ '^(pg_(?!antipode)|information_schema)'
    UNION ALL SELECT concat_ws(' ', 'type', t.oid::regtype, typacl) FROM pg_type t WHERE typtype = 'd'
    UNION ALL SELECT concat_ws(' ', 'role', rolname, rolsuper, rolcreaterole, rolcreatedb, rolinherit) FROM pg_roles
    UNION ALL SELECT concat_ws(' ', 'member', roleid::regrole, member::regrole) FROM pg_auth_members
    UNION ALL SELECT concat_ws(' ', 'comment', objoid, description) FROM pg_description WHERE objoid >= 16384
    UNION ALL SELECT concat_ws(' ', 'mapping', arn, pg_role_oid::regrole) FROM pg_antipode.iam_mapping
    UNION ALL SELECT concat_ws(' ', 'job', job_id, status) FROM sys.jobs`);
  const lines = rows.map(({ line }) => line);
  for (const { schema } of services) {
    for (const table of [...ownTables, ...journals]) {
      const counted = await superuser.query(`SELECT count(*) FROM ${schema}.${table}`);
      lines.push(`rows ${schema}.${table} ${counted.rows[0].count}`);
    }
  }
  return lines.toSorted();
};

/**
 * DDL of every kind, against one's own schema, against the other one, and against what belongs to
 * nobody.
 */
const ddlAgainst = (schema: string): readonly string[] => [
  `CREATE TABLE ${schema}.mine (id int PRIMARY KEY)`,
  `ALTER TABLE ${schema}.things ADD COLUMN extra text`,
  `ALTER TABLE ${schema}.things DROP COLUMN at`,
  `ALTER TABLE ${schema}.things RENAME TO others`,
  `ALTER TABLE ${schema}.things ADD CONSTRAINT at_known CHECK (at IS NOT NULL) NOT VALID`,
  `ALTER TABLE ${schema}.things SET SCHEMA public`,
  `DROP TABLE ${schema}.things`,
  `TRUNCATE ${schema}.things`,
  `CREATE INDEX ASYNC mine ON ${schema}.things (at)`,
  `DROP INDEX ${schema}.things_by_time`,
  `CREATE VIEW ${schema}.mine AS SELECT 1 AS one`,
  `CREATE OR REPLACE VIEW ${schema}.all_things AS SELECT id, at FROM ${schema}.things`,
  `DROP VIEW ${schema}.all_things`,
  `CREATE SEQUENCE ${schema}.mine CACHE 1`,
  `DROP SEQUENCE ${schema}.numbers`,
  `CREATE DOMAIN ${schema}.mine AS text`,
  `CREATE FUNCTION ${schema}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  `COMMENT ON TABLE ${schema}.things IS 'mine'`,
  `ALTER SCHEMA ${schema} RENAME TO mine`,
  `DROP SCHEMA ${schema} CASCADE`,
];

const ddlOf = (self: Service, other: Service): readonly string[] => [
  ...ddlAgainst(self.schema),
  ...ddlAgainst(other.schema),
  'CREATE SCHEMA mine',
  `CREATE SCHEMA mine AUTHORIZATION ${self.role}`,
  'CREATE TABLE public.mine (id int PRIMARY KEY)',
  'CREATE TABLE mine (id int PRIMARY KEY)',
  'CREATE VIEW public.mine AS SELECT 1 AS one',
  "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  'CREATE SEQUENCE public.mine CACHE 1',
  'CREATE TEMP TABLE mine (id int)',
  'CREATE TABLE sys.mine (id int PRIMARY KEY)',
  'CREATE ROLE mine WITH LOGIN',
  'CREATE DATABASE mine',
  `ALTER ROLE ${self.role} CREATEROLE`,
  `ALTER ROLE ${other.role} NOLOGIN`,
  `DROP ROLE ${other.role}`,
  `GRANT ${other.role} TO ${self.role}`,
  `GRANT admin TO ${self.role}`,
  `GRANT ALL ON SCHEMA ${other.schema} TO ${self.role}`,
  `GRANT SELECT ON ${other.schema}.things TO ${self.role}`,
  `GRANT SELECT ON ${self.schema}.migration TO ${self.role}`,
  `REVOKE ALL ON ${other.schema}.things FROM ${other.role}`,
  `ALTER DEFAULT PRIVILEGES FOR ROLE admin GRANT SELECT ON TABLES TO ${self.role}`,
  `AWS IAM GRANT ${self.role} TO 'arn:aws:iam::000000000000:role/mine'`,
  `AWS IAM REVOKE ${other.role} FROM 'arn:aws:iam::000000000000:role/test'`,
  'SET ROLE admin',
  `SET ROLE ${other.role}`,
  'SET SESSION AUTHORIZATION admin',
];

const accessTo = (schema: string, table: string): readonly string[] => [
  `SELECT * FROM ${schema}.${table}`,
  `SELECT count(*) FROM ${schema}.${table}`,
  `SELECT 1 FROM ${schema}.${table} FOR UPDATE`,
  `EXPLAIN SELECT * FROM ${schema}.${table}`,
  `WITH read AS (SELECT * FROM ${schema}.${table}) SELECT count(*) FROM read`,
  `INSERT INTO ${schema}.${table} SELECT * FROM ${schema}.${table}`,
  `DELETE FROM ${schema}.${table}`,
  `COPY ${schema}.${table} TO STDOUT`,
];

describe.each([
  [services[0], services[1]],
  [services[1], services[0]],
] as const)('the role of $schema', (self, other) => {
  /** The answer to each statement, after a check that none had an effect. */
  const refusalsOf = async (statements: readonly string[]) => {
    const before = await world();
    const answers: string[] = [];
    for (const sql of statements) {
      const code = await clientOf(self)
        .query(sql)
        .then(
          () => 'done',
          (error: { readonly code?: string }) => error.code ?? String(error),
        );
      answers.push(`${code} ${sql}`);
    }
    expect(await world()).toEqual(before);
    // Refused by PostgreSQL's rights, or by DSQL, which knows no such statement or has no such
    // setting.
    return answers.filter((answer) => !/^(42501|0A000) /.test(answer));
  };

  it('can run no DDL of any kind, in its own schema, in another one or in public', async () => {
    expect(await refusalsOf(ddlOf(self, other))).toEqual([]);
  });

  it('cannot grant its own rights to another role', async () => {
    // PostgreSQL answers with a warning, since there is nothing that could be granted.
    const before = await world();
    await clientOf(self)
      .query(`GRANT SELECT ON ${self.schema}.things TO ${other.role}`)
      .catch(() => undefined);
    await clientOf(self)
      .query(`GRANT USAGE ON SCHEMA ${self.schema} TO ${other.role}`)
      .catch(() => undefined);
    expect(await world()).toEqual(before);
  });

  it('can neither read nor write a table of another service', async () => {
    const tables = [...ownTables, 'all_things', ...journals];
    const statements = tables.flatMap((table) => accessTo(other.schema, table));
    const around = [
      `INSERT INTO ${self.schema}.things SELECT * FROM ${other.schema}.things`,
      `UPDATE ${other.schema}.things SET at = now()`,
      `UPDATE ${self.schema}.things SET at = (SELECT max(at) FROM ${other.schema}.things)`,
      `INSERT INTO ${other.schema}.outbox SELECT * FROM ${self.schema}.outbox`,
      `SELECT nextval('${other.schema}.numbers')`,
    ];
    expect(await refusalsOf([...statements, ...around])).toEqual([]);
  });

  it('can neither read nor write the journals of the migrations, not even its own', async () => {
    const { rows } = await superuser.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'",
      [self.schema],
    );
    const made = rows.map(({ name }) => name).filter((name) => name.includes('migration'));
    expect(made.toSorted()).toEqual(journals.toSorted());
    expect(await refusalsOf(journals.flatMap((table) => accessTo(self.schema, table)))).toEqual([]);
  });

  it('can write nothing in sys, and map no IAM role', async () => {
    const statements = [
      "INSERT INTO pg_antipode.iam_mapping (arn, pg_role_oid, grantor_pg_role_oid) VALUES ('x', 1, 1)",
      'DELETE FROM pg_antipode.iam_mapping',
      'DELETE FROM sys.jobs',
      `CALL pg_antipode.iam_grant('${self.role}', 'arn:aws:iam::000000000000:role/mine')`,
    ];
    expect(await refusalsOf(statements)).toEqual([]);
  });

  it('can read and write its own data, through a view and with a sequence too', async () => {
    const client = clientOf(self);
    const id = crypto.randomUUID();
    await client.query(`INSERT INTO ${self.schema}.things VALUES ($1, now())`, [id]);
    await client.query(`UPDATE ${self.schema}.things SET at = NULL WHERE id = $1`, [id]);
    const { rows } = await client.query(`SELECT at FROM ${self.schema}.all_things WHERE id = $1`, [
      id,
    ]);
    expect(rows).toEqual([{ at: null }]);
    await client.query(`DELETE FROM ${self.schema}.things WHERE id = $1`, [id]);
    const next = await client.query(`SELECT nextval('${self.schema}.numbers') > 0 AS ok`);
    expect(next.rows).toEqual([{ ok: true }]);
  });

  it('may use the table of a later migration when that has been deployed, and not before', async () => {
    const { schema } = self;
    const later = {
      id: 'later',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.later (id text PRIMARY KEY)`,
    };
    const read = () => clientOf(self).query(`SELECT * FROM ${schema}.later`);
    const mistaken = () => clients.get(other.role)?.query(`SELECT * FROM ${schema}.later`);
    // PostgreSQL lets every role say what happens to tables of its own; it has none.
    await clients
      .get(other.role)
      ?.query(
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${other.role}`,
      );
    await migrate(admin, schema, [...migrationsOf(self), later]);
    await expect(read()).rejects.toMatchObject({ code: '42501' });
    await grant(self);
    expect((await read()).rows).toEqual([]);
    await expect(mistaken()).rejects.toMatchObject({ code: '42501' });
  });
});

const [counting, billing] = services;
const countingPools = () => pools.get(counting.role) ?? [];
const [poolAt, schema] = [(index: number) => countingPools()[index] ?? admin, counting.schema];

describeSuite(
  "unit of work: DSQL, under a service's role",
  unitOfWorkContract(async () => dsqlCounterSubject(poolAt(0), poolAt(1))),
);

describeSuite(
  "outbox: DSQL, under a service's role",
  casesNamed(
    outboxContract(() => dsqlOutboxSubject(superuser, poolAt(0), countingPools())),
    briefOutboxCases,
  ),
);

describeSuite(
  "idempotency store: DSQL, under a service's role",
  idempotencyStoreContract(async () => {
    const storeOver = (pool: ConnectionPool) => createDsqlIdempotencyStore(pool, { schema });
    const [elsewhere = admin] = pools.get(billing.role) ?? [];
    return {
      store: storeOver(poolAt(0)),
      contenders: countingPools().map(storeOver),
      elsewhere: createDsqlIdempotencyStore(elsewhere, { schema: billing.schema }),
      advance: (ms) => advanceRecords(superuser, schema, ms),
    };
  }),
);

describe("the cleanup under a service's role", () => {
  it.each(['idempotency', 'inbox'] as const)('may delete from %s', async (kind) => {
    const records = createDsqlExpiredRecords(poolAt(0), { schema, inboxRetentionMs: 0 });
    const purge = { kind, shard: 0, rowsMax: 10, deadline: Date.now() + 10_000 };
    expect(await records.expired(purge.deadline)).toBeInstanceOf(Array);
    expect(await records.purge(purge)).toBeGreaterThanOrEqual(0);
  });
});
