import { Kysely } from 'kysely';
import { createDsqlDialect } from '../../adapters/dsql/index.ts';
import {
  createEventBridgeClient,
  createEventBridgePublisher,
  putEventsWith,
} from '../../adapters/eventbridge/index.ts';
import {
  createLedgerQueries,
  createLedgerRepository,
  type LedgerTables,
  ledgerSchema,
} from '../../adapters/ledger/index.ts';
import { ledgerEventSource } from '../../domain/ledger/index.ts';
import {
  createApiHandler,
  createService,
  lambdaCredentials,
  readEventBusName,
  readServiceConfig,
} from '../runtime/index.ts';
import { createLedgerApi } from './ledger-api.ts';

const { env } = process;
const config = readServiceConfig(env);
const { region } = config;
const service = await createService(config, ledgerSchema, env);
const { connections } = service;
const dialect = createDsqlDialect(connections);
const db = new Kysely<LedgerTables>({ dialect });
const client = createEventBridgeClient({ region, credentials: () => lambdaCredentials(env) });
const busName = readEventBusName(env);
const publisher = createEventBridgePublisher({ busName, putEvents: putEventsWith(client) });
const ledger = service.runner(createLedgerRepository(db), { source: ledgerEventSource, publisher });
const queries = createLedgerQueries(connections, db);
const answer = createLedgerApi({ ledger, queries, region });

await connections.warmUp();

export const handler = createApiHandler({ ...service, answer });
