import { Kysely, type LogEvent, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type ConnectionPool, DsqlDialect } from '../../../../src/adapters/dsql/index.ts';

const conflict = { code: '40001', message: 'change conflicts (OC000)', severity: 'ERROR' };

/** Kysely with a log, on a connection that answers each statement; `failing` meets a conflict. */
const logged = (failing?: string) => {
  const log: string[] = [];
  const write = ({ level, query }: LogEvent) => {
    log.push(`${level} ${query.sql}`);
  };
  const connections: ConnectionPool = {
    use: (work) =>
      work({
        flight: async (statements) => {
          const commands = statements.map(({ sql: text }) => text.split(' ', 1)[0] ?? '');
          const status = /BEGIN|SELECT/.test(commands.at(-1) ?? '') ? 'T' : 'I';
          const results = commands.map((command) => ({ command, rowCount: 0, rows: [] }));
          if (commands.at(-1) !== failing) return { results, status };
          return { results: results.slice(0, -1), error: Object.assign(new Error(), conflict) };
        },
        usable: () => true,
        close: async () => undefined,
      }),
    warmUp: async () => undefined,
    close: async () => undefined,
  };
  return { db: new Kysely({ dialect: new DsqlDialect({ connections }), log: write }), log };
};

const begin = 'query BEGIN ISOLATION LEVEL REPEATABLE READ';

describe("Kysely's log", () => {
  it('shows BEGIN and COMMIT of a transaction in their order', async () => {
    const { db, log } = logged();
    await db.transaction().execute((trx) => sql`SELECT 1`.execute(trx));
    expect(log).toEqual([begin, 'query SELECT 1', 'query COMMIT']);
  });

  it('shows ROLLBACK of a transaction whose function throws', async () => {
    const { db, log } = logged();
    const failing = db.transaction().execute(async (trx) => {
      await sql`SELECT 1`.execute(trx);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(log).toEqual([begin, 'query SELECT 1', 'query ROLLBACK']);
  });

  it('shows COMMIT that fails as an error', async () => {
    const { db, log } = logged('COMMIT');
    const failing = db.transaction().execute((trx) => sql`SELECT 1`.execute(trx));
    await expect(failing).rejects.toMatchObject({ kind: 'Conflict', code: '40001' });
    expect(log).toEqual([begin, 'query SELECT 1', 'error COMMIT']);
  });

  it('shows the BEGIN of a transaction that only reads', async () => {
    const { db, log } = logged();
    await db
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => sql`SELECT 1`.execute(trx));
    expect(log).toEqual(['query BEGIN READ ONLY', 'query SELECT 1', 'query COMMIT']);
  });

  it('shows the steps of a controlled transaction', async () => {
    const { db, log } = logged();
    const trx = await db.startTransaction().execute();
    await sql`SELECT 1`.execute(trx);
    await trx.rollback().execute();
    expect(log).toEqual([begin, 'query SELECT 1', 'query ROLLBACK']);
  });
});
