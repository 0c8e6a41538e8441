import {
  createConnections,
  type DsqlRepository,
  environmentCredentials,
  type Row,
} from '../../adapters/dsql/index.ts';
import {
  createOutboxWriter,
  type DsqlOutboxOptions,
} from '../../adapters/dsql/records/outbox/outbox-writer.ts';
import { createRunnerOf } from '../../adapters/dsql/records/service-runner.ts';
// The tracer alone: what it loads on demand is not part of a function that does not trace.
import { createOpenTelemetryTracer } from '../../adapters/opentelemetry/index.ts';
import {
  createPowertoolsLogger,
  createPowertoolsMetrics,
  createPowertoolsTracer,
} from '../../adapters/powertools/index.ts';
import { systemClock, systemIds, systemRandom } from '../../adapters/system/index.ts';
import { defined } from '../../domain/kernel/defined.ts';
import {
  createRetrier,
  type DomainEvent,
  type EventCatalogue,
  type EventEnvelope,
  type EventPublisher,
  type WorkRunner,
} from '../../domain/kernel/index.ts';
import type { EnvironmentVariables, ServiceConfig } from './config.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from './guarded-parts.ts';

/** The times of the service's outbox, as its functions are told them. */
export const outboxOptions = (config: ServiceConfig, schema: string): DsqlOutboxOptions => ({
  schema,
  graceMs: config.outboxGraceMs,
  replayWindowMs: config.outboxReplayWindowMs,
});

/**
 * The parts that every function of a service needs, wired for Lambda: one per execution
 * environment.
 *
 * @param schema holds the service's tables and the framework's records of it
 * @param env is read again for each signature: Lambda replaces its keys there
 * @param connectionsMax one unless a function works on several things at once: an environment runs
 * one invocation at a time
 * @throws {InvariantViolation} that names the setting of the database that is wrong
 */
export const createService = (
  config: ServiceConfig,
  schema: string,
  env: EnvironmentVariables,
  connectionsMax = 1,
) => {
  const clock = systemClock;
  const random = systemRandom;
  const ids = systemIds;
  const logger = guardedLogger(createPowertoolsLogger());
  const metrics = guardedMetrics(
    createPowertoolsMetrics(undefined, env['AWS_LAMBDA_FUNCTION_VERSION']),
  );
  const retrier = createRetrier({ clock, random, metrics });
  const credentials = () => environmentCredentials(env);
  const tracer = guardedTracer(
    createOpenTelemetryTracer({ env, credentials }) ?? createPowertoolsTracer(config.tracing),
  );
  const { dsqlPreparedStatementsMax: preparedStatementsMax } = config;
  const options = {
    endpoint: config.dsqlEndpoint,
    region: config.region,
    user: config.dsqlUser,
    credentials,
    size: connectionsMax,
    serial: config.dsqlSerial,
    plainBegin: config.dsqlPlainBegin,
    ...defined({ preparedStatementsMax }),
  };
  const connections = createConnections(options, 'createService');
  const outbox = createOutboxWriter(connections, outboxOptions(config, schema));
  /** Runs the work of one bounded context, whose decisions emit what the catalogue declares. */
  const runner = <
    Query,
    State,
    Event extends DomainEvent,
    Rows extends readonly unknown[] = readonly Row[],
  >(
    repository: DsqlRepository<Query, State, Rows>,
    events: {
      readonly catalogue: Pick<EventCatalogue<EventEnvelope, Event>, 'envelop'>;
      readonly publisher: EventPublisher;
    },
  ): WorkRunner<Query, State, Event> => {
    const { region } = config;
    const deps = { connections, schema, outbox, ids, logger, metrics, tracer, region, retrier };
    return createRunnerOf({ ...deps, ...events })(repository);
  };

  const traceHeader = () => env['_X_AMZN_TRACE_ID'];

  return {
    clock,
    random,
    ids,
    logger,
    metrics,
    tracer,
    /** The `X-Amzn-Trace-Id` of the invocation under way, where Lambda has given one. */
    traceHeader,
    retrier,
    connections,
    outbox,
    runner,
  };
};

/** The parts of a service, as `createService` wires them. */
export type Service = ReturnType<typeof createService>;
