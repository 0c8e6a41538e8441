import { defineService } from 'antipode/domain';
import { array, object, string } from 'valibot';
import { tickets } from './tickets.ts';

type SoldV2 = { readonly show: string; readonly seats: readonly string[] };

/** Read by the consumers of this release, and committed by the commands of the next one. */
export const ticketsAhead = defineService({
  ...tickets,
  events: {
    TicketSold: {
      version: 3,
      schema: object({ show: string(), seats: array(string()), price: string() }),
      upcast: {
        ...tickets.events.TicketSold.upcast,
        2: ({ show, seats }: SoldV2) => ({ show, seats: [...seats], price: '0.00' }),
      },
    },
  },
});
