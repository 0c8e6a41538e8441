import { createDsqlIdempotencyStore } from '../../adapters/dsql/index.ts';
import { ledgerSchema } from '../../adapters/ledger/index.ts';
import { createRelay, outboxShardCount } from '../../domain/kernel/index.ts';
import {
  createBusPublisher,
  createRelayHandler,
  createService,
  readServiceConfig,
} from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const { region, outboxTakeoverAgeMs: takeoverAgeMs } = config;
const service = await createService(config, ledgerSchema, env);
const store = createDsqlIdempotencyStore(service.connections, { schema: ledgerSchema });
const publisher = createBusPublisher(config, env);
const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
const relay = createRelay({ ...service, publisher, region, shards, takeoverAgeMs });

export const handler = createRelayHandler({ ...service, relay, store, region });
