import {
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createDsqlOutbox,
  environmentCredentials,
} from '../../../adapters/dsql/index.ts';
import { createFunctionInvoker, lambdaEndpoint } from '../../../adapters/lambda/invoke-function.ts';
import { createCleanup, createRelay, type DeclaredService } from '../../../domain/kernel/index.ts';
import { stepsAtOnceMax } from '../../../domain/kernel/outbox/in-turns.ts';
import { outboxShardCount } from '../../../domain/kernel/outbox/outbox.ts';
import {
  type EnvironmentVariables,
  processEnvironment,
  readEventBusName,
  readInboxRetentionMs,
  readServiceConfig,
} from '../config.ts';
import { createBusPublisher } from '../events/publisher.ts';
import { createRelayHandler, type RelayTick } from '../events/relay-handler.ts';
import { createService, outboxOptions } from '../service.ts';
import { tracedPublisher } from '../spans.ts';
import { answerRelayVerification } from '../verification/relay-verification.ts';
import { verifiable } from '../verification/verifiable.ts';
import type { ServeOptions } from './service-parts.ts';

/**
 * Invokes this function again, by the name that Lambda gives it; `undefined` outside of Lambda.
 *
 * @throws {InvariantViolation} that names the variable of Lambda's address to set
 */
const selfInvocation = (region: string, env: EnvironmentVariables) => {
  const functionName = env['AWS_LAMBDA_FUNCTION_NAME'];
  if (functionName === undefined) return undefined;
  const url = lambdaEndpoint(region, env);
  const credentials = () => environmentCredentials(env);
  const invoke = createFunctionInvoker({ functionName, region, url, credentials });
  return (tick: RelayTick, signal: AbortSignal) => invoke({ ...tick }, signal);
};

/**
 * The entry of the function that runs on a schedule, each minute unless set: it publishes what no
 * command could publish, and deletes what nobody needs any more.
 *
 * @throws {InvariantViolation} in INIT, that names the variable to set
 * @example
 * export const handler = await serveRelay(booking);
 */
export const serveRelay = async (
  declared: DeclaredService,
  { env = processEnvironment }: ServeOptions = {},
) => {
  const { schema } = declared;
  const config = readServiceConfig(env);
  const { region, outboxTakeoverAgeMs: takeoverAgeMs } = config;
  const inboxRetentionMs = readInboxRetentionMs(env);
  const bus = createBusPublisher(config, env);
  const service = createService(config, schema, env, stepsAtOnceMax);
  const publisher = tracedPublisher(bus, service.tracer, readEventBusName(env));
  const { connections } = service;
  // The connection opens while the rest is wired.
  const connected = connections.warmUp();
  const runAgain = selfInvocation(region, env);
  const store = createDsqlIdempotencyStore(connections, { schema });
  const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
  const outbox = createDsqlOutbox(connections, outboxOptions(config, schema));
  const relay = createRelay({ ...service, outbox, publisher, region, shards, takeoverAgeMs });
  const records = createDsqlExpiredRecords(connections, { schema, inboxRetentionMs });
  const cleanup = createCleanup({ ...service, records });
  await connected;
  const handler = createRelayHandler({ ...service, relay, cleanup, store, runAgain, region });
  const verify = { connections, service: declared, publisher: bus, region, ids: service.ids };
  return verifiable(handler, { connections, region, user: config.dsqlUser }, (...asked) =>
    answerRelayVerification(verify, ...asked),
  );
};
