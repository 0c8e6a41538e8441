import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FailurePlan } from '../../../../packages/local-dsql/src/index.ts';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient((admin) => admin.query('CREATE TABLE item (id int, note text)'));
  await dsql.withClient((admin) => admin.query('CREATE TABLE other (id int)'));
});

afterAll(() => dsql.stop());

beforeEach(() =>
  dsql.withClient(async (admin) => {
    await admin.query('DELETE FROM item');
    await admin.query('DELETE FROM other');
  }),
);

afterEach(() => {
  dsql.endpoint.failures.clear();
  dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 0 });
});

const inject = (change: Partial<FailurePlan>): void => dsql.endpoint.failures.set(change);

const oc000 = { code: '40001', message: 'change conflicts with another transaction (OC000)' };
const oc001 = {
  code: '40001',
  message: 'schema has been updated by another transaction (OC001)',
};

const count = (): Promise<number> =>
  dsql.withClient(async (client) =>
    Number((await client.query('SELECT count(*) FROM item')).rows[0].count),
  );

const others = (): Promise<number> =>
  dsql.withClient(async (client) => (await client.query('SELECT FROM other')).rows.length);

const transaction = async (client: pg.Client, sql: string): Promise<void> => {
  await client.query('BEGIN');
  await client.query(sql);
  await client.query('COMMIT');
};

describe('an injected conflict', () => {
  it('fails a COMMIT, which leaves nothing, and the session goes on', async () => {
    inject({ conflict: 1 });
    await dsql.withClient(async (client) => {
      await expect(transaction(client, 'INSERT INTO item VALUES (1)')).rejects.toMatchObject(oc000);
      await client.query('ROLLBACK');
      inject({ conflict: 0 });
      await transaction(client, 'INSERT INTO item VALUES (2)');
    });
    expect(await count()).toBe(1);
  });

  it('fails a write outside of a transaction, and no read', async () => {
    inject({ conflict: 1 });
    await dsql.withClient(async (client) => {
      await expect(client.query('INSERT INTO item VALUES (1)')).rejects.toMatchObject(oc000);
      await transaction(client, 'SELECT * FROM item');
    });
    inject({ conflict: 0 });
    expect(await count()).toBe(0);
  });

  it('may be limited to a table', async () => {
    inject({ conflictOn: { item: 1 } });
    await dsql.withClient(async (client) => {
      await transaction(client, 'INSERT INTO other VALUES (1)');
      await expect(transaction(client, 'DELETE FROM item')).rejects.toMatchObject(oc000);
    });
  });

  it('may say that the catalog has changed, to reads as well', async () => {
    inject({ catalogConflict: 1 });
    await dsql.withClient(async (client) => {
      await expect(client.query('SELECT 1')).rejects.toMatchObject(oc001);
    });
  });
});

describe('a cluster that takes no transaction in one piece', () => {
  it('refuses it, and takes the same statements one by one', async () => {
    inject({ pipeline: 1 });
    await dsql.withClient(async (client) => {
      const inOnePiece = client.query('BEGIN; SELECT 1; ROLLBACK');
      await expect(inOnePiece).rejects.toMatchObject({ code: '0A000' });
      await client.query('BEGIN');
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.query('ROLLBACK');
    });
  });
});

describe('a lost answer', () => {
  it('to a COMMIT that took effect ends the connection', async () => {
    const client = dsql.client();
    await client.connect();
    inject({ lostCommit: 1 });
    await client.query('BEGIN');
    await client.query('INSERT INTO item VALUES (1)');
    await expect(client.query('COMMIT')).rejects.toThrow(/terminated/);
    inject({ lostCommit: 0 });
    expect(await count()).toBe(1);
  });

  it.each(['its answer is lost', 'its connection ends while it is on its way'])(
    'is one to a COMMIT that others conflict with all the same: %s',
    async (how) => {
      await dsql.withClient((admin) => transaction(admin, 'INSERT INTO item VALUES (1)'));
      const locking = dsql.client();
      await locking.connect();
      await dsql.withClient(async (client) => {
        await client.query('BEGIN');
        await client.query('SELECT FROM other');
        await locking.query('BEGIN');
        await locking.query('SELECT FROM item FOR UPDATE');
        await locking.query('INSERT INTO other VALUES (1)');
        if (how === 'its answer is lost') inject({ lostCommit: 1 });
        else dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 60_000 });
        const lost = expect(locking.query('COMMIT')).rejects.toThrow(/terminated/);
        if (how !== 'its answer is lost') {
          await expect.poll(others).toBe(1);
          await locking.end();
        }
        await lost;
        dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 0 });
        inject({ lostCommit: 0 });
        await client.query("UPDATE item SET note = 'late'");
        await expect(client.query('COMMIT')).rejects.toMatchObject(oc000);
      });
    },
  );

  it.each(['it is held back', 'its connection ends before'])(
    'to a change of the schema fails older transactions all the same: %s',
    async (how) => {
      const defining = dsql.client();
      await defining.connect();
      await dsql.withClient(async (client) => {
        await client.query('BEGIN');
        await client.query('SELECT FROM item');
        dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 60_000 });
        const defined = defining.query('CREATE TABLE defined (id int)').catch(() => undefined);
        const table = "SELECT FROM pg_class WHERE relname = 'defined'";
        const found = () =>
          dsql.withClient(async (other) => (await other.query(table)).rows.length);
        await expect.poll(found).toBe(1);
        if (how !== 'it is held back') await defining.end();
        dsql.endpoint.network.setDelays({ roundTripMs: 0, commitMs: 0 });
        await expect(client.query('COMMIT')).rejects.toMatchObject(oc001);
        await defining.end();
        await defined;
      });
      await dsql.withClient((admin) => admin.query('DROP TABLE defined'));
    },
  );

  it('is never one to a transaction that wrote nothing', async () => {
    inject({ lostCommit: 1 });
    await dsql.withClient((client) => transaction(client, 'SELECT 1'));
  });
});

describe('a connection', () => {
  it.each(['connect', 'startup', 'password'] as const)('ends at %s', async (step) => {
    inject({ close: { [step]: 1 } });
    await expect(dsql.withClient(async () => 'in')).rejects.toThrow();
  });

  it.each(['parse', 'bind', 'execute', 'sync', 'answer'] as const)('ends at %s', async (step) => {
    const client = dsql.client();
    await client.connect();
    inject({ close: { [step]: 1 } });
    await expect(client.query('SELECT $1::int', [1])).rejects.toThrow(/terminated|ECONNRESET/);
  });

  it.each([
    ['wakingUp', 'unable to accept connection, waking up cluster, please retry later'],
    ['tooManyConnections', 'Unable to accept connection, too many open connections.'],
    ['rateExceeded', 'Unable to accept connection, rate exceeded.'],
  ] as const)('is refused by %s', async (problem, message) => {
    inject({ [problem]: 1 });
    await expect(dsql.withClient(async () => 'in')).rejects.toMatchObject({ message });
  });
});

describe('the same seed', () => {
  const traffic = async (seed: number): Promise<string> => {
    inject({ seed, conflict: 0.5, wakingUp: 0.3 });
    let seen = '';
    for (let connection = 0; connection < 8; connection += 1) {
      seen += await dsql
        .withClient(async (client) => {
          let outcomes = '';
          for (let id = 0; id < 5; id += 1) {
            outcomes += await client.query('INSERT INTO item VALUES ($1)', [id]).then(
              () => '.',
              () => 'x',
            );
          }
          return outcomes;
        })
        .catch(() => 'refused');
      seen += ' ';
    }
    return seen;
  };

  it('gives the same failures to the same traffic, and another seed others', async () => {
    const first = await traffic(7);
    expect(first).toMatch(/\./);
    expect(first).toMatch(/x/);
    expect(await traffic(7)).toBe(first);
    expect(await traffic(8)).not.toBe(first);
  });
});

describe('the network', () => {
  /** Far above what a statement or a login takes on a busy machine. */
  const delayMs = 1000;
  /** Timers may be a little early. */
  const almost = 0.95 * delayMs;

  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  it('takes its time for each round trip, not for each statement of a pipeline', async () => {
    await dsql.withClient(
      async (client) => {
        dsql.endpoint.network.setDelays({ roundTripMs: delayMs });
        const one = await timed(() => client.query('SELECT 1'));
        const many = await timed(() =>
          Promise.all(Array.from({ length: 5 }, () => client.query('SELECT 1'))),
        );
        expect(one).toBeGreaterThan(almost);
        expect(many).toBeGreaterThan(almost);
        expect(many).toBeLessThan(3 * one);
      },
      { pipeline: true } as object,
    );
  });

  it('takes longer for what commits, and nobody else waits for it', async () => {
    await dsql.withClient(async (client) => {
      await client.query('INSERT INTO item VALUES (1)');
      dsql.endpoint.network.setDelays({ commitMs: delayMs });
      expect(await timed(() => client.query('SELECT 1'))).toBeLessThan(almost);
      expect(await timed(() => client.query('UPDATE item SET id = 2'))).toBeGreaterThan(almost);
      await client.query('BEGIN');
      expect(await timed(() => client.query('UPDATE item SET id = 3'))).toBeLessThan(almost);
      let isCommitted = false;
      const commit = timed(() => client.query('COMMIT').then(() => (isCommitted = true)));
      await dsql.withClient((other) => other.query('SELECT 1'));
      expect(isCommitted).toBe(false);
      expect(await commit).toBeGreaterThan(almost);
    });
  });

  it('of a Region that is cut off answers nobody until it is joined again', async () => {
    await dsql.withClient(async (client) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO item VALUES (1)');
      dsql.endpoint.network.cut();
      let answered = 0;
      const commit = client.query('COMMIT').then(() => (answered += 1));
      const stranger = dsql.withClient(async () => (answered += 1));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(answered).toBe(0);
      dsql.endpoint.network.join();
      await Promise.all([commit, stranger]);
      expect(answered).toBe(2);
    });
    expect(await count()).toBe(1);
  });
});

describe('an endpoint', () => {
  it('that is down refuses connections, and is up again on its port', async () => {
    const client = dsql.client();
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await dsql.endpoint.down();
    await ended;
    await expect(dsql.withClient(async () => 'in')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await dsql.endpoint.up();
    await expect(dsql.withClient(async () => 'in')).resolves.toBe('in');
  });
});
