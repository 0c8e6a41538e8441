import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConnectionPool, createMigrator } from '../../../src/adapters/dsql/index.ts';
import { processClock as clock } from '../../../src/adapters/dsql/process.ts';
import { createMemoryLogger } from '../../../src/adapters/memory/index.ts';
import { createMigrationHandler } from '../../../src/handlers/runtime/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../support/dsql-adapter.ts';
import { lambdaContext } from '../../support/lambda.ts';

const schema = 'orders';
const migrations = [
  { id: 'things', ddl: `CREATE TABLE ${schema}.things (id text PRIMARY KEY, n int)` },
  { id: 'things-n', ddl: `CREATE INDEX ASYNC things_n ON ${schema}.things (n)` },
];

let dsql: TestDsql;
let connections: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  connections = poolOf(dsql);
});
afterAll(async () => {
  await connections.close();
  await dsql.stop();
});

/** An index that takes longer than the function has: as far as anybody can see, DSQL is still at work. */
const buildForEver = async (postgres: pg.Client): Promise<void> => {
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
  const postgres = await dsql.superuserConnection();
  await buildForEver(postgres);
  const retrier = newRetrier();
  const logger = createMemoryLogger();
  const migrator = createMigrator({
    ...{ connections, schema, migrations, owner: 'deployment', retrier, logger },
  });
  const handler = createMigrationHandler({
    ...{ connections, retrier, migrator, schema, clock, logger },
  });
  const answers: { readonly status: unknown; readonly reason: unknown; leases: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const { Status: status, Reason: reason } = JSON.parse(await text(request));
    const { rows: leases } = await postgres.query(`SELECT owner FROM ${schema}.migration_lock`);
    answers.push({ status, reason, leases });
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const event = {
    RequestType: 'Update',
    ResponseURL: `http://127.0.0.1:${port}/`,
    StackId: 'stack',
    RequestId: 'request',
    ResourceType: 'Custom::AntipodeMigration',
    LogicalResourceId: 'Migration',
    ResourceProperties: { DatabaseRole: 'orders_app', ClientRoleArns: [] },
  } as const;
  await handler(event, lambdaContext('first', 21_000));
  await postgres.query(`UPDATE sys.jobs SET status = 'completed'`);
  await postgres.query(
    `UPDATE pg_index SET indisvalid = true WHERE indexrelid = '${schema}.things_n'::regclass`,
  );
  await handler(event, lambdaContext('second', 60_000));
  server.close();
  await postgres.end();
  const reason = expect.stringMatching(/still being built \(processing\) and goes on/);
  expect(answers).toEqual([
    { status: 'FAILED', reason, leases: [] },
    { status: 'SUCCESS', reason: undefined, leases: [] },
  ]);
}, 120_000);
