import type { ConnectionPool } from '../../src/adapters/dsql/index.ts';
import type { EventPublisher } from '../../src/domain/kernel/index.ts';

/**
 * A database that has always done what it was asked for: what is left is what this process
 * computes.
 */
export const fakeConnections = (): ConnectionPool => {
  const done = { command: 'INSERT', rowCount: 1, rows: [] };
  const committed = { command: 'COMMIT', rowCount: 0, rows: [] };
  const connection = {
    flight: async (statements: readonly unknown[]) => ({
      results: statements.map((_, at) => (at === statements.length - 1 ? committed : done)),
    }),
    usable: () => true,
    close: async () => undefined,
  };
  return {
    use: (work) => work(connection),
    warmUp: async () => undefined,
    close: async () => undefined,
  };
};

/** A bus that takes everything. */
export const fakePublisher: EventPublisher = {
  publish: async (events) => events.map(() => ({ ok: true })),
};
