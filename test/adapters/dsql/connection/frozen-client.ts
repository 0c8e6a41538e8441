import { createInterface } from 'node:readline';
import { Kysely } from 'kysely';
import { DsqlDialect, type DsqlDialectOptions } from '../../../../src/adapters/dsql/index.ts';

/** The client's report on one command. */
export type Answer = { readonly id: string; readonly error?: string };

/**
 * A process of its own that can be frozen: it writes a row for each line that it reads, on one
 * connection, and says what came of it. It never runs a command again.
 */
const main = async (options: DsqlDialectOptions): Promise<void> => {
  const db = new Kysely<{ readonly 'frozen.notes': { readonly id: string } }>({
    dialect: new DsqlDialect(options),
  });
  const write = async (id: string): Promise<Answer> => {
    try {
      await db.insertInto('frozen.notes').values({ id }).execute();
      return { id };
    } catch (error) {
      return { id, error: String(error) };
    }
  };
  for await (const id of createInterface(process.stdin)) {
    process.stdout.write(`${JSON.stringify(await write(id))}\n`);
  }
  await db.destroy();
};

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as DsqlDialectOptions);
