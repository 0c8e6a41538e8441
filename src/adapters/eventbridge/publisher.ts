import type { Clock, EventPublisher, PublishResult } from '../../domain/kernel/index.ts';
import { entryOf, type PutEventsEntry, packEntries } from './packing.ts';

/** The outcome of one entry: its id on the bus, or an error. */
export type PutEventsResult = {
  readonly EventId?: string | undefined;
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
};

/** Results in the order of the entries; a subset of what the AWS SDK gives. */
export type PutEventsOutput = { readonly Entries?: readonly PutEventsResult[] | undefined };

/**
 * Sends one request of at most ten entries: made by `createPutEvents`, or by `putEventsWith` on the
 * AWS SDK's client.
 */
export type PutEvents = (
  entries: readonly PutEventsEntry[],
  abortSignal: AbortSignal,
) => Promise<PutEventsOutput>;

/**
 * Error codes of an entry that will be answered the same way every time. The others
 * (`InternalFailure`, `ThrottlingException`, and whatever is new) are worth another attempt, and in
 * the end the dead letters.
 */
const permanentCodes = new Set([
  'InvalidArgument',
  'MalformedDetail',
  'NotAuthorizedForSource',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailType',
  'AccessDeniedException',
  'InvalidAccountIdException',
  'RedactionFailure',
]);

/**
 * The longest that one request may take, both attempts included: well within a relay's lease of 60
 * s, also where the deadline is far away (and a timer of more than 24 days would end at once).
 * Milliseconds.
 */
const requestMsMax = 10_000;

const failure = (reason: string, retryable = true): PublishResult => ({
  ok: false,
  retryable,
  reason,
});

const tooLarge = failure('The event is larger than a PutEvents request may be', false);

/** `PutEvents` answers 200 also when it has taken nothing: every entry has its own result. */
const resultsOf = (count: number, { Entries = [] }: PutEventsOutput): readonly PublishResult[] =>
  Array.from({ length: count }, (_, index) => {
    const entry = Entries[index];
    if (entry?.EventId) return { ok: true };
    const { ErrorCode: code = 'no result', ErrorMessage: message } = entry ?? {};
    return failure(message ? `${code}: ${message}` : code, !permanentCodes.has(code));
  });

/**
 * Publishes to one bus of EventBridge Classic.
 *
 * @example
 * const putEvents = createPutEvents({ region, url, credentials });
 * const publisher = createEventBridgePublisher({ busName, putEvents });
 */
export const createEventBridgePublisher = (deps: {
  readonly busName: string;
  readonly putEvents: PutEvents;
  /** Judges the deadline; the clock of the process unless given. */
  readonly clock?: Pick<Clock, 'now'>;
}): EventPublisher => {
  const { clock = Date } = deps;

  const send = async (
    entries: readonly PutEventsEntry[],
    deadline: number,
  ): Promise<readonly PublishResult[]> => {
    const roomMs = Math.min(deadline - clock.now(), requestMsMax);
    if (roomMs <= 0) return entries.map(() => failure('No time was left'));
    try {
      return resultsOf(entries.length, await deps.putEvents(entries, AbortSignal.timeout(roomMs)));
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return entries.map(() => failure(reason));
    }
  };

  return {
    publish: async (events, deadline) => {
      const entries = events.map((event) => entryOf(event, deps.busName));
      const results: PublishResult[] = events.map(() => tooLarge);
      const requests = packEntries(entries).map(async (indices) => {
        const request = indices.flatMap((index) => entries[index] ?? []);
        for (const [position, result] of (await send(request, deadline)).entries()) {
          const index = indices[position];
          if (index !== undefined) results[index] = result;
        }
      });
      await Promise.all(requests);
      return results;
    },
  };
};
