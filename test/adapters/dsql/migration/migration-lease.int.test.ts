import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type ConnectionPool, quoteIdentifier } from '../../../../src/adapters/dsql/index.ts';
import { createMigrationJournal } from '../../../../src/adapters/dsql/migration/migration-journal.ts';
import { createMigrationLease } from '../../../../src/adapters/dsql/migration/migration-lease.ts';
import {
  type ContenderOptions,
  type MigrationLeaseSubject,
  migrationLeaseContract,
} from '../../../contracts/migration-lease.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongMigrationLeases } from '../../../contracts/wrong/migration-lease.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { migrationClientOn, onFlight } from '../../../support/migration-client.ts';

const schemas = ['lease_one', 'lease_other'] as const;
const tableIn = (schema: string): string => `${quoteIdentifier(schema)}.migration_lock`;

let dsql: TestDsql;
let superuser: pg.Client;
/** One in each Region. */
let pools: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  pools = [poolOf(dsql), poolOf(dsql, { at: dsql.peer })];
  const client = migrationClientOn(pools[0] as ConnectionPool);
  for (const schema of schemas) {
    await createMigrationJournal(client, schema).prepare(client.clock.now() + 60_000);
  }
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await dsql.stop();
});

const rowOf = async (sql: string, ...parameters: readonly unknown[]) =>
  (await superuser.query(sql, [...parameters])).rows[0];

/** Takes turns between the Regions. */
const createContend = () => {
  let made = 0;
  return ({ owner, schema = schemas[0], ...options }: ContenderOptions) => {
    let { beforeTake } = options;
    const pool = pools[made++ % pools.length] as ConnectionPool;
    const watched = onFlight(pool, async ([one], fly) => {
      const hook = beforeTake;
      if (hook && /^INSERT INTO \S+migration_lock/.test(one?.sql ?? '')) {
        beforeTake = undefined;
        await hook();
      }
      return fly();
    });
    const client = migrationClientOn(watched, { onSleep: options.onSleep });
    const { signal = new AbortController().signal, onWait = () => undefined } = options;
    return {
      ...createMigrationLease(client, { schema, owner, signal, onWait }),
      now: client.clock.now,
    };
  };
};

const createSubject = async (): Promise<MigrationLeaseSubject> => {
  for (const schema of schemas) await superuser.query(`DELETE FROM ${tableIn(schema)}`);
  const [schema] = schemas;
  const table = tableIn(schema);
  return {
    schemas,
    contend: createContend(),
    lease: async (one = schema) => {
      const row = await rowOf(
        `SELECT owner, extract(epoch FROM lease_until) * 1000 AS until FROM ${tableIn(one)}`,
      );
      return row && { owner: row.owner, until: Number(row.until) };
    },
    now: async () =>
      Number((await rowOf('SELECT extract(epoch FROM now()) * 1000 AS now'))?.['now']),
    pass: async (ms) => {
      await superuser.query(
        `UPDATE ${table} SET lease_until = lease_until - $1 * interval '1 millisecond'`,
        [ms],
      );
    },
    overwrite: async (row) => {
      await superuser.query(`DELETE FROM ${table}`);
      if (!row) return;
      await superuser.query(
        `INSERT INTO ${table} VALUES (1, $1, now() + $2 * interval '1 millisecond')`,
        [row.owner, row.ms],
      );
    },
  };
};

describeSuite('a migration lease: a row of DSQL', migrationLeaseContract(createSubject));
refusesWrong('a row of DSQL', wrongMigrationLeases, migrationLeaseContract, createSubject);
