import { Kysely } from 'kysely';
import {
  type ConnectionPool,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  DsqlDialect,
} from '../../../src/adapters/dsql/index.ts';
import {
  createLedgerQueries,
  createLedgerRepository,
  type LedgerTables,
  ledger,
  ledgerSchema,
} from '../../../src/adapters/ledger/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../src/adapters/system/index.ts';
import { createWorkRunner, type EventPublisher } from '../../../src/domain/kernel/index.ts';
import { createLedgerApi } from '../../../src/handlers/ledger/ledger-api.ts';
import { newRetrier } from '../dsql-adapter.ts';

/** The ledger's API over a pool, as its Lambda wires it, without Lambda around it. */
export const ledgerOn = (
  connections: ConnectionPool,
  options: { readonly region: string; readonly publisher: EventPublisher },
) => {
  const dialect = new DsqlDialect({ connections });
  const db = new Kysely<LedgerTables>({ dialect });
  const outbox = createDsqlOutbox(connections, {
    schema: ledgerSchema,
    graceMs: 60_000,
    replayWindowMs: 60_000,
  });
  const metrics = createMemoryMetrics();
  const repository = createLedgerRepository(db);
  const unitOfWork = createDsqlUnitOfWork({
    connections,
    repository,
    records: createIdempotencyRecords(ledgerSchema),
    outboxInsert: outbox.insert,
    retrier: newRetrier(),
  });
  const runner = createWorkRunner({
    unitOfWork,
    outbox,
    ids: systemIds,
    logger: createMemoryLogger(),
    metrics,
    catalogue: ledger.catalogue,
    ...options,
  });
  const queries = createLedgerQueries({ connections, db, retrier: newRetrier() });
  const answer = createLedgerApi({ ledger: runner, queries, region: options.region });

  /** One request, with ten seconds' time unless said otherwise; the body is parsed. */
  const ask = async (payload: unknown, roomMs = 10_000) => {
    const now = Date.now();
    const run = { now, deadline: now + roomMs, causation: { correlationid: 'test' } };
    const { status, body, headers } = await answer(payload, run, {
      requestId: crypto.randomUUID(),
    });
    return { status, body: JSON.parse(JSON.stringify(body)), headers };
  };
  return { ask, outbox, unitOfWork, queries, metrics };
};
