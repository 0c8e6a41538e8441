import { type DsqlRepository, insertOnly, template } from 'antipode/dsql';
import type { Kysely } from 'kysely';
import type { Order, Stock } from '../domain/orders.ts';
import type { Tables } from './tables.ts';

type Product = { readonly product: string };

export const createStocks = (
  db: Kysely<Tables>,
): DsqlRepository<Product, Stock | undefined, [Stock]> => {
  const stockOf = template(({ product }: Product) =>
    db.selectFrom('web_shop.stocks').selectAll().where('product', '=', product),
  );
  const update = template(({ product, left, version }: Stock) =>
    db.updateTable('web_shop.stocks').set({ left, version }).where('product', '=', product),
  );
  return {
    empty: undefined,
    load: ({ product }) => [stockOf({ product })],
    toState: ([[stock]]) => stock,
    save: (stock) => (stock ? [update(stock)] : []),
  };
};

export const createShipments = (db: Kysely<Tables>) =>
  insertOnly(
    template(({ id, product, quantity }: Order) =>
      db.insertInto('web_shop.shipments').values({ id, product, quantity }),
    ),
  );
