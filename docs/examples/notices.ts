import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  defineService,
  type WorkRunner,
} from 'antipode/domain';
import { insertOnly, statement } from 'antipode/dsql';
import type { ServiceParts } from 'antipode/handlers';
import { number, object, string } from 'valibot';

const orderPlaced = object({ product: string(), quantity: number() });

/** An order in one Region becomes a notice in the other one. */
export const desk = defineService({
  name: 'desk',
  source: 'shop.desk',
  schema: 'desk',
  migrations: [
    {
      id: 'desk-0001-notices',
      ddl: 'CREATE TABLE IF NOT EXISTS desk.notices (id text PRIMARY KEY, text text NOT NULL)',
    },
  ],
  events: { OrderPlaced: { version: 1, schema: orderPlaced, scope: 'all-regions' } },
  consumers: { notices: { on: ['OrderPlaced'], of: 'other-region' } },
});

type Notice = { readonly id: string; readonly text: string };
type OrderPlaced = ConsumerEvent<typeof desk, 'notices'>;

/** The use case. `run` has the inbox, so the notice is added once. */
export const addNotice =
  (rows: WorkRunner<never, readonly Notice[]>) => (event: OrderPlaced, run: ConsumerContext) => {
    const { product, quantity } = event.data;
    const text = `${quantity} of ${product} are ordered in ${event.originregion}`;
    const state = [{ id: event.id, text }];
    return rows.run({
      ...run,
      load: null,
      decide: () => accept({ state, events: [], result: null }),
    });
  };

const rows = insertOnly(({ id, text }: Notice) =>
  statement('INSERT INTO desk.notices VALUES ($1, $2)', id, text),
);

/** The consumer, as its entry and its tests take it. */
export const notices = ({ runner }: ServiceParts<typeof desk>) => addNotice(runner(rows));
