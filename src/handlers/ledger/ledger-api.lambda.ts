import { Kysely } from 'kysely';
import { DsqlDialect } from '../../adapters/dsql/index.ts';
import {
  createLedgerQueries,
  createLedgerRepository,
  type LedgerTables,
  ledgerEvents,
  ledgerSchema,
} from '../../adapters/ledger/index.ts';
import { createRetrier } from '../../domain/kernel/index.ts';
import {
  createApiHandler,
  createBusPublisher,
  createService,
  readServiceConfig,
} from '../runtime/index.ts';
import { createLedgerApi, ledgerRoutes } from './ledger-api.ts';

const { env } = process;
const config = readServiceConfig(env);
const { region } = config;
const service = await createService(config, ledgerSchema, env);
const { connections } = service;
// On its way while the rest is wired.
const connected = connections.warmUp();
const dialect = new DsqlDialect({ connections });
const db = new Kysely<LedgerTables>({ dialect });
const publisher = createBusPublisher(config, env);
const ledger = service.runner(createLedgerRepository(db), { catalogue: ledgerEvents, publisher });
const queries = createLedgerQueries({ connections, db, retrier: createRetrier(service) });
const answer = createLedgerApi({ ledger, queries, region });

await connected;

export const handler = createApiHandler({ ...service, answer, routes: ledgerRoutes });
