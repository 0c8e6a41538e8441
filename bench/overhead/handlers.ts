import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import {
  type ConnectionPool,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createOnceRecords,
  type DsqlRepository,
  statement,
} from '../../src/adapters/dsql/index.ts';
import {
  createPowertoolsLogger,
  createPowertoolsMetrics,
  loadTracer,
} from '../../src/adapters/powertools/index.ts';
import {
  accept,
  createRetrier,
  createWorkRunner,
  type EventPublisher,
} from '../../src/domain/kernel/index.ts';
import { createApiHandler } from '../../src/handlers/runtime/api-handler.ts';
import { systemClock, systemIds, systemRandom } from '../../src/handlers/runtime/system.ts';

/** A handler as Lambda calls it. */
export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

type Entry = { readonly id: string; readonly amount: string };

const schema = 'bench';
const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** A database that has always done what it was asked for: what is left is what this process computes. */
const fakeConnections = (): ConnectionPool => {
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

const fakePublisher: EventPublisher = {
  publish: async (events) => events.map(() => ({ ok: true })),
};

const repository: DsqlRepository<never, readonly Entry[]> = {
  empty: [],
  load: () => [],
  toState: () => [],
  save: (entries) =>
    entries.map(({ id, amount }) =>
      statement(`INSERT INTO ${schema}.entry (id, amount) VALUES ($1, $2)`, id, amount),
    ),
};

/** What every handler here is asked for. */
const entryOf = (payload: unknown): Entry => payload as Entry;

/**
 * middy, its body parser and Powertools, put together by hand for the same request, the same answer, the same two
 * metrics and the same log line when something fails: what all the others are measured on top of.
 */
export const byHand = (): Handler => {
  const logger = new Logger();
  const metrics = new Metrics();
  const handle = async ({ body }: { readonly body: unknown }) => {
    const entry = entryOf(body);
    metrics.addMetric('CommandCommitted', MetricUnit.Count, 1);
    metrics.addMetric('EventPublished', MetricUnit.Count, 1);
    return { statusCode: 200, headers, body: JSON.stringify(entry) };
  };
  return middy(handle as never, { timeoutEarlyInMillis: 0 })
    .use(httpJsonBodyParser())
    .use({
      after: () => {
        metrics.publishStoredMetrics();
      },
      onError: ({ error }) => {
        logger.error('Failed', error as Error);
        metrics.publishStoredMetrics();
      },
    }) as unknown as Handler;
};

const serviceParts = async () => {
  const logger = createPowertoolsLogger();
  const metrics = createPowertoolsMetrics();
  const tracer = await loadTracer(false);
  const traceHeader = () => undefined;
  return { clock: systemClock, logger, metrics, tracer, traceHeader };
};

/** Our handler around the same answer: the runtime of every invocation, without a command. */
export const ourHandler = async (): Promise<Handler> => {
  const parts = await serviceParts();
  const answer = async (payload: unknown) => {
    parts.metrics.add('CommandCommitted', 1);
    parts.metrics.add('EventPublished', 1);
    return { status: 200, body: entryOf(payload) };
  };
  return createApiHandler({ ...parts, answer }) as unknown as Handler;
};

/** Our handler around a whole command: decision, unit of work, outbox, idempotency, publication. */
export const ourCommand = async (): Promise<Handler> => {
  const parts = await serviceParts();
  const { clock, logger, metrics } = parts;
  const connections = fakeConnections();
  const outbox = createDsqlOutbox(connections, { schema, graceMs: 60_000, replayWindowMs: 0 });
  const unitOfWork = createDsqlUnitOfWork({
    ...{ connections, repository },
    once: createOnceRecords(schema),
    outboxInsert: outbox.insert,
    retrier: createRetrier({ clock, random: systemRandom, metrics }),
  });
  const runner = createWorkRunner({
    ...{ unitOfWork, outbox, logger, metrics, ids: systemIds, publisher: fakePublisher },
    ...{ source: 'bench', region: 'us-east-1' },
  });
  const answer = async (payload: unknown, run: Parameters<typeof runner.run>[0]) => {
    const entry = entryOf(payload);
    const { id, amount } = entry;
    const outcome = await runner.run({
      ...run,
      once: { kind: 'command', key: id, fingerprint: amount },
      decide: () =>
        accept({
          state: [entry],
          events: [
            {
              ...{ type: 'EntryRecorded', schemaVersion: 1, subject: id, aggregateVersion: 1 },
              data: { id, amount },
            },
          ],
          result: { id, amount },
        }),
    });
    if (outcome.status !== 'committed') throw new Error('It was not committed');
    return { status: 200, body: outcome.result };
  };
  return createApiHandler({ ...parts, answer: answer as never }) as unknown as Handler;
};
