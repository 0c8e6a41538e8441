import { exactOptional, number, object, string } from 'valibot';
import { type DsqlRepository, statement } from '../../src/adapters/dsql/index.ts';
import type { MemoryRepository, MemoryTransaction } from '../../src/adapters/memory/index.ts';
import {
  accept,
  type Decision,
  type DomainEvent,
  declareEvents,
  type EventEnvelope,
  refuse,
  type Work,
} from '../../src/domain/kernel/index.ts';

/** The smallest bounded context: named counters that are added to. For tests of the framework. */
export type CounterQuery = { readonly names: readonly string[] };
export type CounterState = { readonly counters: Readonly<Record<string, number>> };

export const counterSchema = 'counting';

export const counterMigrations = [
  {
    id: 'counter-0001',
    ddl: `CREATE TABLE IF NOT EXISTS ${counterSchema}.counters (name text PRIMARY KEY, value bigint NOT NULL)`,
  },
];

export const dsqlCounters: DsqlRepository<CounterQuery, CounterState> = {
  empty: { counters: {} },
  load: ({ names }) => [
    statement(`SELECT name, value FROM ${counterSchema}.counters WHERE name = ANY($1)`, names),
  ],
  toState: (results) => ({
    counters: Object.fromEntries(
      results.flat().map((row) => [String(row['name']), Number(row['value'])]),
    ),
  }),
  save: ({ counters }) =>
    Object.entries(counters)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) =>
        statement(
          `INSERT INTO ${counterSchema}.counters (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          name,
          value,
        ),
      ),
};

export const memoryCounters: MemoryRepository<CounterQuery, CounterState> = {
  empty: { counters: {} },
  load: (transaction: MemoryTransaction, { names }) => ({
    counters: Object.fromEntries(
      names.flatMap((name) => {
        const value = transaction.get<number>('counters', name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  }),
  save: (transaction, { counters }) => {
    for (const [name, value] of Object.entries(counters)) transaction.put('counters', name, value);
    return undefined;
  },
};

/** The event of a counter; a note makes it larger. */
export type Added = DomainEvent<
  'Added',
  { readonly name: string; readonly value: number; readonly note?: string },
  1
>;

export const counterEvents = declareEvents('antipode.counting', {
  Added: {
    version: 1,
    schema: object({ name: string(), value: number(), note: exactOptional(string()) }),
  },
});

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

/**
 * An envelope with an id of its own, from the primary Region; the catalogue refuses what is no
 * `Added`.
 */
export const enveloped = (event: DomainEvent): EventEnvelope =>
  counterEvents.envelop(
    event as Added,
    crypto.randomUUID(),
    { region: 'us-east-1', time: new Date().toISOString() },
    { correlationid: 'test' },
  );

/** An event that is ready for an outbox. */
export const anEvent = (name = 'a'): EventEnvelope => enveloped(added(name, 1));

export type CounterWork = Work<CounterQuery, CounterState, { readonly value: number }>;

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
    key: options.key ?? crypto.randomUUID(),
    fingerprint: options.fingerprint ?? 'same',
  },
  load: options.load ?? null,
  decide,
  envelop: enveloped,
  deadline: Date.now() + 10_000,
});
