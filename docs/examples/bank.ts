import { InvalidInput } from 'antipode/domain';
import {
  type ConnectionsOptions,
  createConnections,
  createTransactions,
  DsqlDialect,
} from 'antipode/dsql';
import { Kysely } from 'kysely';

type Tables = { readonly accounts: { readonly id: string; readonly cents: number } };

export const openBank = (options: ConnectionsOptions) => {
  const connections = createConnections(options);
  const db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  const transactions = createTransactions({ connections });
  const accounts = () => db.selectFrom('accounts').selectAll();
  return {
    /** Nothing but Kysely. A statement by itself that meets a conflict is run again. */
    accounts: () => accounts().orderBy('id').execute(),
    /** Two flights: BEGIN with the read, the write with COMMIT. After a conflict all of it runs again, with fresh reads. */
    withdraw: (id: string, amount: number) =>
      transactions.run(async (tx) => {
        const [account] = await tx.read(accounts().where('id', '=', id));
        if (!account || account.cents < amount) throw new InvalidInput(`${id} has not so much`);
        const cents = account.cents - amount;
        tx.write(db.updateTable('accounts').set({ cents }).where('id', '=', id));
        return cents;
      }),
    close: () => db.destroy(),
  };
};
