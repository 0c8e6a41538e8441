import type { ConnectionPool, Transactions } from 'antipode/dsql';
import { DsqlDialect } from 'antipode/dsql';
import { CamelCasePlugin, Kysely } from 'kysely';

/** The columns are `id` and `first_name`. */
type Tables = { readonly people: { readonly id: string; readonly firstName: string } };

export const createPeople = (connections: ConnectionPool, transactions: Transactions) => {
  const dialect = new DsqlDialect({ connections });
  const db = new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin()] });
  return {
    firstName: async (id: string): Promise<string | undefined> => {
      const query = db.selectFrom('people').select('firstName').where('id', '=', id);
      const [person] = await transactions.run((tx) => tx.read(query));
      return person?.firstName;
    },
  };
};
