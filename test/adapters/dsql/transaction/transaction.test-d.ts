import { type InsertResult, Kysely } from 'kysely';
import { expectTypeOf } from 'vitest';
import {
  type ConnectionPool,
  DsqlDialect,
  type Row,
  type Statement,
  statement,
  type Transactions,
} from '../../../../src/adapters/dsql/index.ts';

type Tables = { readonly accounts: { readonly id: string; readonly balance: string } };

declare const connections: ConnectionPool;
declare const transactions: Transactions;
declare const one: Statement;

const db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
const accounts = db.selectFrom('accounts').select('balance');

// A row that is read has the type of the query that reads it, or of any row.
const read = transactions.run(async (tx) => {
  expectTypeOf(tx.read(one)).resolves.toEqualTypeOf<readonly Row[]>();
  const [account] = await tx.read(accounts);
  expectTypeOf(account).toEqualTypeOf<{ balance: string } | undefined>();
  expectTypeOf(tx.read(statement<{ n: string }>('SELECT'))).resolves.toEqualTypeOf<
    readonly { n: string }[]
  >();
  expectTypeOf(tx.read(statement('SELECT'))).resolves.toEqualTypeOf<readonly Row[]>();
  // @ts-expect-error the statement has other rows
  void tx.read<{ n: number }>(statement<{ n: string }>('SELECT'));
  const inserting = db.insertInto('accounts').values({ id: 'a', balance: '0' });
  expectTypeOf(tx.read(inserting)).resolves.toEqualTypeOf<readonly InsertResult[]>();
  expectTypeOf(tx.read(inserting.compile())).resolves.toEqualTypeOf<readonly Row[]>();
  tx.write(db.updateTable('accounts').set({ balance: '0' }));
  tx.write(one, { rows: 1 });
  return account?.balance;
});
expectTypeOf(read).resolves.toEqualTypeOf<string | undefined>();

// Read-only work has no `write`.
void transactions.run(
  async (tx) => {
    expectTypeOf(tx).not.toHaveProperty('write');
    // @ts-expect-error a read-only transaction has no write
    tx.write(one);
  },
  { readOnly: true },
);

// Whether it reads only is decided where it is written.
declare const readOnly: boolean;
void transactions.run(async (tx) => tx.write(one), { readOnly });

// @ts-expect-error an unknown option
void transactions.run(async () => undefined, { readonly: true });

// Any AbortSignal will do.
void transactions.run(async () => undefined, { signal: AbortSignal.timeout(1) });
