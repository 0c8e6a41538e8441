import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  type Decision,
  type DomainEvent,
  defineService,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { number, object, string } from 'valibot';

const charge = object({ order: string(), account: string(), cents: number() });

/** Owns the orders, and the saga: it alone knows which step comes next. */
export const orders = defineService({
  name: 'orders',
  source: 'shop.orders',
  schema: 'orders',
  migrations: [
    {
      id: 'orders-0001-orders',
      ddl: `CREATE TABLE orders.orders (id text PRIMARY KEY, account text NOT NULL, cents bigint NOT NULL,
        status text NOT NULL, version bigint NOT NULL)`,
    },
  ],
  events: {
    OrderPlaced: { version: 1, schema: charge },
    OrderPaid: { version: 1, schema: charge },
    OrderCancelled: { version: 1, schema: charge },
  },
  consumers: {
    charging: { on: ['OrderPlaced'], publishes: true },
    refunding: { on: ['OrderCancelled'] },
  },
});

type Charge = { readonly order: string; readonly account: string; readonly cents: number };

/**
 * The other service, as this one calls it: its API in the same Region. A call that is not answered
 * is thrown, and the consumer's event comes again.
 */
export type PaymentsApi = {
  readonly charge: (command: Charge) => Promise<'charged' | 'refused'>;
  readonly refund: (command: Charge) => Promise<void>;
};

export type Order = {
  readonly id: string;
  readonly account: string;
  readonly cents: number;
  readonly status: 'unknown' | 'placed' | 'paid' | 'cancelled';
  readonly version: number;
};

type Emitted = DomainEvent<'OrderPlaced' | 'OrderPaid' | 'OrderCancelled', Charge, 1>;
type OrderRunner = WorkRunner<{ readonly id: string }, Order, Emitted>;

const moved = (order: Order, status: Order['status'], type: Emitted['type']) => {
  const { id, account, cents } = order;
  const state = { ...order, status, version: order.version + 1 };
  const emitted: Emitted = {
    type,
    schemaVersion: 1,
    subject: id,
    aggregateVersion: state.version,
    data: { order: id, account, cents },
  };
  return accept({ state, events: [emitted], result: status });
};

const unchanged = (order: Order) =>
  accept<Order, Order['status'], never>({ state: order, events: [], result: order.status });

export const decidePlace = (
  known: Order,
  { order: id, account, cents }: Charge,
): Decision<Order, Order['status'], Emitted, 'OrderExists'> =>
  known.status === 'unknown'
    ? moved({ ...known, id, account, cents }, 'placed', 'OrderPlaced')
    : refuse('OrderExists', `Order ${id} exists`);

/** A customer may cancel at any time: a charge that is under way is undone after it. */
export const decideCancel = (
  order: Order,
): Decision<Order, Order['status'], Emitted, 'OrderNotFound'> => {
  if (order.status === 'unknown') return refuse('OrderNotFound', 'There is no such order');
  return order.status === 'cancelled'
    ? unchanged(order)
    : moved(order, 'cancelled', 'OrderCancelled');
};

/** The answer of the other service. An order that is cancelled meanwhile stays so. */
export const decideCharged = (
  order: Order,
  answer: 'charged' | 'refused',
): Decision<Order, Order['status'], Emitted> => {
  if (order.status !== 'placed') return unchanged(order);
  return answer === 'charged'
    ? moved(order, 'paid', 'OrderPaid')
    : moved(order, 'cancelled', 'OrderCancelled');
};

/** The commands of its API. */
export const createOrders = (runner: OrderRunner) => ({
  place: (command: Charge, run: RunContext) => {
    const { order: id, account, cents } = command;
    return runner.run({
      ...run,
      once: { kind: 'command', key: `place ${id}`, fingerprint: JSON.stringify([account, cents]) },
      load: { id },
      decide: (order) => decidePlace(order, command),
    });
  },
  cancel: (id: string, run: RunContext) =>
    runner.run({
      ...run,
      once: { kind: 'command', key: `cancel ${id}`, fingerprint: '' },
      load: { id },
      decide: decideCancel,
    }),
});

/** The step: it calls first, and then decides on the answer. Both may run again. */
export const chargeOrder =
  (runner: OrderRunner, api: PaymentsApi) =>
  async (event: ConsumerEvent<typeof orders, 'charging'>, run: ConsumerContext) => {
    const answer = await api.charge(event.data);
    const load = { id: event.data.order };
    return runner.run({ ...run, load, decide: (order) => decideCharged(order, answer) });
  };

/** The compensation, whatever has become of the step. It changes nothing of the order. */
export const refundOrder =
  (runner: OrderRunner, api: PaymentsApi) =>
  async (event: ConsumerEvent<typeof orders, 'refunding'>, run: ConsumerContext) => {
    await api.refund(event.data);
    return runner.run({ ...run, load: { id: event.data.order }, decide: unchanged });
  };

type OrderRow = Readonly<Record<'id' | 'account' | 'cents' | 'status' | 'version', string>>;

export const orderRows: DsqlRepository<{ readonly id: string }, Order, [OrderRow]> = {
  empty: { id: '', account: '', cents: 0, status: 'unknown', version: 0 },
  load: ({ id }) => [statement<OrderRow>('SELECT * FROM orders.orders WHERE id = $1', id)],
  toState: ([[row]]) =>
    row
      ? {
          ...{ id: row.id, account: row.account, status: row.status as Order['status'] },
          ...{ cents: Number(row.cents), version: Number(row.version) },
        }
      : orderRows.empty,
  save: ({ id, account, cents, status, version }) => [
    statement(
      `INSERT INTO orders.orders VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET status = $4, version = $5`,
      ...([id, account, cents, status, version] as const),
    ),
  ],
};
