import {
  accept,
  type Decision,
  type DomainEvent,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';

/** A product, and how many of it are left. Its version grows by one with each event. */
export type Stock = { readonly product: string; readonly left: number; readonly version: number };

export type Order = { readonly id: string; readonly product: string; readonly quantity: number };

/** `key` is the request's, and becomes the id of the order. */
export type PlaceOrder = Omit<Order, 'id'> & { readonly key: string };

export type OrderPlaced = DomainEvent<'OrderPlaced', Order, 1>;

/** A pure function of the state and the command. */
export const decidePlaceOrder = (
  stock: Stock | undefined,
  { key: id, product, quantity }: PlaceOrder,
): Decision<
  Stock | undefined,
  Order & { readonly left: number },
  OrderPlaced,
  'ProductNotFound' | 'SoldOut'
> => {
  if (!stock) return refuse('ProductNotFound', `There is no product ${product}`);
  if (quantity > stock.left) return refuse('SoldOut', `${stock.left} are left`);
  const state = { ...stock, left: stock.left - quantity, version: stock.version + 1 };
  const order = { id, product, quantity };
  const event: OrderPlaced = {
    type: 'OrderPlaced',
    schemaVersion: 1,
    subject: product,
    aggregateVersion: state.version,
    data: order,
  };
  return accept({ state, events: [event], result: { ...order, left: state.left } });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createPlaceOrder =
  (stocks: WorkRunner<{ readonly product: string }, Stock | undefined, OrderPlaced>) =>
  (command: PlaceOrder, run: RunContext) => {
    const { key, product, quantity } = command;
    return stocks.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['place', product, quantity]) },
      load: { product },
      decide: (stock) => decidePlaceOrder(stock, command),
    });
  };
