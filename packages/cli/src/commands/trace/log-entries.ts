import { isObject, type Json, type JsonObject } from '../../local/template/json.ts';
import { isEventId } from '../service/options.ts';
import type { LoggedLine, LogSource } from './log-source.ts';

/** A line of a log with the ids of the request that has caused it. */
export type LogEntry = {
  readonly region: string;
  readonly functionName: string;
  /** RFC 3339; absent in a line of the platform. */
  readonly at?: string;
  readonly level: string;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly correlationId: string | undefined;
  readonly causationId: string | undefined;
  readonly traceId: string | undefined;
  readonly fields: JsonObject;
};

/** All that the logs say about a request. */
export type FoundEntries = {
  readonly entries: readonly LogEntry[];
  /** One for each line that says what could not be read. */
  readonly notes: readonly string[];
};

/** Requests that one id may stand for: a trace can have many. */
const correlationsMax = 20;

/** Invocations whose lines of the platform are read: where a function was killed, they say so. */
const requestsMax = 100;

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const parsed = (text: string): JsonObject | undefined => {
  const from = text.indexOf('{');
  if (from < 0) return undefined;
  try {
    const value = JSON.parse(text.slice(from)) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Lines of the platform about one invocation that ended badly. */
const platformFailure = /^(?:\S+Z )?(?:RequestId: )?([\da-f-]{36}) (Task timed out .*|Error: .*)$/;

const entryOf = ({ region, functionName, text }: LoggedLine): LogEntry | undefined => {
  const [, failedRequest, failure] = platformFailure.exec(text) ?? [];
  const none = { correlationId: undefined, causationId: undefined, traceId: undefined };
  if (failure !== undefined) {
    const about = { level: 'ERROR', message: failure, requestId: failedRequest };
    return { region, functionName, ...about, ...none, fields: {} };
  }
  const fields = parsed(text);
  // The embedded format of metrics tells nothing of a request.
  if (!fields || fields['_aws'] !== undefined) return undefined;
  const at = textOf(fields['timestamp']);
  return {
    ...{ region, functionName, fields },
    ...(at !== undefined && { at }),
    level: textOf(fields['level']) ?? 'INFO',
    message: textOf(fields['message']) ?? '',
    requestId: textOf(fields['requestId']),
    correlationId: textOf(fields['correlationid']),
    causationId: textOf(fields['causationid']),
    traceId: textOf(fields['traceparent'])?.split('-')[1],
  };
};

/** Whether a line is about the request, the event, the key or the trace of an id. */
const isAbout = (entry: LogEntry, id: string): boolean => {
  const { correlationId, causationId, traceId, requestId, fields } = entry;
  const events = fields['events'];
  return (
    [correlationId, causationId, traceId, requestId, fields['event'], fields['key']].includes(id) ||
    (Array.isArray(events) && events.includes(id))
  );
};

const searchAll = async (
  sources: readonly LogSource[],
  texts: readonly string[],
): Promise<{ readonly entries: readonly LogEntry[]; readonly notes: readonly string[] }> => {
  const found = await Promise.all(sources.map((source) => source.search(texts)));
  return {
    entries: found.flatMap(({ lines }) => lines.flatMap((line) => entryOf(line) ?? [])),
    notes: found.flatMap(({ isCut }, at) =>
      isCut ? [`the logs of ${sources[at]?.region} have more lines than were read`] : [],
    ),
  };
};

const unique = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

/**
 * Finds the lines of all requests that an id stands for: those that name it, then those with the
 * same correlation id, then those of the platform about the same invocations.
 *
 * @param known correlation ids that the tables have told
 */
export const findEntries = async (
  sources: readonly LogSource[],
  id: string,
  known: readonly string[],
): Promise<FoundEntries> => {
  const first = await searchAll(sources, [id]);
  const about = first.entries.filter((entry) => isAbout(entry, id));
  const all = unique([...known, ...about.map(({ correlationId }) => correlationId)]);
  const correlations = all.slice(0, correlationsMax);
  if (correlations.length === 0) return { entries: [], notes: first.notes };
  const second = await searchAll(sources, correlations);
  const caused = second.entries.filter(
    ({ correlationId }) => correlationId !== undefined && correlations.includes(correlationId),
  );
  const requests = unique(caused.map(({ requestId }) => requestId)).slice(0, requestsMax);
  const third = requests.length === 0 ? undefined : await searchAll(sources, requests);
  const ended = (third?.entries ?? []).filter(
    ({ correlationId, requestId = '' }) =>
      correlationId === undefined && requests.includes(requestId),
  );
  const cut = all.length - correlations.length;
  const more = cut > 0 ? [`${cut} more requests have this id: they were not read`] : [];
  return {
    entries: [...caused, ...ended],
    notes: [...new Set([...first.notes, ...second.notes, ...(third?.notes ?? []), ...more])],
  };
};

/** Events whose rows and effects are read. */
export const eventsMax = 200;

/** The events that lines name: those that they are about, and those that a decision has emitted. */
export const loggedEvents = (
  entries: readonly LogEntry[],
): { readonly ids: readonly string[]; readonly notes: readonly string[] } => {
  const named = entries.flatMap(({ causationId, fields }) => [
    ...(causationId === undefined ? [] : [causationId]),
    ...(Array.isArray(fields['events']) ? fields['events'] : []),
  ]);
  const ids = [...new Set(named)].filter(
    (id): id is string => typeof id === 'string' && isEventId(id),
  );
  const cut = ids.length - eventsMax;
  const notes = cut > 0 ? [`${cut} more events are named by the logs: they were not read`] : [];
  return { ids: ids.slice(0, eventsMax), notes };
};
