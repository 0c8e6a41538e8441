import { Kysely, sql } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DsqlDialect } from '../../../../src/adapters/dsql/index.ts';
import {
  acquireMigrationLock,
  leaseTableOf,
  type MigrationLock,
} from '../../../../src/adapters/dsql/kysely/migration-lock.ts';
import { type TestDsql, type TestEndpoint, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';

const options = { lockTable: 'lock', lockTableSchema: 'locked', lockRowId: 'row' };
const table = `locked.${leaseTableOf(options.lockTable)}`;

/** So long, in milliseconds, that no renewal comes during a test. */
const leaseMs = 3_600_000;

let dsql: TestDsql;
let superuser: pg.Client;
let first: Kysely<unknown>;
let second: Kysely<unknown>;

const open = (at: TestEndpoint): Kysely<unknown> =>
  new Kysely({ dialect: new DsqlDialect(adminOptions({ ...dsql, ...at })) });

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  first = open(dsql);
  second = open(dsql.peer);
  await sql`CREATE SCHEMA locked`.execute(first);
});

beforeEach(() => superuser.query(`DROP TABLE IF EXISTS ${table}`));

afterAll(async () => {
  await Promise.all([first.destroy(), second.destroy()]);
  await dsql.stop();
});

const rows = async () =>
  (
    await superuser.query(
      `SELECT id, owner, extract(epoch FROM lease_until - now()) * 1000 AS ms FROM ${table} ORDER BY id`,
    )
  ).rows.map(({ id, owner, ms }) => ({ id, owner: String(owner), ms: Number(ms) }));

const acquire = (db: Kysely<unknown>, change: object = {}, ms = leaseMs): Promise<MigrationLock> =>
  acquireMigrationLock(db, { ...options, ...change }, ms);

describe("the lease behind Kysely's lock", () => {
  it('is had by one migrator until it gives it back, and lasts as long as it is told', async () => {
    const holder = await acquire(first);
    const [held] = await rows();
    expect(held?.ms).toBeGreaterThan(leaseMs - 60_000);
    expect(held?.ms).toBeLessThanOrEqual(leaseMs);
    let taken = false;
    const waiting = acquire(second).then((lock) => {
      taken = true;
      return lock;
    });
    // Somebody who waits writes nothing: the row stays that of its holder.
    await acquire(second, { lockRowId: 'other' }).then((other) => other.release());
    expect(await rows()).toMatchObject([{ owner: held?.owner }]);
    expect(taken).toBe(false);
    await holder.release();
    const next = await waiting;
    expect(await rows()).toMatchObject([
      { id: 'row', owner: expect.not.stringMatching(held?.owner ?? '') },
    ]);
    await next.release();
    expect(await rows()).toEqual([]);
  });

  it('is taken over when its time is over, and a late holder gives back nothing', async () => {
    const late = await acquire(first);
    await superuser.query(`UPDATE ${table} SET lease_until = now()`);
    const next = await acquire(second);
    const [taken] = await rows();
    expect(taken?.ms).toBeGreaterThan(leaseMs - 60_000);
    await late.release();
    expect(await rows()).toMatchObject([{ owner: taken?.owner }]);
    await next.release();
    expect(await rows()).toEqual([]);
  });

  it('is one for each row of the lock table', async () => {
    const locks = [await acquire(first), await acquire(second, { lockRowId: 'other' })];
    expect((await rows()).map(({ id }) => id)).toEqual(['other', 'row']);
    await locks[0]?.release();
    expect((await rows()).map(({ id }) => id)).toEqual(['other']);
    await locks[1]?.release();
  });

  it('is renewed by its holder while it lasts, and for itself only', async () => {
    const other = await acquire(second, { lockRowId: 'other' });
    const lock = await acquire(first, {}, 2_000);
    await superuser.query(`UPDATE ${table} SET lease_until = lease_until - interval '1500 ms'`);
    const msOf = async (id: string) => (await rows()).find((row) => row.id === id)?.ms ?? 0;
    const before = await msOf('other');
    await expect.poll(() => msOf('row'), { timeout: 20_000 }).toBeGreaterThan(1_000);
    expect(await msOf('other')).toBeLessThan(before);
    await Promise.all([lock.release(), other.release()]);
  });

  it('ends what its holder does when another migrator has taken it, and stays with that one', async () => {
    await first.connection().execute(async (connection) => {
      const robbed = await acquire(connection, {}, 400);
      await superuser.query(
        `UPDATE ${table} SET owner = 'thief', lease_until = now() + interval '1 hour'`,
      );
      const goesOn = () =>
        sql`SELECT 1`.execute(connection).then(
          () => 'goes on',
          (error: Error) => error.message,
        );
      await expect
        .poll(goesOn, { timeout: 20_000 })
        .toMatch(/lease has ended before it was renewed/);
      await robbed.release();
    });
    expect(await rows()).toMatchObject([{ owner: 'thief' }]);
  });

  it('may be gone when it is given back, which fails nobody', async () => {
    const lock = await acquire(first);
    await superuser.query(`DROP TABLE ${table}`);
    await expect(lock.release()).resolves.toBeUndefined();
  });
});
