import { accept, type ConsumerContext, type EventEnvelope, type WorkRunner } from 'antipode/domain';
import type { SeatsReleased } from './bookings.ts';

/** The reserved seats of a show, counted from events: it follows the show a little later. */
export type Occupancy = {
  readonly show: string;
  readonly reservations: number;
  readonly seats: number;
};

type SeatsChanged = EventEnvelope<'SeatsReserved' | 'SeatsReleased', SeatsReleased['data']>;

const signs = { SeatsReserved: 1, SeatsReleased: -1 } as const;

/** Pure. Sums do not depend on the order of events, which nobody promises. */
export const count = (known: Occupancy, { type, data }: Pick<SeatsChanged, 'type' | 'data'>) => ({
  show: data.show,
  reservations: known.reservations + signs[type],
  seats: known.seats + signs[type] * data.seats,
});

/** Counts an event once: `run` has the inbox. */
export const countSeats =
  (occupancies: WorkRunner<{ readonly show: string }, Occupancy>) =>
  (event: SeatsChanged, run: ConsumerContext) =>
    occupancies.run({
      ...run,
      load: { show: event.data.show },
      decide: (known) => accept({ state: count(known, event), events: [], result: null }),
    });
