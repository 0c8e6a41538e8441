import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import { type ConnectionPool, DsqlDialect, pipeline } from '../../../../src/adapters/dsql/index.ts';
import type { FlightResult } from '../../../../src/adapters/dsql/wire/statement.ts';
import type { Retry } from '../../../../src/domain/kernel/index.ts';

type Tables = { readonly notes: { readonly id: string } };

const conflict = { code: '40001', message: 'change conflicts (OC000)', severity: 'ERROR' };

/**
 * Kysely on one connection that answers each flight a turn later, and keeps its transaction as a
 * server would.
 *
 * @param failing numbers of the flights, from 0, whose last statement meets a conflict
 * @param lost numbers of the flights whose answer is lost with the connection
 */
const recorded = (failing: readonly number[] = [], lost: readonly number[] = []) => {
  const retries: Retry[] = [];
  const log: string[] = [];
  let status: 'I' | 'T' | 'E' = 'I';
  let flights = 0;
  const flight: Connection['flight'] = async (statements) => {
    const words = statements.map(({ sql: text }) => text.split(' ', 1)[0]?.toUpperCase() ?? '');
    log.push(words.join(' '));
    const fails = failing.includes(flights);
    const isLost = lost.includes(flights++);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (isLost) return { results: [], error: new Error('Connection terminated unexpectedly') };
    const results: { command: string; rowCount: number; rows: [] }[] = [];
    for (const [at, command] of words.entries()) {
      const answer = (): FlightResult => ({ results, error: Object.assign(new Error(), conflict) });
      if (command === 'BEGIN') status = 'T';
      else if (fails && at === words.length - 1) {
        if (status === 'T') status = command === 'COMMIT' ? 'I' : 'E';
        return answer();
      } else if (command === 'COMMIT' || command === 'ROLLBACK') status = 'I';
      results.push({ command, rowCount: 1, rows: [] });
    }
    return { results, status };
  };
  const close = async (): Promise<void> => undefined;
  const connections: ConnectionPool = {
    use: async (work) => {
      try {
        return await work({
          flight,
          usable: () => true,
          close: async () => void log.push('closed'),
        });
      } finally {
        log.push(`given back ${status}`);
      }
    },
    warmUp: close,
    close,
  };
  const db = new Kysely<Tables>({
    dialect: new DsqlDialect({ connections, onRetry: (retry) => retries.push(retry) }),
  });
  return { db, log, retries };
};

const insert = (db: Kysely<Tables>, id = 'a') => db.insertInto('notes').values({ id });

/** Until everything that was started has come to its end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('a connection that Kysely had comes back without a transaction', () => {
  it('when another branch fails while the first statement is on its way', async () => {
    const { db, log } = recorded();
    const failing = db
      .transaction()
      .execute((trx) =>
        Promise.all([insert(trx).execute(), Promise.reject(new Error('changed my mind'))]),
      );
    await expect(failing).rejects.toThrow('changed my mind');
    expect(log).toEqual(['BEGIN INSERT', 'ROLLBACK', 'given back I']);
  });

  it('when its first statement is aborted', async () => {
    const { db, log } = recorded();
    const controller = new AbortController();
    const aborted = db.transaction().execute(async (trx) => {
      setTimeout(() => controller.abort(), 1);
      await insert(trx).execute({ signal: controller.signal });
    });
    await expect(aborted).rejects.toThrow();
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'ROLLBACK', 'given back I']);
  });

  it('and with the statements that nobody awaited in it', async () => {
    const { db, log } = recorded();
    await db.transaction().execute(async (trx) => {
      void insert(trx).execute();
    });
    expect(log).toEqual(['BEGIN INSERT', 'COMMIT', 'given back I']);
  });

  it('when its first statement meets a conflict that nobody waits for', async () => {
    const { db, log } = recorded([0]);
    const failing = db.transaction().execute(async (trx) => {
      insert(trx)
        .execute()
        .catch(() => undefined);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'ROLLBACK', 'given back I']);
  });

  it('when a raw BEGIN has begun it', async () => {
    const { db, log } = recorded();
    await db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      await insert(connection).execute();
    });
    expect(log).toEqual(['BEGIN', 'INSERT', 'ROLLBACK', 'given back I']);
  });
});

describe('a transaction that a raw BEGIN has begun', () => {
  it('is not committed by a pipeline', async () => {
    const { db, log } = recorded();
    await db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      await pipeline(connection, [insert(connection), insert(connection, 'b')]);
      await sql`rollback`.execute(connection);
    });
    expect(log).toEqual(['BEGIN', 'INSERT INSERT', 'ROLLBACK', 'given back I']);
  });

  it('is told of a conflict, and can be ended', async () => {
    const { db, log } = recorded([1]);
    await db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      await expect(insert(connection).execute()).rejects.toMatchObject({ kind: 'Conflict' });
      await sql`rollback`.execute(connection);
    });
    expect(log).toEqual(['BEGIN', 'INSERT', 'ROLLBACK', 'given back I']);
  });
});

describe('a conflict of Kysely', () => {
  it('is run again and told, by itself and at the beginning of a transaction', async () => {
    const { db, log, retries } = recorded([0, 2]);
    await insert(db).execute();
    await db.transaction().execute((trx) => insert(trx).execute());
    expect(log).toEqual([
      ...['INSERT', 'INSERT', 'given back I'],
      ...['BEGIN INSERT', 'ROLLBACK', 'BEGIN INSERT', 'COMMIT', 'given back I'],
    ]);
    expect(retries).toMatchObject([
      { attempt: 1, fault: { kind: 'Conflict' }, waitMs: expect.any(Number) },
      { attempt: 1, fault: { kind: 'Conflict' } },
    ]);
  });
});

describe('a connection that is kept for several transactions', () => {
  it('goes on after one that was rolled back', async () => {
    const { db, log } = recorded();
    await db.connection().execute(async (connection) => {
      const failing = connection.transaction().execute(async (trx) => {
        await insert(trx).execute();
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      await insert(connection).execute();
      await connection.transaction().execute((trx) => insert(trx).execute());
    });
    expect(log).toEqual([
      ...['BEGIN INSERT', 'ROLLBACK', 'INSERT'],
      ...['BEGIN INSERT', 'COMMIT', 'given back I'],
    ]);
  });
});

describe('a controlled transaction gives its connection back', () => {
  it('when COMMIT meets a conflict, and its rollback has nothing to do', async () => {
    const { db, log } = recorded([1]);
    const trx = await db.startTransaction().execute();
    await insert(trx).execute();
    await expect(trx.commit().execute()).rejects.toMatchObject({ kind: 'Conflict' });
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'COMMIT', 'given back I']);
    expect(trx.isRolledBack).toBe(true);
    await trx.rollback().execute();
    await expect(insert(trx).execute()).rejects.toThrow(/already rolled back/);
    expect(log).toHaveLength(3);
  });

  it('when the answer to COMMIT is lost, so that the outcome is unknown', async () => {
    const { db, log } = recorded([], [1]);
    const trx = await db.startTransaction().execute();
    await insert(trx).execute();
    await expect(trx.commit().execute()).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    await settled();
    expect(log.at(-1)).toMatch(/^given back/);
  });

  it('when a statement has failed and COMMIT is refused for it', async () => {
    const { db, log } = recorded([1]);
    const trx = await db.startTransaction().execute();
    await insert(trx).execute();
    await expect(insert(trx, 'b').execute()).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(trx.commit().execute()).rejects.toMatchObject({ kind: 'Conflict' });
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'INSERT', 'ROLLBACK', 'given back I']);
  });

  it('when ROLLBACK fails', async () => {
    const { db, log } = recorded([], [1]);
    const trx = await db.startTransaction().execute();
    await insert(trx).execute();
    await trx.rollback().execute();
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'ROLLBACK', 'closed', 'given back T']);
  });

  it('when it has had no statement', async () => {
    const { db, log } = recorded();
    await (await db.startTransaction().execute()).commit().execute();
    await (await db.startTransaction().execute()).rollback().execute();
    await settled();
    expect(log).toEqual(['given back I', 'given back I']);
  });

  it('when it cannot begin', async () => {
    const { db, log } = recorded();
    const beginning = db.startTransaction().setIsolationLevel('serializable').execute();
    await expect(beginning).rejects.toThrow(/isolation level/);
    await settled();
    expect(log).toEqual(['given back I']);
  });

  it('and refuses a savepoint with a remedy, after which it can still commit', async () => {
    const { db, log } = recorded();
    const trx = await db.startTransaction().execute();
    await insert(trx).execute();
    await expect(trx.savepoint('here').execute()).rejects.toThrow(/DSQL has no savepoints: run/);
    const named = trx as unknown as { rollbackToSavepoint(name: string): Promised };
    await expect(named.rollbackToSavepoint('here').execute()).rejects.toThrow(/no savepoints/);
    await trx.commit().execute();
    await settled();
    expect(log).toEqual(['BEGIN INSERT', 'COMMIT', 'given back I']);
  });

  it('when the stream that it was asked for is refused', async () => {
    const { db, log } = recorded();
    const trx = await db.startTransaction().execute();
    const stream = trx.selectFrom('notes').selectAll().stream();
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/cursors/);
    await trx.rollback().execute();
    await settled();
    expect(log).toEqual(['given back I']);
  });
});

type Promised = { execute(): Promise<unknown> };
