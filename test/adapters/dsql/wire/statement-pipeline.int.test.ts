import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { begin } from '../../../../src/adapters/dsql/connection/begin.ts';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  DsqlDialect,
  type QueryOptions,
  query,
  type Row,
  type Statement,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf, transactionsOn } from '../../../support/dsql-adapter.ts';
import { countFlights } from '../../../support/flight-counter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE file (id int PRIMARY KEY, content bytea)');
});

beforeEach(() => {
  pool = poolOf(dsql);
});

afterEach(() => pool.close());

afterAll(() => dsql.stop());

const inTenSeconds = () => Date.now() + 10_000;

const ask = (connection: Connection, ...statements: readonly Statement[]) =>
  connection.flight(statements, inTenSeconds());

const sessionOf = async (connection: Connection): Promise<unknown> =>
  (await ask(connection, statement('SELECT pg_backend_pid() AS pid'))).results[0]?.rows[0]?.['pid'];

const sleep = (seconds: number) => statement('SELECT pg_sleep($1)', seconds);

describe('a flight', () => {
  it('keeps rows without columns with the statement that they are of', async () => {
    const first = statement('SELECT 1 AS one WHERE $1::int = 0', 1);
    const bare = statement('SELECT FROM generate_series(1, $1)', 3);
    await pool.use(async (connection) => {
      for (let time = 0; time < 4; time += 1) {
        const { results } = await ask(connection, first, bare);
        expect(results.map(({ rows }) => rows.length)).toEqual([0, 3]);
      }
    });
  });

  it('answers a text without a statement in its place', async () => {
    const { results } = await pool.use((connection) =>
      ask(connection, statement('SELECT 1 AS one'), statement('-- nothing'), statement('SELECT 2')),
    );
    expect(results.map(({ command }) => command)).toEqual(['SELECT', 'EMPTY', 'SELECT']);
  });

  it('carries bytes, whatever kind of array holds them', async () => {
    const bytes = new Uint8Array([9, 0, 255, 92, 7]).subarray(1, 4);
    await query(pool, statement('INSERT INTO file VALUES (1, $1)', bytes), { writes: true });
    const { rows } = await query(pool, statement('SELECT content FROM file WHERE id = 1'), {
      writes: false,
    });
    expect(rows[0]?.['content']).toEqual(Buffer.from([0, 255, 92]));
  });

  it.each([
    { plainBegin: false, serial: false },
    { plainBegin: true, serial: false },
    { plainBegin: true, serial: true },
  ])('begins transactions of the right kind, however BEGIN is written: %o', async (options) => {
    const connections = poolOf(dsql, options);
    const mode = sql<Row>`SELECT current_setting('transaction_read_only') AS read_only,
      current_setting('transaction_isolation') AS isolation`;
    const db = new Kysely<unknown>({ dialect: new DsqlDialect({ connections }) });
    const isolation = 'repeatable read';
    const seen = await db
      .transaction()
      .setAccessMode('read only')
      .execute((tx) => mode.execute(tx));
    expect(seen.rows).toEqual([{ read_only: 'on', isolation }]);
    const written = await db.transaction().execute((tx) => mode.execute(tx));
    expect(written.rows).toEqual([{ read_only: 'off', isolation }]);
    await connections.close();
  });

  it.each([
    [false, 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
    [true, 'BEGIN'],
  ])('begins with an isolation level or without (plainBegin: %s)', async (plainBegin, text) => {
    const connections = poolOf(dsql, { plainBegin, serial: true });
    const superuser = await dsql.superuserConnection();
    await connections.use(async (connection) => {
      await ask(connection, begin);
      const { rows } = await superuser.query(
        `SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
      );
      expect(rows).toEqual([{ query: text }]);
      await ask(connection, statement('ROLLBACK'));
    });
    await connections.close();
  });

  it('is not sent after its deadline, and says so', async () => {
    await pool.use(async (connection) => {
      const insert = statement('INSERT INTO file (id) VALUES (2)');
      const { results, error } = await connection.flight([insert], Date.now());
      expect(results).toEqual([]);
      expect(error).toMatchObject({ name: 'TimeLimitReached', sent: false });
      const found = await ask(connection, statement('SELECT id FROM file WHERE id = 2'));
      expect(found.results[0]?.rows).toEqual([]);
    });
  });

  it.each([Number.POSITIVE_INFINITY, Date.now() + 2 ** 33])(
    'waits for its answer when its deadline is far away: %d',
    async (deadline) => {
      const result = await pool.use((connection) => connection.flight([sleep(0.05)], deadline));
      expect(result).toMatchObject({ results: [{ command: 'SELECT' }] });
      await transactionsOn(pool).run((tx) => tx.read(sleep(0.01)), { deadline });
    },
  );

  it.each([false, true])(
    'is not cut off behind a ROLLBACK whose time is up (serial: %s)',
    async (serial) => {
      const connections = poolOf(dsql, { serial });
      const before = await connections.use(sessionOf);
      const deadline = Date.now() + 200;
      const late = transactionsOn(connections).run(
        async (tx) => {
          await tx.read(statement('SELECT 1'));
          while (Date.now() <= deadline);
          throw new Error('too late');
        },
        { deadline },
      );
      const next = connections.use(async (connection) => [
        (await ask(connection, sleep(0.05))).error,
        await sessionOf(connection),
      ]);
      await expect(late).rejects.toThrow('too late');
      expect(await next).toEqual([undefined, before]);
      await connections.close();
    },
  );

  it('is answered before the connection says goodbye, though that takes a while', async () => {
    const answer = query(pool, sleep(1.5), { writes: false });
    await delay(50);
    await pool.close();
    expect(await answer).toMatchObject({ command: 'SELECT' });
  });
});

describe.each([
  ['in one piece', false],
  ['statement by statement', true],
])('a flight that is sent %s', (_, serial) => {
  let connections: ConnectionPool;

  beforeEach(() => {
    connections = poolOf(dsql, { serial });
  });

  afterEach(() => connections.close());

  const insert = (id: number) => statement('INSERT INTO file (id) VALUES ($1)', id);
  const divideByZero = statement('SELECT 1 / 0');
  const idsIn = async (ids: readonly number[]): Promise<readonly unknown[]> => {
    const one = statement('SELECT id FROM file WHERE id = ANY($1) ORDER BY id', ids);
    return (await query(pool, one, { writes: false })).rows.map((row) => row['id']);
  };

  it('executes nothing behind the statement that fails, in no transaction either', async () => {
    const [before, after] = serial ? [101, 102] : [103, 104];
    await connections.use(async (connection) => {
      const { results, error } = await ask(connection, divideByZero, insert(after));
      expect(error).toMatchObject({ code: '22012' });
      expect(results).toEqual([]);
      expect((await ask(connection, insert(before))).error).toBeUndefined();
    });
    expect(await idsIn([before, after])).toEqual([before]);
  });

  it('keeps the results of what came before the failure', async () => {
    const { results, error, status } = await connections.use((connection) =>
      ask(connection, statement('SELECT 1 AS one'), statement('SELECT 2 AS two'), divideByZero),
    );
    expect(results.map(({ rows }) => rows)).toEqual([[{ one: 1 }], [{ two: 2 }]]);
    expect(error).toMatchObject({ code: '22012' });
    expect(status).toBeUndefined();
  });

  it('says in what state it has left the transaction', async () => {
    await connections.use(async (connection) => {
      expect((await ask(connection, statement('SELECT 1'))).status).toBe('I');
      expect((await ask(connection, begin, statement('SELECT 1'))).status).toBe('T');
      expect((await ask(connection, statement('ROLLBACK'))).status).toBe('I');
    });
  });

  it('sends nothing when one of its parameters cannot be sent', async () => {
    const id = serial ? 105 : 106;
    await connections.use(async (connection) => {
      const flight = ask(
        connection,
        insert(id),
        statement('SELECT $1', () => 1),
      );
      await expect(flight).rejects.toMatchObject({ kind: 'InvariantViolation' });
      expect((await ask(connection, statement('SELECT 1'))).error).toBeUndefined();
    });
    expect(await idsIn([id])).toEqual([]);
  });

  it('fails where a value cannot be read, and answers no part of the rows', async () => {
    const booleanOid = 16;
    const parse = pg.types.getTypeParser(booleanOid);
    let values = 0;
    pg.types.setTypeParser(booleanOid, () => {
      values += 1;
      if (values === 2) throw new SyntaxError('unreadable');
      return true;
    });
    try {
      const rows = statement('SELECT n, true AS flag FROM generate_series(1, 3) AS n');
      const run = transactionsOn(connections).run(async (tx) => {
        tx.write(insert(serial ? 107 : 108));
        await tx.read(rows).catch(() => []);
        return 'done';
      });
      await expect(run).rejects.toMatchObject({
        kind: 'InvariantViolation',
        message: expect.stringContaining('cannot be read'),
      });
      const alone = query(connections, statement('SELECT true AS a'), { writes: false });
      expect((await alone).rows).toEqual([{ a: true }]);
    } finally {
      pg.types.setTypeParser(booleanOid, parse);
    }
    expect(await idsIn([107, 108])).toEqual([]);
  });
});

describe('a statement by itself', () => {
  it.each([
    [{ writes: false, deadline: Number.NaN }, '"deadline" must be milliseconds since the epoch'],
    [{ writes: 'no' }, '"writes" must be true or false'],
    [{}, '"writes" must be true or false'],
    [{ write: true }, 'unknown option "write"; did you mean "writes"?'],
  ])('is not sent with wrong options: %o', async (options, problem) => {
    const sent = query(pool, statement('CREATE TABLE wrong (id int)'), options as QueryOptions);
    await expect(sent).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: `query: ${problem}`,
    });
    const found = statement("SELECT FROM pg_class WHERE relname = 'wrong'");
    expect(await query(pool, found, { writes: false })).toMatchObject({ rowCount: 0 });
  });
});

describe('a connection that has come to its end', () => {
  it('is not given to anybody else: the server has ended it in the middle of a statement', async () => {
    const pid = await pool.use(sessionOf);
    const ended = expect(query(pool, sleep(5), { writes: false })).rejects.toMatchObject({
      kind: 'Unavailable',
    });
    await delay(100);
    const superuser = await dsql.superuserConnection();
    await superuser.query('SELECT pg_terminate_backend($1)', [pid]);
    await ended;
    expect(await pool.use(sessionOf)).not.toBe(pid);
  });

  it('is one that was asked for a COPY, which is refused', async () => {
    const copy = statement('COPY file FROM STDIN');
    await expect(query(pool, copy, { writes: true })).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringContaining('COPY FROM STDIN is not supported'),
    });
    expect(await pool.use(sessionOf)).toBeGreaterThan(0);
  });
});

describe('work that waits for a connection', () => {
  it('gives up when it is aborted, without the connection', async () => {
    const controller = new AbortController();
    let isHeld = true;
    const holding = pool
      .use((connection) => ask(connection, sleep(1.5)))
      .finally(() => (isHeld = false));
    const { signal } = controller;
    const waiting = transactionsOn(pool).run((tx) => tx.read(sleep(0)), { signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(isHeld).toBe(true);
    await holding;
  });
});

describe('a connection that sends statement by statement', () => {
  it.each([
    [true, 2],
    [false, 1],
  ])('sends none while another is on its way (serial: %s)', async (serial, flights) => {
    const wire = await countFlights(Number(dsql.endpoint.split(':')[1]));
    const at = { ...dsql, endpoint: `localhost:${wire.port}` };
    const connections = poolOf(dsql, { at, serial });
    await connections.warmUp();
    wire.reset();
    await Promise.all([
      query(connections, sleep(0.2), { writes: false }),
      query(connections, sleep(0.01), { writes: false }),
    ]);
    expect(wire.flights()).toBe(flights);
    await connections.close();
    await wire.stop();
  });
});
