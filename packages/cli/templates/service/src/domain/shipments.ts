import { accept, type ConsumerContext, type EventEnvelope, type WorkRunner } from 'antipode/domain';
import type { Order } from './orders.ts';

/** Adds the shipment of an order once, however often its event comes: `run` has the inbox. */
export const createAddShipment =
  (shipments: WorkRunner<never, readonly Order[]>) =>
  ({ data }: EventEnvelope<'OrderPlaced', Order>, run: ConsumerContext) =>
    shipments.run({
      ...run,
      load: null,
      decide: () => accept({ state: [data], events: [], result: null }),
    });
