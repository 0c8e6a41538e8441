import { randomUUID } from 'node:crypto';
import { object, string } from 'valibot';
import { connect } from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import {
  type ConnectionPool,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
  type Statement,
  statement,
} from '../../src/adapters/dsql/index.ts';
import { createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../src/adapters/system/index.ts';
import {
  accept,
  createRetrier,
  type DomainEvent,
  declareEvents,
  type Work,
} from '../../src/domain/kernel/index.ts';
import { type Address, targetOf } from '../support/server.ts';
import { type Entry, graceMs, insertEntry, newEntry, retentionMs, schema } from './command.ts';
import type { Variant } from './variant.ts';

const clock = systemClock;
const random = systemRandom;

/** Longer than any command here takes, so that none is given up. Milliseconds. */
const commandMsMax = 30_000;

const repository: DsqlRepository<never, readonly Entry[]> = {
  empty: [],
  load: () => [],
  toState: () => [],
  save: (entries) =>
    entries.map(({ id, account, amount, note }) =>
      statement(insertEntry, id, account, amount, note),
    ),
};

type EntryRecorded = DomainEvent<'EntryRecorded', Pick<Entry, 'id' | 'amount' | 'note'>, 1>;

const catalogue = declareEvents('bench', {
  EntryRecorded: {
    version: 1,
    schema: object({ id: string(), amount: string(), note: string() }),
  },
});

/** One command, decided without reading anything. */
const workOf = (entry: Entry): Work<never, readonly Entry[], string> => ({
  once: { kind: 'command', key: entry.id, fingerprint: `${entry.account} ${entry.amount}` },
  decide: () =>
    accept({
      state: [entry],
      events: [
        {
          ...{ type: 'EntryRecorded', schemaVersion: 1, subject: entry.id, aggregateVersion: 1 },
          data: { id: entry.id, amount: entry.amount, note: entry.note },
        },
      ],
      result: entry.id,
    }),
  envelop: (event) =>
    catalogue.envelop(
      event as EntryRecorded,
      randomUUID(),
      { region: 'us-east-1', time: new Date().toISOString() },
      { correlationid: entry.id },
    ),
  deadline: Date.now() + commandMsMax,
});

const poolOf = (address: Address, size: number): ConnectionPool => {
  const target = { ...targetOf(address), ca: address.ca };
  const open = (deadline: number) => connect(target, { token: address.password }, deadline);
  return createConnectionPool(open, { size, clock, random });
};

const writerOn = (connections: ConnectionPool) => {
  const metrics = createMemoryMetrics();
  const outbox = createDsqlOutbox(connections, { schema, graceMs, replayWindowMs: 0 });
  const unitOfWork = createDsqlUnitOfWork({
    connections,
    repository,
    records: createIdempotencyRecords(schema, retentionMs),
    outboxInsert: outbox.insert,
    retrier: createRetrier({ clock, random, metrics }),
  });
  return () => unitOfWork.execute(workOf(newEntry()));
};

/**
 * The unit of work as a service has it, with a pool of as many connections as there are clients.
 */
export const ours: Variant = {
  name: 'antipode',
  open: async (address, clients) => {
    const pool = poolOf(address, clients);
    return { write: writerOn(pool), close: pool.close };
  },
};

/** The statements that one command of ours sends, in their order, as it sends them. */
export const ourStatements = async (): Promise<readonly Statement[]> => {
  const sent: Statement[] = [];
  const recording: ConnectionPool = {
    use: (work) =>
      work({
        flight: async (statements) => {
          sent.push(...statements);
          const results = statements.map(({ sql }) => {
            const [command = ''] = sql.split(' ', 1);
            return { command, rowCount: 1, rows: [] };
          });
          return { results };
        },
        usable: () => true,
        close: async () => undefined,
      }),
    warmUp: async () => undefined,
    close: async () => undefined,
  };
  await writerOn(recording)();
  return sent;
};
