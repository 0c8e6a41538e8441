import type { EventEnvelope } from './event.ts';

/** Whether the bus has taken an event. */
export type PublishResult =
  | { readonly ok: true }
  /** `retryable` is false when the bus will never accept this event. */
  | {
      readonly ok: false;
      readonly retryable: boolean;
      readonly reason: string;
      /** Nothing has failed: the function has no bus, and leaves its events to the relay. */
      readonly isDeferred?: true;
    };

/** Hands events to the bus of the own Region. */
export interface EventPublisher {
  /**
   * Never throws: a failure of the whole request is a failure of each event in it.
   *
   * @param deadline milliseconds since the epoch; an event that could not be sent until then is
   * retryable
   * @returns one result per event, in the order of the events
   */
  readonly publish: (
    events: readonly EventEnvelope[],
    deadline: number,
  ) => Promise<readonly PublishResult[]>;
}
