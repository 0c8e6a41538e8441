import { defineService } from 'antipode/domain';
import { array, description, minLength, object, pipe, string } from 'valibot';

/** The data of version 1, as the events that were committed then have them. */
type SoldV1 = { readonly show: string; readonly seat: string };

/** A ticket is for one seat or for several, since version 2. */
export const tickets = defineService({
  name: 'tickets',
  source: 'shop.tickets',
  schema: 'tickets',
  migrations: [],
  events: {
    TicketSold: {
      version: 2,
      description: 'Somebody has bought a ticket.',
      schema: object({
        show: pipe(string(), description('The play')),
        seats: pipe(array(string()), minLength(1)),
      }),
      upcast: { 1: ({ show, seat }: SoldV1) => ({ show, seats: [seat] }) },
    },
  },
  consumers: { entrance: { on: ['TicketSold'] } },
});
