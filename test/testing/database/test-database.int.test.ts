import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { query, statement } from '../../../src/adapters/dsql/index.ts';
import { defineService } from '../../../src/domain/kernel/index.ts';
import { startTestDatabase, type TestDatabase } from '../../../src/testing/index.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import { booking } from '../booking.ts';

/**
 * A migration has written a row, into a table whose columns are made in each way that DSQL knows.
 */
const seeded = defineService({
  ...booking,
  migrations: async () => [
    ...(booking.migrations as []),
    {
      id: 'booking-0003-halls',
      ddl: `CREATE TABLE IF NOT EXISTS booking.halls (
        id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, name text NOT NULL,
        label text GENERATED ALWAYS AS (upper(name)) STORED)`,
    },
    { id: 'booking-0004-great-hall', dml: "INSERT INTO booking.halls (name) VALUES ('Great')" },
  ],
});

type Tables = {
  readonly 'booking.shows': {
    id: string;
    free: string | number;
    version: string | number;
    name: string | null;
  };
  readonly 'booking.halls': { id?: string; name: string; label?: string };
};

const hamlet = { id: 'hamlet', free: 3, version: 1, name: null };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(seeded, { postgres: postgresUrl() });
});
beforeEach(() => database.reset());
afterAll(() => database.stop());

const idsIn = async ({ db }: TestDatabase['primary']) => {
  const rows = await db<Tables>().selectFrom('booking.shows').select('id').execute();
  return rows.map(({ id }) => id);
};
const insert = (rows: Tables['booking.shows'] | Tables['booking.shows'][]) =>
  database.primary.db<Tables>().insertInto('booking.shows').values(rows).execute();

describe('a test database', () => {
  it('shows in each Region what the other one has committed', async () => {
    await insert(hamlet);
    expect(await idsIn(database.secondary)).toEqual(['hamlet']);
    expect(database.secondary.region).toBe('us-west-2');
  });

  it('has the tables of the framework', async () => {
    for (const table of ['outbox', 'outbox_lane', 'inbox', 'idempotency']) {
      const rows = await sql.raw(`SELECT * FROM booking.${table}`).execute(database.primary.db());
      expect(rows.rows).toEqual([]);
    }
  });

  it('refuses statements that the functions of the service may not run', async () => {
    const { connections } = database.primary;
    const ddl = statement('CREATE TABLE booking.mine (id text PRIMARY KEY)');
    await expect(query(connections, ddl, { writes: true })).rejects.toThrow('permission denied');
  });

  it('refuses statements that DSQL refuses', async () => {
    const { connections } = database.primary;
    const truncate = statement('TRUNCATE booking.shows');
    await expect(query(connections, truncate, { writes: true })).rejects.toThrow('TRUNCATE');
  });

  it('loses the rows of a test at a reset, more than a transaction may delete', async () => {
    for (let next = 0; next < 4_000; next += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, index) => ({
        ...hamlet,
        id: `show-${next + index}`,
      }));
      await insert(rows);
    }
    expect(await idsIn(database.primary)).toHaveLength(4_000);
    await database.reset();
    expect(await idsIn(database.primary)).toEqual([]);
  });

  it('has after a reset the rows that a migration has written, and the columns of them', async () => {
    const halls = () =>
      database.primary.db<Tables>().selectFrom('booking.halls').selectAll().execute();
    const before = await halls();
    expect(before).toEqual([{ id: expect.anything(), name: 'Great', label: 'GREAT' }]);
    const db = database.primary.db<Tables>();
    await db.updateTable('booking.halls').set({ name: 'Small' }).execute();
    await db.insertInto('booking.halls').values({ name: 'Other' }).execute();
    await database.reset();
    expect(await halls()).toEqual(before);
  });

  it('is reset again while the first reset is under way', async () => {
    await insert(hamlet);
    await Promise.all([database.reset(), database.reset()]);
    expect(await idsIn(database.primary)).toEqual([]);
  });

  it('loses a Region that is cut off, and has it again', async () => {
    const { endpoint, connections } = database.secondary;
    const one = statement('SELECT 1 AS one');
    const ask = (ms: number) =>
      query(connections, one, { writes: false, deadline: Date.now() + ms });
    endpoint.network.cut();
    await expect(ask(300)).rejects.toMatchObject({ kind: 'Unavailable' });
    endpoint.network.join();
    expect((await ask(10_000)).rows).toEqual([{ one: 1 }]);
  });

  it('ends once, however often it is stopped', async () => {
    const other = await startTestDatabase(booking, {
      postgres: postgresUrl(),
      regions: ['eu-west-1', 'eu-central-1'],
    });
    expect(other.primary.region).toBe('eu-west-1');
    await Promise.all([other.stop(), other.stop()]);
    const ask = query(other.primary.connections, statement('SELECT 1'), { writes: false });
    await expect(ask).rejects.toThrow();
    expect(await idsIn(database.primary)).toEqual([]);
  });

  it('leaves nothing behind when a migration is refused', async () => {
    const wrong = defineService({
      ...booking,
      migrations: [{ id: 'booking-0001', ddl: 'CREATE TABLE booking.a (id serial)' }],
    });
    await expect(startTestDatabase(wrong, { postgres: postgresUrl() })).rejects.toThrow('serial');
    const databases = await sql<{ count: string }>`SELECT count(*) AS count FROM pg_database
      WHERE datname LIKE 'antipode_test_%'`.execute(database.primary.db());
    expect(databases.rows).toEqual([{ count: '1' }]);
  });
});
