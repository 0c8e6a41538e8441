import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type ConnectionPool, DsqlDialect } from '../../../../src/adapters/dsql/index.ts';
import { sharePool } from '../../../../src/adapters/dsql/kysely/shared-pool.ts';

/** A pool whose connection answers every statement, and that counts how often it is closed. */
const countingPool = () => {
  let closed = 0;
  const pool: ConnectionPool = {
    use: (work) => {
      if (closed > 0) return Promise.reject(new Error('The connections are closed'));
      return work({
        flight: async (statements) => ({
          results: statements.map(() => ({ command: 'SELECT', rowCount: 0, rows: [] })),
          status: 'I',
        }),
        usable: () => true,
        close: async () => undefined,
      });
    },
    warmUp: async () => undefined,
    close: async () => {
      closed += 1;
    },
  };
  return { pool, closed: () => closed };
};

const ask = (db: Kysely<unknown>) => sql`SELECT 1`.execute(db);

describe('instances of Kysely on one dialect', () => {
  it('do not close the pool of each other: the last one closes it, once', async () => {
    const { pool, closed } = countingPool();
    const dialect = new DsqlDialect({ connections: pool });
    const [first, second] = [new Kysely({ dialect }), new Kysely({ dialect })];
    await ask(first);
    await first.destroy();
    await ask(second);
    expect(closed()).toBe(0);
    await second.destroy();
    await second.destroy();
    expect(closed()).toBe(1);
  });

  it('have no pool any more that the dialect was given, when all of them are destroyed', async () => {
    const dialect = new DsqlDialect({ connections: countingPool().pool });
    const first = new Kysely({ dialect });
    await ask(first);
    await first.destroy();
    await expect(ask(new Kysely({ dialect }))).rejects.toThrow('The connections are closed');
  });
});

describe('a pool that the dialect opens itself', () => {
  it('is opened anew for a user who comes after the last one has left', async () => {
    const pools = [countingPool(), countingPool()];
    const [first, second] = pools.map(({ pool }) => pool) as [ConnectionPool, ConnectionPool];
    const join = sharePool(first, () => second);
    await join().close();
    const later = join();
    await later.use(async () => undefined);
    expect(pools.map(({ closed }) => closed())).toEqual([1, 0]);
    await later.close();
    expect(pools.map(({ closed }) => closed())).toEqual([1, 1]);
  });

  it('is left once by a user who closes it twice', async () => {
    const { pool, closed } = countingPool();
    const join = sharePool(pool, () => pool);
    const [one] = [join(), join()];
    await one.close();
    await one.close();
    expect(closed()).toBe(0);
  });
});
