import type { Order, Stock } from '../domain/orders.ts';

/** The service's tables as Kysely sees them. Columns have the names of the domain's fields. */
export type Tables = {
  readonly 'web_shop.stocks': Stock;
  readonly 'web_shop.shipments': Order;
};
