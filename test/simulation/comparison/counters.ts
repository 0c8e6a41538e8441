import { type DsqlRepository, statement } from '../../../src/adapters/dsql/index.ts';
import type { MemoryRepository } from '../../../src/adapters/memory/index.ts';
import {
  accept,
  type Decision,
  type DomainEvent,
  type EventEnvelope,
  type Refused,
  refuse,
  type Work,
} from '../../../src/domain/kernel/index.ts';
import { added, counterSchema, enveloped } from '../../support/counter.ts';
import type { CounterCommand } from './schedule.ts';

/** The counters of one schedule: their names begin with its prefix. */
export type CounterQuery = { readonly prefix: string; readonly names: readonly string[] | 'all' };

type Write = { readonly name: string } & (
  | { readonly kind: 'put' | 'insert'; readonly value: number }
  | { readonly kind: 'delete' }
);

/** Counters as they were read, and what a decision writes. */
export type CounterState = {
  readonly counters: ReadonlyMap<string, number>;
  readonly writes: readonly Write[];
};

export type CounterWork = Work<CounterQuery, CounterState, { readonly [name: string]: number }>;

const table = 'counters';

const taken = refuse('Taken', 'The counter exists');

export const dsqlRepository: DsqlRepository<CounterQuery, CounterState> = {
  empty: { counters: new Map(), writes: [] },
  load: ({ prefix, names }) => [
    names === 'all'
      ? statement(
          `SELECT name, value FROM ${counterSchema}.counters WHERE starts_with(name, $1)`,
          prefix,
        )
      : statement(
          `SELECT name, value FROM ${counterSchema}.counters WHERE name = ANY($1)`,
          names.map((name) => prefix + name),
        ),
  ],
  toState: (results) => ({
    counters: new Map(results.flat().map((row) => [String(row['name']), Number(row['value'])])),
    writes: [],
  }),
  save: ({ writes }) =>
    writes.map((write) => {
      if (write.kind === 'delete') {
        return statement(`DELETE FROM ${counterSchema}.counters WHERE name = $1`, write.name);
      }
      const insert = `INSERT INTO ${counterSchema}.counters (name, value) VALUES ($1, $2)`;
      const upsert = `${insert} ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
      return statement(write.kind === 'put' ? upsert : insert, write.name, write.value);
    }),
  refusalOf: (constraint) => (constraint === 'counters_pkey' ? taken : undefined),
};

export const memoryRepository: MemoryRepository<CounterQuery, CounterState> = {
  empty: { counters: new Map(), writes: [] },
  load: (transaction, { prefix, names }) => {
    const rows = transaction.all<{ readonly name: string; readonly value: number }>(table);
    const wanted = names === 'all' ? undefined : names.map((name) => prefix + name);
    return {
      counters: new Map(
        rows
          .filter(({ name }) => wanted?.includes(name) ?? true)
          .map(({ name, value }) => [name, value]),
      ),
      writes: [],
    };
  },
  save: (transaction, { writes }): Refused | undefined => {
    for (const write of writes) {
      const { name } = write;
      const exists = transaction.get(table, name) !== undefined;
      if (write.kind === 'insert' && exists) return taken;
      if (write.kind !== 'delete') transaction.put(table, name, { name, value: write.value });
      else if (exists) transaction.remove(table, name);
    }
    return undefined;
  },
};

const valueAfter = (before: number, { kind, value }: CounterCommand['changes'][number]): number =>
  kind === 'add' ? before + value : value;

/** Decides a command; `saw` is told of the counters that it has read. */
const decide =
  (
    { changes, sumMax = Number.POSITIVE_INFINITY, reads }: CounterCommand,
    prefix: string,
    saw: (counters: ReadonlyMap<string, number>) => void,
  ) =>
  ({ counters }: CounterState): Decision<CounterState, Record<string, number>, DomainEvent> => {
    if (reads) saw(counters);
    const sum = [...counters.values()].reduce((total, value) => total + value, 0);
    if (sum > sumMax) return refuse('TooMuch', `${sum} is more than ${sumMax}`);
    const writes = changes.map((change): Write => {
      const name = prefix + change.name;
      if (change.kind === 'delete') return { kind: 'delete', name };
      const value = valueAfter(counters.get(name) ?? 0, change);
      return { kind: change.kind === 'insert' ? 'insert' : 'put', name, value };
    });
    const values = writes.map((write) => [
      write.name.slice(prefix.length),
      write.kind === 'delete' ? 0 : write.value,
    ]);
    return accept({
      state: { counters, writes },
      events: writes.map((write) => added(write.name, write.kind === 'delete' ? 1 : write.value)),
      result: Object.fromEntries(values) as Record<string, number>,
    });
  };

/** The work of a command. */
export const workOf = (
  command: CounterCommand,
  prefix: string,
  deadline: number,
  saw: (counters: ReadonlyMap<string, number>) => void,
): CounterWork => ({
  once: { kind: 'command', key: prefix + command.key, fingerprint: command.fingerprint },
  load: command.reads ? { prefix, names: command.reads } : null,
  decide: decide(command, prefix, saw),
  envelop: (event): EventEnvelope => enveloped(event),
  deadline,
});
