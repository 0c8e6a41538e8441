import {
  accept,
  type Decision,
  type DomainEvent,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';

/** Products of one order, so that nobody buys all of them in one request. */
export const quantityMax = 100;

export type Order = { readonly id: string; readonly product: string; readonly quantity: number };

/** `key` is the request's, and becomes the id of the order. */
export type PlaceOrder = Omit<Order, 'id'> & { readonly key: string };

export type OrderPlaced = DomainEvent<'OrderPlaced', Order, 1>;

/** A pure function of the command. Its state is the orders that it adds. */
export const decidePlaceOrder = (
  _: readonly Order[],
  { key: id, product, quantity }: PlaceOrder,
): Decision<readonly Order[], Order, OrderPlaced, 'TooMany'> => {
  if (quantity > quantityMax) return refuse('TooMany', `Order at most ${quantityMax}`);
  const order = { id, product, quantity };
  const event: OrderPlaced = {
    type: 'OrderPlaced',
    schemaVersion: 1,
    subject: id,
    aggregateVersion: 1,
    data: order,
  };
  return accept({ state: [order], events: [event], result: order });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createPlaceOrder =
  (orders: WorkRunner<never, readonly Order[], OrderPlaced>) =>
  (command: PlaceOrder, run: RunContext) => {
    const { key, product, quantity } = command;
    return orders.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['place', product, quantity]) },
      load: null,
      decide: (orders) => decidePlaceOrder(orders, command),
    });
  };
