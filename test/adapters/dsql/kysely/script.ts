import { Kysely, sql } from 'kysely';
import {
  type ConnectionsOptions,
  createConnections,
  createTransactions,
  DsqlDialect,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';

const kyselyOf = (options: ConnectionsOptions) =>
  new Kysely<unknown>({ dialect: new DsqlDialect(options) });

const one = statement('SELECT 1 AS one');

/** Scripts that never close what they have opened. Each prints when it has done its work. */
const scripts: Readonly<Record<string, (options: ConnectionsOptions) => Promise<unknown>>> = {
  query: async (options) => sql`SELECT 1`.execute(kyselyOf(options)),
  several: async (options) => {
    const db = kyselyOf(options);
    await Promise.all(Array.from({ length: 5 }, () => sql`SELECT 1`.execute(db)));
  },
  failure: async (options) =>
    sql`SELECT * FROM nowhere`.execute(kyselyOf(options)).catch(() => undefined),
  transaction: async (options) =>
    kyselyOf(options)
      .transaction()
      .execute((trx) => sql`SELECT 1`.execute(trx)),
  'abandoned transaction': async (options) => {
    const trx = await kyselyOf(options).startTransaction().execute();
    await sql`SELECT 1`.execute(trx);
  },
  connections: async (options) => query(createConnections(options), one, { writes: false }),
  'warm connections': async (options) => createConnections(options).warmUp(),
  transactions: async (options) => {
    const transactions = createTransactions({ connections: createConnections(options) });
    await transactions.run(async (tx) => tx.read(one));
    await transactions.run(async (tx) => tx.write(statement('SELECT 1')));
    await transactions.run((tx) => tx.read(one), { readOnly: true });
  },
  serial: async (options) => sql`SELECT 1`.execute(kyselyOf({ ...options, serial: true })),
  'slow statement': async (options) => sql`SELECT pg_sleep(1.5)`.execute(kyselyOf(options)),
  'slow transaction': async (options) => {
    const transactions = createTransactions({ connections: createConnections(options) });
    await transactions.run((tx) => tx.read(statement('SELECT pg_sleep(1.5)')));
  },
  closed: async (options) => {
    const db = kyselyOf(options);
    await sql`SELECT 1`.execute(db);
    await db.destroy();
  },
};

const main = async (name: string, options: ConnectionsOptions): Promise<void> => {
  await scripts[name]?.(options);
  process.stdout.write('done');
};

if (import.meta.main) {
  await main(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '{}') as ConnectionsOptions);
}
