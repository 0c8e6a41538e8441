import { exactOptional, number, object, string } from 'valibot';
import { type DsqlRepository, statement } from '../../src/adapters/dsql/index.ts';
import type { MemoryRepository, MemoryTransaction } from '../../src/adapters/memory/index.ts';
import {
  type DomainEvent,
  declareEvents,
  type EventEnvelope,
} from '../../src/domain/kernel/index.ts';
import {
  type Added,
  added,
  type CounterQuery,
  type CounterState,
  type CounterWork,
  counterWork as workOnCounters,
} from '../../src/testing/contracts/counter.ts';

export {
  type Added,
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  type CounterWork,
  setTo,
} from '../../src/testing/contracts/counter.ts';

/** The smallest bounded context: named counters that are added to. For tests of the framework. */
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

export const counterEvents = declareEvents('antipode.counting', {
  Added: {
    version: 1,
    schema: object({ name: string(), value: number(), note: exactOptional(string()) }),
  },
});

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

/** A command with a fresh key and ten seconds' time; the catalogue checks its events. */
export const counterWork = (...work: Parameters<typeof workOnCounters>): CounterWork => ({
  ...workOnCounters(...work),
  envelop: enveloped,
});
