import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { object, string } from 'valibot';
import {
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
  statement,
} from '../../src/adapters/dsql/index.ts';
import {
  createPowertoolsLogger,
  createPowertoolsMetrics,
  createPowertoolsTracer,
} from '../../src/adapters/powertools/index.ts';
import { systemClock, systemIds, systemRandom } from '../../src/adapters/system/index.ts';
import {
  accept,
  createRetrier,
  createWorkRunner,
  declareEvents,
  type RunContext,
} from '../../src/domain/kernel/index.ts';
import { createApiHandler } from '../../src/handlers/runtime/api/api-handler.ts';
import { commandByHand, type Entry } from './command-by-hand.ts';
import { fakeConnections, fakePublisher } from './fakes.ts';

/** A handler as Lambda calls it. */
export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const schema = 'bench';
const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };

const catalogue = declareEvents('bench', {
  EntryRecorded: { version: 1, schema: object({ id: string(), amount: string() }) },
});

const repository: DsqlRepository<never, readonly Entry[]> = {
  empty: [],
  load: () => [],
  toState: () => [],
  save: (entries) =>
    entries.map(({ id, amount }) =>
      statement(`INSERT INTO ${schema}.entry (id, amount) VALUES ($1, $2)`, id, amount),
    ),
};

/** The request to every handler here. */
const entryOf = (payload: unknown): Entry => payload as Entry;

/**
 * middy, its body parser and Powertools, put together by hand for the same request, the same
 * answer, the same two metrics and the same log line when something fails: what ours are measured
 * on top of.
 *
 * @param work what is done for the answer
 */
export const byHand = (
  work: (entry: Entry, requestId: string) => Promise<Entry> = async (entry) => entry,
): Handler => {
  const logger = new Logger();
  const metrics = new Metrics();
  const handle = async (
    { body }: { readonly body: unknown },
    { awsRequestId }: { readonly awsRequestId: string },
  ) => {
    const entry = await work(entryOf(body), awsRequestId);
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
  const tracer = createPowertoolsTracer(false);
  const traceHeader = () => undefined;
  return { clock: systemClock, logger, metrics, tracer, traceHeader };
};

/** The same handler by hand around the same command by hand. */
export const handlerAndCommandByHand = (): Handler => byHand(commandByHand());

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
    records: createIdempotencyRecords(schema),
    outboxInsert: outbox.insert,
    retrier: createRetrier({ clock, random: systemRandom, metrics }),
  });
  const runner = createWorkRunner({
    ...{ unitOfWork, outbox, logger, metrics, ids: systemIds, publisher: fakePublisher },
    ...{ catalogue, region: 'us-east-1' },
  });
  const answer = async (payload: unknown, run: RunContext) => {
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
