import { defined } from 'antipode/internal/domain';
import type { HandledEvent, OutboxRow } from 'antipode/internal/dsql';
import type { LogEntry } from './log-entries.ts';

/** Something that a function did, by its log. */
export type TraceStep = {
  readonly region: string;
  readonly function: string;
  readonly at?: string;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  /** The end of an event or of a command, such as `committed` or `replayed`. */
  readonly status?: string;
  readonly key?: string;
  readonly reason?: string;
  /** The event that it is about. */
  readonly eventId?: string;
};

/** An event, what has become of it, and what it has caused. */
export type TraceEvent = {
  readonly id: string;
  readonly type: string;
  /** `unknown` where the outbox has no row of it any more. */
  readonly state: 'pending' | 'published' | 'dead' | 'unknown';
  readonly origin?: string;
  readonly attempts?: number;
  readonly publishedAt?: string;
  readonly dueAt?: string;
  readonly lastError?: string;
  /** Attempts of consumers at it. */
  readonly attemptsLogged: readonly TraceStep[];
  /** Consumers whose inbox has it: it took effect there, once. */
  readonly effects: readonly { readonly consumer: string; readonly at: string }[];
  readonly missing: readonly string[];
  readonly events: readonly TraceEvent[];
};

/** All that one request has caused. */
export type Trace = {
  readonly correlationId: string;
  readonly traceIds: readonly string[];
  /** The lines of functions that no event has caused: the command, its refusal, its failures. */
  readonly steps: readonly TraceStep[];
  readonly events: readonly TraceEvent[];
  readonly missing: readonly string[];
};

/** The rows of the outbox and of the inbox that were read. */
export type TraceTables = {
  readonly rows: readonly OutboxRow[];
  readonly handled: readonly HandledEvent[];
};

type Envelope = Readonly<Record<string, unknown>>;

/** The envelope of a row; a person may have made it something else. */
export const envelopeOf = ({ envelope }: Pick<OutboxRow, 'envelope'>): Envelope => {
  try {
    return Object(JSON.parse(envelope));
  } catch {
    return {};
  }
};

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** The message of the innermost cause that a line of Powertools has. */
const reasonIn = ({ fields }: LogEntry): string | undefined => {
  const errors = fields['errors'];
  const [first] = Array.isArray(errors) ? errors : [];
  const { name, message } = Object(first);
  const told = textIn(message);
  return textIn(fields['reason']) ?? (told && [textIn(name), told].filter(Boolean).join(': '));
};

const stepOf = (entry: LogEntry): TraceStep => {
  const { region, functionName, level, message, fields, causationId } = entry;
  const status = textIn(fields['status']) ?? /^Command (\w+)$/.exec(message)?.[1];
  return {
    ...{ region, function: functionName, level, message },
    ...defined({
      at: entry.at,
      requestId: entry.requestId,
      status,
      key: textIn(fields['key']),
      reason: reasonIn(entry),
      eventId: causationId,
    }),
  };
};

const byTime = (one: TraceStep, other: TraceStep): number =>
  (one.at ?? '').localeCompare(other.at ?? '');

const stateOf = (row: OutboxRow | undefined): TraceEvent['state'] => {
  if (!row) return 'unknown';
  if (row.deadAt !== undefined) return 'dead';
  return row.publishedAt === undefined ? 'pending' : 'published';
};

/** The lines of a consumer that say that it has failed at an event, whoever tries it again. */
const failures = ['Event failed', 'Event put into the dead letters', 'Invocation failed'];

/** Consumers whose last attempt has failed. A dead letter is in no log: only its queue has it. */
const failedConsumers = (steps: readonly TraceStep[]): readonly string[] => {
  const ends = steps.filter(
    ({ message }) => message === 'Event handled' || failures.includes(message),
  );
  const last = new Map(ends.map((step) => [`${step.function} in ${step.region}`, step]));
  return [...last]
    .filter(([, { message }]) => failures.includes(message))
    .map(
      ([consumer, { region }]) =>
        `${consumer} has failed at it: antipode dlq list --region ${region} shows whether it was given up`,
    );
};

/** Lines that say where the way of an event ends. */
const missingOf = (
  row: OutboxRow | undefined,
  steps: readonly TraceStep[],
  regions: readonly string[],
): readonly string[] => {
  const state = stateOf(row);
  if (!row) {
    const gone =
      'the outbox has no row of it: it was deleted after the replay window, or never committed';
    return [gone];
  }
  if (state === 'dead') return ['given up: antipode outbox redrive makes it due again'];
  if (state === 'pending') return [`not published yet: due at ${timeOf(row.dueAt)}`];
  const heard = new Set(
    steps.filter(({ message }) => message === 'Event handled').map(({ region }) => region),
  );
  const elsewhere = heard.size === 0 ? '' : ': it is under way, or not for this Region';
  const unheard = regions.filter((region) => !heard.has(region));
  return [
    ...failedConsumers(steps),
    ...unheard.map(
      (region) => `published, and no consumer in ${region} has logged it as handled${elsewhere}`,
    ),
  ];
};

const eventDetails = (row: OutboxRow | undefined) =>
  row
    ? {
        origin: row.origin,
        attempts: row.attempts,
        ...defined({
          publishedAt: row.publishedAt === undefined ? undefined : timeOf(row.publishedAt),
          dueAt: row.publishedAt === undefined ? timeOf(row.dueAt) : undefined,
          lastError: row.lastError,
        }),
      }
    : {};

/** Events nested in each other that are shown; a longer chain is a loop. */
const depthMax = 50;

/**
 * Puts together what the logs and the tables say about one request.
 *
 * @param regions those whose logs were read
 */
export const buildTrace = (
  correlationId: string,
  entries: readonly LogEntry[],
  { rows, handled }: TraceTables,
  regions: readonly string[],
): Trace => {
  const own = rows.filter((row) => envelopeOf(row)['correlationid'] === correlationId);
  const rowOf = new Map(own.map((row) => [row.id, row]));
  const steps = entries.map(stepOf).toSorted(byTime);
  const stepsOf = Map.groupBy(steps, ({ eventId }) => eventId);
  const typeOf = new Map<string, string>();
  for (const { fields, causationId } of entries) {
    const type = textIn(fields['type']);
    if (causationId !== undefined && type !== undefined) typeOf.set(causationId, type);
  }
  const emitterOf = new Map<string, LogEntry>();
  for (const entry of entries) {
    const { events } = entry.fields;
    for (const id of Array.isArray(events) ? events : []) {
      if (typeof id === 'string' && !emitterOf.has(id)) emitterOf.set(id, entry);
    }
  }
  const logged = [...stepsOf.keys()].filter((id) => id !== undefined);
  const ids = new Set([...rowOf.keys(), ...logged, ...emitterOf.keys()]);
  const causeOf = new Map<string, string | undefined>(
    [...ids].map((id) => {
      const row = rowOf.get(id);
      const cause = row && textIn(envelopeOf(row)['causationid']);
      return [id, cause ?? emitterOf.get(id)?.causationId];
    }),
  );
  const causedBy = Map.groupBy(ids, (id) => causeOf.get(id));
  const handledOf = Map.groupBy(handled, ({ eventId }) => eventId);

  const eventOf = (id: string, depth: number): TraceEvent => {
    const row = rowOf.get(id);
    const about = stepsOf.get(id) ?? [];
    const caused = (causedBy.get(id) ?? []).filter((other) => other !== id);
    return {
      ...{ id, state: stateOf(row) },
      type: (row && textIn(envelopeOf(row)['type'])) ?? typeOf.get(id) ?? 'unknown',
      ...eventDetails(row),
      attemptsLogged: about,
      effects: (handledOf.get(id) ?? []).map(({ consumer, handledAt }) => ({
        consumer,
        at: timeOf(handledAt),
      })),
      missing: missingOf(row, about, regions),
      events: depth < depthMax ? caused.map((other) => eventOf(other, depth + 1)) : [],
    };
  };
  const roots = [...ids].filter((id) => !ids.has(causeOf.get(id) ?? ''));
  const first = stepsOf.get(undefined) ?? [];
  return {
    correlationId,
    traceIds: [...new Set(entries.flatMap(({ traceId }) => traceId ?? []))],
    steps: first,
    events: roots.map((id) => eventOf(id, 0)),
    missing: first.length === 0 ? ['no line of the log tells of the request itself'] : [],
  };
};
