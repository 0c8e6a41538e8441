import { findingsOf } from './findings.ts';
import type { ConsoleEntry, EventPath, StackView } from './page/entry.ts';
import type { Recorder } from './recorder.ts';

/** Entries of one path that are given; an event that is retried for ever has more. */
const entriesMax = 500;

/** Rounds in which events lead to others of the same request, and those to others. */
const roundsMax = 4;

/** A step without any id is found by its place. */
const idsOf = (entry: ConsoleEntry): readonly string[] => {
  const { seq, eventId, envelopeId, requestId, correlationId, key, events = [] } = entry;
  return [`step ${seq}`, eventId, envelopeId, requestId, correlationId, key, ...events].filter(
    (id) => id !== undefined,
  );
};

/** Lines of a function about its own request, whose invocation belongs to the path. */
const ofOwnRequest = ({ kind, eventId }: ConsoleEntry): boolean =>
  eventId === undefined && (kind === 'command' || kind === 'failure');

/** The ids that lead on; the relay's requests do not, since each is about many events. */
const leadingOf = (entry: ConsoleEntry): readonly string[] =>
  [
    entry.correlationId,
    entry.eventId,
    ...(entry.events ?? []),
    ofOwnRequest(entry) ? entry.requestId : undefined,
  ].filter((id) => id !== undefined);

const belongs = (entry: ConsoleEntry, ids: ReadonlySet<string>): boolean =>
  idsOf(entry).some((id) => ids.has(id));

/**
 * All that was recorded about one id: that of an event, a request, a correlation or an envelope, an
 * idempotency key, or `step` and a sequence number.
 */
export const eventPathOf = (
  recorder: Pick<Recorder, 'after'>,
  id: string,
  view: Pick<StackView, 'regions' | 'links'>,
): EventPath => {
  const all = recorder.after(0, Number.POSITIVE_INFINITY);
  let ids: ReadonlySet<string> = new Set([id]);
  let found: readonly ConsoleEntry[] = [];
  for (let round = 0; round < roundsMax; round += 1) {
    found = all.filter((entry) => belongs(entry, ids));
    const next = new Set([...ids, ...found.flatMap(leadingOf)]);
    // An invocation of an API knows no id but its own: its log lines lead on.
    if (next.size === ids.size) break;
    ids = next;
  }
  const entries = found.slice(-entriesMax);
  return { id, entries, findings: findingsOf(entries, view) };
};
