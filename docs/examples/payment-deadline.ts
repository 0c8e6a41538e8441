import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  type Decision,
  type DomainEvent,
  defineService,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { object, string } from 'valibot';

const order = object({ order: string() });

/** Orders that expire unless they are paid in time. */
export const shop = defineService({
  name: 'shop',
  source: 'shop.orders',
  schema: 'shop',
  migrations: [
    {
      id: 'shop-0001-payments',
      ddl: 'CREATE TABLE shop.payments (id text PRIMARY KEY, status text NOT NULL, version bigint NOT NULL)',
    },
  ],
  events: {
    OrderPlaced: { version: 1, schema: order },
    OrderPaid: { version: 1, schema: order },
    /** The timeout: the process emits it for itself, for later. */
    PaymentDue: { version: 1, schema: order },
    OrderExpired: { version: 1, schema: order },
  },
  consumers: {
    payments: { on: ['OrderPlaced', 'OrderPaid', 'PaymentDue'], publishes: true },
  },
});

/** One row for each order: what the process knows so far. */
export type Payment = {
  readonly id: string;
  readonly status: 'unknown' | 'waiting' | 'paid' | 'expired';
  readonly version: number;
};

type Emitted<Type extends string> = DomainEvent<Type, { readonly order: string }, 1>;
type Heard = ConsumerEvent<typeof shop, 'payments'>;

export const paymentMsMax = 15 * 60_000;

/** Pure. Events come in any order and more than once, so each status answers each event. */
export const decidePayment = (
  payment: Payment,
  { type, data }: Pick<Heard, 'type' | 'data'>,
  now: number,
): Decision<Payment, null, Emitted<'PaymentDue' | 'OrderExpired'>> => {
  const known = { ...payment, id: data.order };
  const next = { ...known, version: payment.version + 1 };
  const emitted = <Type extends string>(type: Type): Emitted<Type> => ({
    type,
    schemaVersion: 1,
    subject: data.order,
    aggregateVersion: next.version,
    data,
  });
  const unchanged = accept<Payment, null, never>({ state: known, events: [], result: null });
  switch (type) {
    case 'OrderPlaced': {
      if (payment.status !== 'unknown') return unchanged;
      const due = { ...emitted('PaymentDue'), notBefore: now + paymentMsMax };
      return accept({ state: { ...next, status: 'waiting' }, events: [due], result: null });
    }
    case 'OrderPaid':
      if (payment.status === 'expired') return unchanged;
      return accept({ state: { ...next, status: 'paid' }, events: [], result: null });
    case 'PaymentDue':
      if (payment.status !== 'waiting') return unchanged;
      return accept({
        state: { ...next, status: 'expired' },
        events: [emitted('OrderExpired')],
        result: null,
      });
  }
};

type PaymentRow = { readonly id: string; readonly status: string; readonly version: string };

export const payments: DsqlRepository<{ readonly id: string }, Payment, [PaymentRow]> = {
  empty: { id: '', status: 'unknown', version: 0 },
  load: ({ id }) => [
    statement<PaymentRow>('SELECT id, status, version FROM shop.payments WHERE id = $1', id),
  ],
  toState: ([[row]]) =>
    row
      ? { id: row.id, status: row.status as Payment['status'], version: Number(row.version) }
      : payments.empty,
  save: ({ id, status, version }) => [
    statement(
      `INSERT INTO shop.payments VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET status = $2, version = $3`,
      id,
      status,
      version,
    ),
  ],
};

/** The process manager: a consumer whose state is the row of its order. */
export const watchPayment =
  (runner: WorkRunner<{ readonly id: string }, Payment, Emitted<'PaymentDue' | 'OrderExpired'>>) =>
  (event: Heard, run: ConsumerContext) =>
    runner.run({
      ...run,
      load: { id: event.data.order },
      decide: (payment) => decidePayment(payment, event, run.now),
    });
