import { accept, type ConsumerContext, type EventEnvelope, type WorkRunner } from 'antipode/domain';
import type { SeatsReserved } from './bookings.ts';

/** A line for the staff of this Region about a reservation that was made in the other one. */
export type Notice = {
  readonly reservation: string;
  readonly region: string;
  readonly text: string;
};

type Reserved = EventEnvelope<'SeatsReserved', SeatsReserved['data']>;

const noticeOf = ({ originregion: region, data }: Reserved): Notice => ({
  reservation: data.reservation,
  region,
  text: `${data.customer} has reserved ${data.seats} seats of ${data.show} in ${region}`,
});

/** Writes a notice once per event. It needs to know nothing before, so it loads nothing. */
export const noteReservation =
  (notices: WorkRunner<never, readonly Notice[]>) => (event: Reserved, run: ConsumerContext) =>
    notices.run({
      ...run,
      load: null,
      decide: () => accept({ state: [noticeOf(event)], events: [], result: null }),
    });
