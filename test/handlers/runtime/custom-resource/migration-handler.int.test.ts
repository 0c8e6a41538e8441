import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createMigrator,
  frameworkMigrations,
  type Migration,
} from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import { systemClock as clock } from '../../../../src/adapters/system/index.ts';
import { createInvokedMigration } from '../../../../src/handlers/runtime/custom-resource/invoked-migration.ts';
import {
  type CustomResourceEvent,
  createMigrationHandler,
} from '../../../../src/handlers/runtime/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../../support/dsql-adapter.ts';
import { lambdaContext } from '../../../support/lambda.ts';

const schema = 'orders';
const stackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/orders/1a2b';
const migrations: readonly Migration[] = [
  ...frameworkMigrations(schema),
  { id: 'things', ddl: `CREATE TABLE ${schema}.things (id text PRIMARY KEY, n int)` },
  { id: 'things-n', ddl: `CREATE INDEX ASYNC things_n ON ${schema}.things (n)` },
];

let dsql: TestDsql;
let connections: ConnectionPool;
let postgres: pg.Client;
let server: Server;
/** The answers to CloudFormation, each with the owner of the migrator's lease at that time. */
let answers: { readonly status: unknown; readonly reason: unknown; readonly leases: unknown }[];

beforeAll(async () => {
  dsql = await testDsql();
  connections = poolOf(dsql);
  postgres = await dsql.superuserConnection();
  server = createServer(async (request, response) => {
    const { Status: status, Reason: reason } = JSON.parse(await text(request));
    const { rows: leases } = await postgres
      .query(`SELECT owner FROM ${schema}.migration_lock`)
      .catch(() => ({ rows: [] }));
    answers.push({ status, reason, leases });
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  answers = [];
});
afterEach(async () => {
  await postgres.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
});
afterAll(async () => {
  server.close();
  await connections.close();
  await dsql.stop();
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const arn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

const event = (
  roles: readonly string[] = [],
  change: Partial<CustomResourceEvent> = {},
): CustomResourceEvent => ({
  RequestType: 'Update',
  ResponseURL: `${origin()}/`,
  StackId: stackId,
  RequestId: 'request',
  ResourceType: 'Custom::AntipodeMigration',
  LogicalResourceId: 'Migration',
  ResourceProperties: { DatabaseRole: 'orders_app', ClientRoleArns: roles.map(arn) },
  ...change,
});

const clientRoleNames = ['api', 'relay', 'new', 'other-region', 'stranger'];

const depsOf = (list = migrations) => {
  const retrier = newRetrier();
  const logger = createMemoryLogger();
  const migrator = createMigrator({
    ...{ connections, schema, migrations: list, owner: 'deployment', retrier, logger },
  });
  const trust = { stackId, responseOrigin: origin(), clientRoleNames };
  return { connections, retrier, migrator, schema, clock, logger, trust };
};

const handlerOf = (list = migrations, more: { readonly frameworkTables?: boolean } = {}) =>
  createMigrationHandler({ ...depsOf(list), ...more });

const mappedRoles = async (): Promise<readonly unknown[]> => {
  const { rows } = await postgres.query(
    `SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = 'orders_app' ORDER BY arn`,
  );
  return rows.map((row) => String(row.arn).split('/')[1]);
};

/**
 * An index that takes longer than the function has: as far as anybody can see, DSQL is still at
 * work.
 */
const buildForEver = async (): Promise<void> => {
  await migrate(connections, schema, migrations);
  await postgres.query(`DELETE FROM ${schema}.migration WHERE id = 'things-n'`);
  await postgres.query(
    `UPDATE ${schema}.migration_statement SET finished_at = NULL WHERE migration = 'things-n'`,
  );
  await postgres.query(`UPDATE sys.jobs SET status = 'processing'`);
  await postgres.query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${schema}.things_n'::regclass`,
  );
};

it('has given the lease back when it says that there was not time enough, and may be sent again', async () => {
  await buildForEver();
  const handler = handlerOf();
  await handler(event(), lambdaContext('first', 21_000));
  await postgres.query(`UPDATE sys.jobs SET status = 'completed'`);
  await postgres.query(
    `UPDATE pg_index SET indisvalid = true WHERE indexrelid = '${schema}.things_n'::regclass`,
  );
  await handler(event(), lambdaContext('second', 60_000));
  const reason = expect.stringMatching(/still being built \(processing\) and goes on/);
  expect(answers).toEqual([
    { status: 'FAILED', reason, leases: [] },
    { status: 'SUCCESS', reason: undefined, leases: [] },
  ]);
}, 120_000);

it('refuses what DSQL would refuse before anything is sent, once, with its place and what to write', async () => {
  const list = [...migrations, { id: 'wrong', ddl: 'CREATE TABLE a (id int);\nTRUNCATE a;' }];
  await handlerOf(list)(event(), lambdaContext('first', 60_000));
  expect(answers).toMatchObject([
    {
      status: 'FAILED',
      reason:
        'correct this migration: wrong:2: DSQL has no TRUNCATE: write DELETE, for less than 3,000 rows at a time',
    },
  ]);
  const { rows } = await postgres.query(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`);
  expect(rows).toEqual([]);
});

it('names a refusal of the database once, with its place', async () => {
  const list = [...migrations, { id: 'wrong', ddl: `INSERT INTO ${schema}.nothing VALUES (1)` }];
  await handlerOf(list)(event(), lambdaContext('first', 60_000));
  const reason = String(answers[0]?.reason);
  expect(reason).toMatch(/^correct this migration: wrong: .*42P01/);
  expect(reason.match(/42P01|does not exist/g)).toHaveLength(2);
  expect(reason.match(/INSERT INTO/g)).toHaveLength(1);
});

it("tells a service that lacks the framework's tables so, and lets nobody in", async () => {
  const own = migrations.filter(({ id }) => id.startsWith('things'));
  await handlerOf(own)(event(['api']), lambdaContext('first', 60_000));
  expect(answers).toMatchObject([
    {
      status: 'FAILED',
      reason:
        "The schema orders has no table idempotency, inbox, outbox, outbox_lane, ordered_events: begin the list of migrations with ...frameworkMigrations('orders')",
    },
  ]);
  expect(await mappedRoles()).toEqual([]);
  await handlerOf(own, { frameworkTables: false })(event(), lambdaContext('second', 60_000));
  expect(answers[1]).toMatchObject({ status: 'SUCCESS' });
});

it('lets out the roles that have left the list, and no others', async () => {
  const handler = handlerOf();
  await handler(event(['api', 'relay']), lambdaContext('first', 60_000));
  // The other Region's stack has roles of its own.
  await handler(event(['other-region']), lambdaContext('second', 60_000));
  const left = event(['api', 'new'], {
    OldResourceProperties: event(['api', 'relay']).ResourceProperties,
  });
  await handler(left, lambdaContext('third', 60_000));
  await handler(left, lambdaContext('again', 60_000));
  expect(answers.map(({ status }) => status)).toEqual(Array(4).fill('SUCCESS'));
  expect(await mappedRoles()).toEqual(['api', 'new', 'other-region']);
});

it('migrates and lets roles in and out where a tool invokes it, and answers with its input', async () => {
  const handler = createInvokedMigration(depsOf());
  const invokedFunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders-migrate';
  const context = { ...lambdaContext('first', 60_000), invokedFunctionArn };
  const before = event(['api', 'relay']).ResourceProperties;
  const now = event(['api', 'new']).ResourceProperties;
  const created = await handler({ ...before, tf: { action: 'create', prev_input: null } }, context);
  expect(created).toEqual({ Applied: migrations.length, Request: before });
  expect(await mappedRoles()).toContain('relay');
  const updated = await handler({ ...now, tf: { action: 'update', prev_input: before } }, context);
  expect(updated).toEqual({ Applied: 0, Request: now });
  expect(await mappedRoles()).not.toContain('relay');
});

it.each<[string, Partial<CustomResourceEvent>]>([
  ['another stack', { StackId: stackId.replace('orders', 'other') }],
  ['an answer that goes elsewhere', { ResponseURL: 'https://example.com/answer' }],
])('does nothing for a request of %s, and answers nobody', async (_, change) => {
  const refused = handlerOf()(event(['stranger'], change), lambdaContext('first', 60_000));
  await expect(refused).rejects.toThrow(/only the stack of this function|would not go to/);
  expect(answers).toEqual([]);
  const { rows } = await postgres.query(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`);
  expect(rows).toEqual([]);
});

it('lets in no role of another account', async () => {
  const ResourceProperties = {
    DatabaseRole: 'orders_app',
    ClientRoleArns: ['arn:aws:iam::999999999999:role/stranger'],
  };
  await handlerOf()(event([], { ResourceProperties }), lambdaContext('first', 60_000));
  expect(answers).toMatchObject([
    { status: 'FAILED', reason: expect.stringMatching(/of another account than the stack/) },
  ]);
});
