import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  backUpPostgres,
  type Postgres,
  restorePostgres,
  startPostgres,
} from '../../../../packages/local-dsql/src/index.ts';

let folder: string;
let postgres: Postgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-test-'));
  // PostgreSQL runs as another user when the tests run as root.
  await chmod(folder, 0o755);
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const connected = async <T>(
  { host, port, user, password, database }: Postgres,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const balances = async (client: pg.Client) => {
  const { rows } = await client.query<{ sum: string; transfers: string }>(
    `SELECT (SELECT sum(amount) FROM account) AS sum,
      (SELECT count(*) FROM transfer) AS transfers`,
  );
  return { sum: Number(rows[0]?.sum), transfers: Number(rows[0]?.transfers) };
};

/** Moves money between accounts until it is told to stop; each transfer leaves the sum as it is. */
const transferring = (client: pg.Client) => {
  let isOver = false;
  const ended = (async () => {
    for (let count = 0; !isOver; count += 1) {
      const [from, to] = [count % 50, (count * 7 + 1) % 50];
      await client.query(`BEGIN;
        UPDATE account SET amount = amount - 1 WHERE id = ${from};
        UPDATE account SET amount = amount + 1 WHERE id = ${to};
        INSERT INTO transfer DEFAULT VALUES;
        COMMIT`);
    }
  })();
  return async () => {
    isOver = true;
    await ended;
  };
};

describe('a backup of PostgreSQL', () => {
  it('holds one moment of a database that goes on, and restores it beside the first', async () => {
    const backup = join(folder, 'backup');
    await connected(postgres, async (client) => {
      await client.query(`
        CREATE ROLE app LOGIN;
        CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL);
        CREATE TABLE transfer (id bigint GENERATED ALWAYS AS IDENTITY);
        INSERT INTO account SELECT id, 100 FROM generate_series(0, 49) AS id`);
      const stop = transferring(client);
      await backUpPostgres(postgres, backup);
      await stop();
      await client.query('DELETE FROM account');
    });
    const restored = await restorePostgres(backup, { dataDir: join(folder, 'restored') });
    try {
      const then = await connected(restored, balances);
      expect(then.sum).toBe(5_000);
      expect(then.transfers).toBeGreaterThan(0);
      const roles = "SELECT count(*)::int AS count FROM pg_roles WHERE rolname = 'app'";
      const { rows } = await connected(restored, (client) => client.query(roles));
      expect(rows).toEqual([{ count: 1 }]);
      await connected(restored, (client) => client.query('INSERT INTO account VALUES (99, 1)'));
      const now = await connected(postgres, balances);
      expect(now.sum).toBe(0);
      expect(now.transfers).toBeGreaterThan(then.transfers);
    } finally {
      await restored.stop();
    }
  });
});
