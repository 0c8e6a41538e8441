import { InvalidInput } from 'antipode/domain';
import {
  type ConnectionsOptions,
  createConnections,
  createTransactions,
  DsqlDialect,
  template,
} from 'antipode/dsql';
import { Kysely } from 'kysely';

type Account = { readonly id: string; readonly cents: number };
type Tables = { readonly accounts: Account };

export const openBank = (options: ConnectionsOptions) => {
  const connections = createConnections(options);
  const db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  const transactions = createTransactions({ connections });
  // Compiled once: to build a query each time costs more than to send it.
  const accountById = template(({ id }: { id: string }) =>
    db.selectFrom('accounts').selectAll().where('id', '=', id),
  );
  const update = template(({ id, cents }: Account) =>
    db.updateTable('accounts').set({ cents }).where('id', '=', id),
  );
  return {
    /** Nothing but Kysely. A statement by itself that meets a conflict is run again. */
    accounts: () => db.selectFrom('accounts').selectAll().orderBy('id').execute(),
    /**
     * Two flights: BEGIN with the read, the write with COMMIT. After a conflict all of it runs
     * again, with fresh reads.
     */
    withdraw: (id: string, amount: number) =>
      transactions.run(async (tx) => {
        const [account] = await tx.read(accountById({ id }));
        if (!account || account.cents < amount) throw new InvalidInput(`${id} has not so much`);
        const cents = account.cents - amount;
        tx.write(update({ id, cents }));
        return cents;
      }),
    close: () => db.destroy(),
  };
};
