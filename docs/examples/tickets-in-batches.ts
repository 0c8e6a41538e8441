import { defineService } from 'antipode/domain';
import { tickets } from './tickets.ts';

/** A queue holds tickets back while the entrance is busy, and hands over twenty at once. */
export const ticketsInBatches = defineService({
  ...tickets,
  consumers: {
    entrance: { on: ['TicketSold'], queue: { batchSize: 20, batchWindowSeconds: 5 } },
  },
});
