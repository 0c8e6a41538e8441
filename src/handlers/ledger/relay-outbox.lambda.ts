import { createDsqlExpiredRecords, createDsqlIdempotencyStore } from '../../adapters/dsql/index.ts';
import { ledgerSchema as schema } from '../../adapters/ledger/index.ts';
import { createCleanup, createRelay, outboxShardCount } from '../../domain/kernel/index.ts';
import {
  createBusPublisher,
  createRelayHandler,
  createService,
  readInboxRetentionMs,
  readServiceConfig,
} from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const { region, outboxTakeoverAgeMs: takeoverAgeMs } = config;
const service = await createService(config, schema, env);
// On its way while the rest is wired.
const connected = service.connections.warmUp();
const store = createDsqlIdempotencyStore(service.connections, { schema });
const publisher = createBusPublisher(config, env);
const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
const relay = createRelay({ ...service, publisher, region, shards, takeoverAgeMs });
const retention = { schema, inboxRetentionMs: readInboxRetentionMs(env) };
const records = createDsqlExpiredRecords(service.connections, retention);
const cleanup = createCleanup({ ...service, records });

await connected;

export const handler = createRelayHandler({ ...service, relay, cleanup, store, region });
