import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../../src/adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  frameworkMigrations,
  grantDatabaseRole,
} from '../../../../../src/adapters/dsql/index.ts';
import { tryCluster } from '../../../../../src/adapters/dsql/records/verification/cluster-trials.ts';
import { anEvent, counterSchema as schema } from '../../../../support/counter.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { migrate, newRetrier, poolOf } from '../../../../support/dsql-adapter.ts';
import { recordStatements } from '../../../../support/statements/recorder.ts';
import { isFilledIn, sqlLiterals } from '../../../../support/statements/sql-literals.ts';

const user = 'counter_app';
const soon = (): number => Date.now() + 20_000;

let dsql: TestDsql;
let admin: ConnectionPool;
const recorder = recordStatements();

/** Of a machine whose clock is ahead of the cluster's. */
const newEvent = () => ({
  ...anEvent(),
  originregion: 'verify',
  time: new Date(Date.now() + 60_000).toISOString(),
});

const trialsOn = async (connections: ConnectionPool) => {
  const trials = await tryCluster(connections, { schema, newEvent, deadline: soon() });
  await connections.close();
  return trials;
};
const failed = async (connections: ConnectionPool) =>
  (await trialsOn(connections)).filter(({ reason }) => reason !== undefined);

/** A pool whose connections answer flights that `refuses` chooses with an error. */
const refusing = (refuses: (sql: readonly string[]) => boolean): ConnectionPool => {
  const refused = Object.assign(new Error('not supported'), { code: '0A000', severity: 'ERROR' });
  return poolOf(dsql, {
    user,
    open: async (openReal): Promise<Connection> => {
      const real = await openReal();
      return {
        ...real,
        flight: async (statements, deadline) =>
          refuses(statements.map(({ sql }) => sql))
            ? { results: [], error: refused }
            : real.flight(statements, deadline),
      };
    },
  });
};

beforeAll(async () => {
  dsql = await testDsql();
  admin = poolOf(dsql);
  await migrate(admin, schema, frameworkMigrations(schema));
  const grant = { role: user, schema, iamRoleArns: [dsql.principalArn] };
  await grantDatabaseRole(admin, newRetrier(), grant, soon());
});

afterAll(async () => {
  await admin.close();
  await dsql.stop();
});

describe('the trials of a cluster', () => {
  it('all succeed under the database role of a service, and leave no row', async () => {
    expect(await failed(poolOf(dsql, { user, open: recorder.open }))).toEqual([]);
    const superuser = await dsql.superuserConnection();
    for (const table of ['idempotency', 'inbox', 'outbox', 'outbox_lane', 'ordered_events']) {
      const { rows } = await superuser.query(`SELECT count(*)::int AS n FROM ${schema}.${table}`);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
  });

  it('send every statement that the framework sends while a service runs', () => {
    const sources = join(import.meta.dirname, '../../../../../src/adapters/dsql');
    const literals = ['records', 'transaction', 'connection'].flatMap((folder) =>
      sqlLiterals(join(sources, folder)),
    );
    expect(literals.length).toBeGreaterThan(40);
    const sent = recorder.sent().map(({ sql }) => sql);
    const unsent = literals.filter((one) => !sent.some((sql) => isFilledIn(one, sql)));
    // The write in one Region that the other one reads sends COMMIT.
    const texts = unsent.map(({ parts }) => parts.join(''));
    expect(texts.filter((text) => text !== 'COMMIT')).toEqual([]);
  });

  it.each([
    [
      'a transaction in one piece',
      (sql: readonly string[]) => sql.length > 1 && (sql[0] ?? '').startsWith('BEGIN'),
      ['DSQL_SERIAL=on'],
    ],
    [
      'an isolation level',
      (sql: readonly string[]) => (sql[0] ?? '').includes('ISOLATION LEVEL'),
      ['DSQL_PLAIN_BEGIN=on'],
    ],
  ])('name the setting for a cluster that refuses %s', async (_what, refuses, settings) => {
    const trials = await failed(refusing(refuses));
    expect(trials.flatMap(({ setting }) => setting ?? [])).toEqual(
      expect.arrayContaining(settings),
    );
    expect(trials[0]?.reason).toContain('not supported');
  });

  it('name the setting for a cluster that keeps no prepared statements', async () => {
    let sent = 0;
    const trials = await failed(
      refusing((sql) => {
        if (sql.length === 1 && sql[0] === 'SELECT 1 AS one') sent += 1;
        return sent === 3;
      }),
    );
    expect(trials[0]).toMatchObject({ name: 'prepared statements' });
    expect(trials[0]?.setting).toBe('DSQL_PREPARED_STATEMENTS_MAX=0');
  });

  it('tell of one table that the role may not write, and go on', async () => {
    const superuser = await dsql.superuserConnection();
    await superuser.query(`REVOKE INSERT ON ${schema}.ordered_events FROM ${user}`);
    const trials = await trialsOn(poolOf(dsql, { user }));
    await superuser.query(`GRANT INSERT ON ${schema}.ordered_events TO ${user}`);
    expect(trials.filter(({ reason }) => reason !== undefined)).toEqual([
      expect.objectContaining({
        name: 'events for ordered consumers',
        reason: expect.stringContaining('permission denied for table ordered_events'),
      }),
    ]);
    expect(trials.length).toBeGreaterThan(8);
  });
});
