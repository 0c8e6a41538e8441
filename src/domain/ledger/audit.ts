import {
  accept,
  type ConsumerContext,
  type Json,
  type Outcome,
  type WorkRunner,
} from '../kernel/index.ts';
import type { LedgerEnvelope } from './totals.ts';

/** Records that an event of one Region has arrived in the other, and when. */
export type Arrival = {
  readonly eventId: string;
  readonly eventType: string;
  readonly originRegion: string;
  readonly arrivalRegion: string;
  /** Milliseconds since the epoch, by the clock of the Region of origin. */
  readonly occurredAt: number;
  /** Milliseconds since the epoch, by the clock of the Region of arrival. */
  readonly arrivedAt: number;
};

export type AuditState = { readonly arrivals: readonly Arrival[] };

/** The consumer that records the events that came over from the other Region. */
export const auditReplica =
  (audit: WorkRunner<never, AuditState>, arrivalRegion: string) =>
  (event: LedgerEnvelope, context: ConsumerContext): Promise<Outcome<Json>> => {
    const arrival: Arrival = {
      eventId: event.id,
      eventType: event.type,
      originRegion: event.originregion,
      arrivalRegion,
      occurredAt: Date.parse(event.time),
      arrivedAt: context.now,
    };
    return audit.run({
      ...context,
      decide: () => accept({ state: { arrivals: [arrival] }, events: [], result: null }),
    });
  };
