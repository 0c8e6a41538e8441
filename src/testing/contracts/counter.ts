import { randomUUID } from 'node:crypto';
import {
  accept,
  type Decision,
  type DomainEvent,
  type EventEnvelope,
  refuse,
  type Work,
} from '../../domain/kernel/index.ts';

/** Loads these counters. */
export type CounterQuery = { readonly names: readonly string[] };

/**
 * The values of some counters, by name. A state that is loaded has those that exist; a state that
 * is saved has those that are set.
 */
export type CounterState = { readonly counters: Readonly<Record<string, number>> };

/** The event of a counter; a note makes it larger. */
export type Added = DomainEvent<
  'Added',
  { readonly name: string; readonly value: number; readonly note?: string },
  1
>;

export const added = (name: string, value: number): Added => ({
  type: 'Added',
  schemaVersion: 1,
  subject: name,
  aggregateVersion: value,
  data: { name, value },
});

type CounterDecision = Decision<CounterState, { readonly value: number }, Added>;

/** Sets a counter without looking at it: a command that reads nothing. */
export const setTo = (name: string, value: number) => (): CounterDecision =>
  accept({
    state: { counters: { [name]: value } },
    events: [added(name, value)],
    result: { value },
  });

/** Adds to a counter; refuses to go beyond `max`. */
export const addTo =
  (name: string, amount: number, max = Number.POSITIVE_INFINITY) =>
  ({ counters }: CounterState): CounterDecision => {
    const value = (counters[name] ?? 0) + amount;
    return value > max ? refuse('TooMuch', `${name} may not exceed ${max}`) : setTo(name, value)();
  };

/** An envelope with an id of its own, from the primary Region. */
export const envelopeOf = (event: DomainEvent): EventEnvelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'antipode.counting',
  type: event.type,
  subject: event.subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  schemaversion: event.schemaVersion,
  aggregateversion: event.aggregateVersion,
  originregion: 'us-east-1',
  correlationid: 'test',
  data: event.data,
});

/** Work on counters. */
export type CounterWork = Work<CounterQuery, CounterState, { readonly value: number }>;

/** Time of one piece of work, in milliseconds. */
const workMsMax = 10_000;

/** A command with a fresh key and ten seconds' time, unless said otherwise. */
export const counterWork = (
  decide: CounterWork['decide'],
  options: {
    readonly key?: string;
    readonly fingerprint?: string;
    readonly load?: CounterQuery;
  } = {},
): CounterWork => ({
  once: {
    kind: 'command',
    key: options.key ?? randomUUID(),
    fingerprint: options.fingerprint ?? 'same',
  },
  load: options.load ?? null,
  decide,
  envelop: envelopeOf,
  deadline: Date.now() + workMsMax,
});

/** A name that no other counter has. */
export const counterName = (): string => `counter-${randomUUID()}`;
