import { insertOnly, template } from 'antipode/dsql';
import type { Kysely } from 'kysely';
import type { Order } from '../domain/orders.ts';

/** The service's tables as Kysely sees them. Columns have the names of the domain's fields. */
export type Tables = { readonly 'web_shop.orders': Order };

export const createOrders = (db: Kysely<Tables>) =>
  insertOnly(
    template(({ id, product, quantity }: Order) =>
      db.insertInto('web_shop.orders').values({ id, product, quantity }),
    ),
  );
