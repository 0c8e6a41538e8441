import { Kysely } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createIdempotencyRecords,
  DsqlDialect,
  frameworkMigrations,
  json,
} from '../../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { migrate, poolOf, transactionsOn, unitOfWorkOn } from '../../../../support/dsql-adapter.ts';
import { type ColumnType, columnTypes, isJsonScalar } from './samples.ts';
import { type Stored, type ValueTables, valuesRepository, type Way, waysOf } from './ways.ts';

const zoneOfMachine = process.env['TZ'];

const wayNames = [
  ...['Kysely', 'tx.read and tx.write', 'template', 'pipeline', 'query', 'unit of work'],
];

let dsql: TestDsql;
let admin: pg.Client;
let pool: ConnectionPool;
let db: Kysely<ValueTables>;
let ways: readonly Way[];

const create = async ({ name, type, texts }: ColumnType): Promise<void> => {
  await admin.query(`CREATE TABLE vals.${name} (id int PRIMARY KEY, v ${type})`);
  await admin.query(`CREATE TABLE vals.${name}_copy (id int PRIMARY KEY, v ${type})`);
  const rows = texts.map((text, id) => `(${id}, '${text.replaceAll("'", "''")}')`);
  await admin.query(`INSERT INTO vals.${name} VALUES (-1, NULL), ${rows.join(', ')}`);
};

const wayOf = (name: string): Way => {
  const way = ways.find((one) => one.name === name);
  if (!way) throw new Error(`There is no way ${name}`);
  return way;
};

/** The rows that are not the same in a table and its copy, as PostgreSQL writes them. */
const differences = async ({ name, comparable }: ColumnType): Promise<readonly unknown[]> => {
  // The spaces in JSON are not what was stored.
  const [from, to] = comparable ? ['one.v', 'two.v'] : ['one.v::jsonb', 'two.v::jsonb'];
  const { rows } = await admin.query(
    `SELECT one.v::text AS stored, two.v::text AS came_back FROM vals.${name} AS one
     FULL JOIN vals.${name}_copy AS two USING (id)
     WHERE ${from}::text IS DISTINCT FROM ${to}::text`,
  );
  return rows;
};

/** Values of all types in programs of these time zones. */
export const describeValues = (zones: readonly string[]): void => {
  beforeAll(async () => {
    dsql = await testDsql();
    admin = await dsql.adminConnection();
    pool = poolOf(dsql, { size: 2 });
    await migrate(pool, 'vals', frameworkMigrations('vals'));
    for (const one of columnTypes) await create(one);
    const once = createIdempotencyRecords('vals');
    const { unitOfWork } = unitOfWorkOn(pool, valuesRepository, 'vals', once);
    db = new Kysely<ValueTables>({ dialect: new DsqlDialect({ connections: pool }) });
    ways = waysOf({ connections: pool, transactions: transactionsOn(pool), db, unitOfWork });
  });

  afterAll(async () => {
    if (zoneOfMachine === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zoneOfMachine;
    await db.destroy();
    await dsql.stop();
  });

  describe.each(zones)('in the time zone %s', (zone) => {
    beforeAll(() => {
      process.env['TZ'] = zone;
    });

    describe.each(wayNames)('by %s', (wayName) => {
      it.each(columnTypes)(
        '$type is read as pg reads it, and written back as it was',
        async (one) => {
          const way = wayOf(wayName);
          const table = `vals.${one.name}`;
          const { rows: expected } = await admin.query<Stored>(
            `SELECT id, v FROM ${table} ORDER BY id`,
          );
          const rows = await way.read(table);
          expect(rows).toEqual(expected);
          const written = rows.map(({ id, v }) => ({
            id,
            v: id >= 0 && isJsonScalar(one, v) ? json(v) : v,
          }));
          await admin.query(`DELETE FROM ${table}_copy`);
          await way.write(`${table}_copy`, written);
          expect(await differences(one)).toEqual([]);
          if (!one.comparable) return;
          const present = written.filter(({ id }) => id >= 0);
          const found = await way.find(table, present);
          const missed = present.filter(({ id }, at) => !found[at]?.includes(id));
          expect(missed).toEqual([]);
        },
      );
    });
  });
};
