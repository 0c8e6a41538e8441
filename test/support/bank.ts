import { number, object, string } from 'valibot';
import {
  type ConnectionPool,
  type DsqlRepository,
  query,
  statement,
} from '../../src/adapters/dsql/index.ts';
import {
  accept,
  type Decision,
  type DomainEvent,
  declareEvents,
  refuse,
  type Work,
} from '../../src/domain/kernel/index.ts';

/** A bounded context whose every mistake shows in its sums: money is moved between accounts. */
export type Transfer = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
};

export type BankQuery = { readonly accounts: readonly string[] };

export type BankState = {
  readonly balances: Readonly<Record<string, number>>;
  /** Amounts that are added to balances without reading them. */
  readonly changes: Readonly<Record<string, number>>;
  readonly transfers: readonly Transfer[];
};

type BankResult = { readonly id: string; readonly amount: number };

export const bankSchema = 'bank';

/**
 * The journal's own key is random, so that nothing but the idempotency record keeps a transfer from
 * being there twice.
 */
export const bankMigrations = [
  {
    id: 'bank-0001',
    ddl: `CREATE TABLE IF NOT EXISTS ${bankSchema}.account (id text PRIMARY KEY, balance bigint NOT NULL,
      CONSTRAINT account_overdrawn CHECK (balance >= 0))`,
  },
  {
    id: 'bank-0002',
    ddl: `CREATE TABLE IF NOT EXISTS ${bankSchema}.journal (entry uuid PRIMARY KEY, id text NOT NULL,
      from_account text NOT NULL, to_account text NOT NULL, amount bigint NOT NULL)`,
  },
];

const overdrawn = refuse('Overdrawn', 'The account does not hold as much');

const updates = (values: Readonly<Record<string, number>>, set: string) =>
  Object.entries(values)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, value]) =>
      statement(`UPDATE ${bankSchema}.account SET balance = ${set} WHERE id = $1`, id, value),
    );

export const dsqlBank: DsqlRepository<BankQuery, BankState> = {
  empty: { balances: {}, changes: {}, transfers: [] },
  load: ({ accounts }) => [
    statement(`SELECT id, balance FROM ${bankSchema}.account WHERE id = ANY($1)`, accounts),
  ],
  toState: (results) => ({
    balances: Object.fromEntries(
      results.flat().map((row) => [String(row['id']), Number(row['balance'])]),
    ),
    changes: {},
    transfers: [],
  }),
  save: ({ balances, changes, transfers }) => [
    // Written from what was read, so that a lost update shows.
    ...updates(balances, '$2'),
    ...updates(changes, 'balance + $2'),
    ...transfers.map(({ id, from, to, amount }) =>
      statement(
        `INSERT INTO ${bankSchema}.journal (entry, id, from_account, to_account, amount) VALUES ($1, $2, $3, $4, $5)`,
        ...[crypto.randomUUID(), id, from, to, amount],
      ),
    ),
  ],
  refusalOf: (constraint) => (constraint === 'account_overdrawn' ? overdrawn : undefined),
};

type Transferred = DomainEvent<'Transferred', Omit<Transfer, 'id'>, 1>;

const bankEvents = declareEvents('antipode.bank', {
  Transferred: {
    version: 1,
    schema: object({ from: string(), to: string(), amount: number() }),
  },
});

const transferred = ({ id, ...data }: Transfer): Transferred => ({
  ...{ type: 'Transferred', schemaVersion: 1, subject: id, aggregateVersion: 1, data },
});

const moved = (
  transfer: Transfer,
  state: Partial<BankState>,
): Decision<BankState, BankResult, Transferred> =>
  accept({
    state: { balances: {}, changes: {}, transfers: [transfer], ...state },
    events: [transferred(transfer)],
    result: { id: transfer.id, amount: transfer.amount },
  });

/** Decides on the balances that it has read. */
const afterLook =
  (transfer: Transfer) =>
  ({ balances }: BankState): Decision<BankState, BankResult, Transferred> => {
    const { from, to, amount } = transfer;
    const [source = 0, target = 0] = [balances[from], balances[to]];
    if (source < amount) return overdrawn;
    return moved(transfer, { balances: { [from]: source - amount, [to]: target + amount } });
  };

/** Reads nothing, in one flight; the table refuses what would overdraw. */
const blindly = (transfer: Transfer) => (): Decision<BankState, BankResult, Transferred> =>
  moved(transfer, {
    changes: { [transfer.from]: -transfer.amount, [transfer.to]: transfer.amount },
  });

/** A transfer as a command; its id is its idempotency key. */
export const transferWork = (
  transfer: Transfer,
  options: { readonly looks: boolean; readonly region: string; readonly deadline: number },
): Work<BankQuery, BankState, BankResult> => {
  const { looks, region, deadline } = options;
  const origin = { region, time: new Date().toISOString() };
  const causation = { correlationid: transfer.id };
  return {
    once: { kind: 'command', key: transfer.id, fingerprint: JSON.stringify(transfer) },
    ...(looks
      ? { load: { accounts: [transfer.from, transfer.to] }, decide: afterLook(transfer) }
      : { decide: blindly(transfer) }),
    envelop: (event) =>
      bankEvents.envelop(event as Transferred, crypto.randomUUID(), origin, causation),
    deadline,
  };
};

/** Opens accounts with the same balance each. */
export const openAccounts = async (
  connections: ConnectionPool,
  accounts: readonly string[],
  balance: number,
): Promise<void> => {
  const one = statement(
    `INSERT INTO ${bankSchema}.account (id, balance) SELECT id, $2 FROM unnest($1::text[]) AS opened (id)`,
    accounts,
    balance,
  );
  await query(connections, one, { writes: true });
};

/** The rows of the transfers whose ids begin with a prefix, read after the run. */
export type BankBooks = {
  readonly balances: ReadonlyMap<string, number>;
  readonly journal: readonly Transfer[];
  /**
   * Ids of the transfers that have an idempotency record, and that have an outbox row; one for
   * each.
   */
  readonly recorded: readonly string[];
  readonly announced: readonly string[];
};

/** Whole tables are looked through, after hundreds of thousands of transfers. Milliseconds. */
const readMsMax = 120_000;

export const readBooks = async (
  connections: ConnectionPool,
  prefix: string,
): Promise<BankBooks> => {
  const deadline = Date.now() + readMsMax;
  const ask = async (sql: string, pattern: string) =>
    (await query(connections, statement(sql, pattern), { writes: false, deadline })).rows;
  const accounts = await ask(
    `SELECT id, balance FROM ${bankSchema}.account WHERE id LIKE $1`,
    `${prefix}%`,
  );
  const journal = await ask(
    `SELECT id, from_account, to_account, amount FROM ${bankSchema}.journal WHERE id LIKE $1`,
    `${prefix}%`,
  );
  const recorded = await ask(
    `SELECT response FROM ${bankSchema}.idempotency WHERE response LIKE $1`,
    `%"${prefix}%`,
  );
  const announced = await ask(
    `SELECT envelope FROM ${bankSchema}.outbox WHERE envelope LIKE $1`,
    `%"subject":"${prefix}%`,
  );
  return {
    balances: new Map(accounts.map((row) => [String(row['id']), Number(row['balance'])])),
    journal: journal.map((row) => ({
      id: String(row['id']),
      from: String(row['from_account']),
      to: String(row['to_account']),
      amount: Number(row['amount']),
    })),
    recorded: recorded.map((row) => String(JSON.parse(String(row['response'])).id)),
    announced: announced.map((row) => String(JSON.parse(String(row['envelope'])).subject)),
  };
};
