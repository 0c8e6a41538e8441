import {
  accept,
  type Decision,
  type DomainEvent,
  defineService,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { number, object, string } from 'valibot';

const ofOrder = object({ order: string(), cents: number() });

/** Owns the money: it alone decides whether an account can pay. */
export const payments = defineService({
  name: 'payments',
  source: 'shop.payments',
  schema: 'payments',
  migrations: [
    {
      id: 'payments-0001-accounts',
      ddl: 'CREATE TABLE payments.accounts (id text PRIMARY KEY, cents bigint NOT NULL)',
    },
    {
      id: 'payments-0002-charges',
      ddl: 'CREATE TABLE payments.charges (id text PRIMARY KEY, cents bigint NOT NULL, status text NOT NULL)',
    },
  ],
  events: {
    OrderCharged: { version: 1, schema: ofOrder },
    OrderRefunded: { version: 1, schema: ofOrder },
  },
  consumers: {},
});

/** The step of the saga, and the one that undoes it. An order is charged at most once. */
export type Charge = { readonly order: string; readonly account: string; readonly cents: number };

type Money = {
  readonly account: { readonly id: string; readonly cents: number } | undefined;
  readonly charge: { readonly cents: number; readonly status: 'charged' | 'refunded' } | undefined;
};

type Emitted = DomainEvent<
  'OrderCharged' | 'OrderRefunded',
  { readonly order: string; readonly cents: number },
  1
>;

/** The stored state: the changed account, and the charge of the order. */
type Changed = Money & { readonly order: string };

const emitted = (type: Emitted['type'], order: string, cents: number): Emitted => ({
  type,
  schemaVersion: 1,
  subject: order,
  aggregateVersion: type === 'OrderCharged' ? 1 : 2,
  data: { order, cents },
});

type ChargeRefusal = 'NoMoney' | 'Refunded';

export const decideCharge = (
  { account, charge }: Money,
  { order, cents }: Charge,
): Decision<Changed, 'charged', Emitted, ChargeRefusal> => {
  const result = 'charged';
  if (charge?.status === 'refunded') return refuse('Refunded', `Order ${order} is cancelled`);
  if (charge) return accept({ state: { order, account, charge }, events: [], result });
  if (!account || account.cents < cents) return refuse('NoMoney', `${cents} cents are needed`);
  return accept({
    state: {
      order,
      account: { ...account, cents: account.cents - cents },
      charge: { cents, status: result },
    },
    events: [emitted('OrderCharged', order, cents)],
    result,
  });
};

/**
 * Holds also for a charge that has not come yet: it leaves a mark, and the charge is refused when
 * it comes.
 */
export const decideRefund = (
  { account, charge }: Money,
  { order }: Charge,
): Decision<Changed, 'refunded', Emitted> => {
  const result = 'refunded';
  const cents = charge?.status === 'charged' ? charge.cents : 0;
  return accept({
    state: {
      order,
      account: account && { ...account, cents: account.cents + cents },
      charge: { cents: charge?.cents ?? 0, status: result },
    },
    events: cents === 0 ? [] : [emitted('OrderRefunded', order, cents)],
    result,
  });
};

type MoneyRunner = WorkRunner<Charge, Changed, Emitted>;

/** The commands of its API. Each takes effect once per order, in whichever Region it is sent. */
export const createPayments = (runner: MoneyRunner) => ({
  charge: (command: Charge, run: RunContext) =>
    runner.run({
      ...run,
      once: { kind: 'command', key: `charge ${command.order}`, fingerprint: command.account },
      load: command,
      decide: (money) => decideCharge(money, command),
    }),
  refund: (command: Charge, run: RunContext) =>
    runner.run({
      ...run,
      once: { kind: 'command', key: `refund ${command.order}`, fingerprint: command.account },
      load: command,
      decide: (money) => decideRefund(money, command),
    }),
});

type AccountRow = { readonly id: string; readonly cents: string };
type ChargeRow = { readonly cents: string; readonly status: 'charged' | 'refunded' };

export const moneyRows: DsqlRepository<Charge, Changed, [AccountRow, ChargeRow]> = {
  empty: { order: '', account: undefined, charge: undefined },
  load: ({ account, order }) => [
    statement<AccountRow>('SELECT id, cents FROM payments.accounts WHERE id = $1', account),
    statement<ChargeRow>('SELECT cents, status FROM payments.charges WHERE id = $1', order),
  ],
  toState: ([[account], [charge]]) => ({
    order: '',
    account: account && { id: account.id, cents: Number(account.cents) },
    charge: charge && { cents: Number(charge.cents), status: charge.status },
  }),
  save: ({ order, account, charge }) => [
    ...(account
      ? [
          statement(
            'UPDATE payments.accounts SET cents = $2 WHERE id = $1',
            account.id,
            account.cents,
          ),
        ]
      : []),
    ...(charge
      ? [
          statement(
            `INSERT INTO payments.charges VALUES ($1, $2, $3)
              ON CONFLICT (id) DO UPDATE SET status = $3`,
            order,
            charge.cents,
            charge.status,
          ),
        ]
      : []),
  ],
};
