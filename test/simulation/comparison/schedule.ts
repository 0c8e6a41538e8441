import type { SeededRandom } from '../../../src/testing/simulation/machine/seeded-random.ts';
import { seededRandom } from '../../../src/testing/simulation/machine/seeded-random.ts';

/** The effect of a piece of work on one counter. */
export type Change = {
  readonly kind: 'add' | 'set' | 'delete' | 'insert';
  readonly name: string;
  readonly value: number;
};

/** A command on counters. Two of one key are the same command, or a wrong use of its key. */
export type CounterCommand = {
  readonly key: string;
  readonly fingerprint: string;
  /** The counters that it reads; `all` for a search, `undefined` for none. */
  readonly reads?: readonly string[] | 'all';
  readonly changes: readonly Change[];
  /** It refuses when the counters that it has read hold more together. */
  readonly sumMax?: number;
};

/** The faults of one request to the database. */
export const requestFaults = ['request lost', 'answer lost', 'request late'] as const;

export type RequestFault = (typeof requestFaults)[number];

/** One moment of a schedule. */
export type Step =
  /** The next request of a client reaches the database and is answered, or meets a fault. */
  | { readonly kind: 'go'; readonly client: number; readonly fault?: RequestFault }
  /** The process of a client dies between two requests. Another one begins its command anew. */
  | { readonly kind: 'crash'; readonly client: number }
  /** The oldest late request reaches the database. */
  | { readonly kind: 'land' }
  | { readonly kind: 'catalog' }
  /** So much time passes that every open transaction is too old. */
  | { readonly kind: 'age' };

/** Concurrent transactions, request by request in one order. */
export type Schedule = {
  /** The commands of each client, one after the other. */
  readonly clients: readonly (readonly CounterCommand[])[];
  readonly steps: readonly Step[];
};

const names = ['a', 'b', 'c'] as const;

const stepsOf = [12, 36] as const;

const commandsPerClientMax = 3;

const changeOf = (random: SeededRandom, isRead: boolean): Change => {
  const kinds = isRead
    ? (['add', 'add', 'add', 'set', 'delete', 'insert'] as const)
    : (['set', 'set', 'delete', 'insert'] as const);
  return { kind: random.pick(kinds), name: random.pick(names), value: 1 + random.below(9) };
};

const commandOf = (random: SeededRandom, key: string, fingerprint: string): CounterCommand => {
  const isRead = random.chance(0.75);
  const changes = Array.from({ length: 1 + random.below(2) }, () => changeOf(random, isRead));
  // One statement for each row, as a repository writes them.
  const each = [...new Map(changes.map((change) => [change.name, change])).values()];
  if (!isRead) return { key, fingerprint, changes: each };
  const some = [...new Set([...each.map(({ name }) => name), random.pick(names)])];
  const reads = random.chance(0.2) ? 'all' : some;
  return random.chance(0.2)
    ? { key, fingerprint, reads, changes: each, sumMax: random.below(12) }
    : { key, fingerprint, reads, changes: each };
};

const clientsOf = (random: SeededRandom): Schedule['clients'] => {
  const known: CounterCommand[] = [];
  return Array.from({ length: 2 + random.below(2) }, () =>
    Array.from({ length: 1 + random.below(commandsPerClientMax) }, () => {
      const earlier = known.length > 0 && random.chance(0.3) ? random.pick(known) : undefined;
      if (earlier && random.chance(0.7)) return earlier;
      const key = earlier?.key ?? `key-${known.length}`;
      const command = commandOf(random, key, `content-${known.length}`);
      known.push(command);
      return command;
    }),
  );
};

const stepOf = (random: SeededRandom, clients: number): Step => {
  const client = random.below(clients);
  const draw = random.next();
  if (draw < 0.7) return { kind: 'go', client };
  if (draw < 0.86) return { kind: 'go', client, fault: random.pick(requestFaults) };
  if (draw < 0.91) return { kind: 'land' };
  if (draw < 0.95) return { kind: 'crash', client };
  return random.chance(0.7) ? { kind: 'catalog' } : { kind: 'age' };
};

/** The schedule of a seed. */
export const scheduleOf = (seed: number): Schedule => {
  const random = seededRandom(seed, 'schedule');
  const clients = clientsOf(random);
  const count = Math.round(random.within(stepsOf));
  const steps = Array.from({ length: count }, () => stepOf(random, clients.length));
  return { clients, steps };
};
