import { Kysely } from 'kysely';
import { DsqlDialect } from '../../adapters/dsql/index.ts';
import {
  createAuditRepository,
  type LedgerTables,
  ledgerEvents,
  ledgerSchema,
} from '../../adapters/ledger/index.ts';
import { auditReplica } from '../../domain/ledger/index.ts';
import {
  createEventHandler,
  createService,
  noPublisher,
  readConsumerName,
  readServiceConfig,
} from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const service = await createService(config, ledgerSchema, env);
const dialect = new DsqlDialect({ connections: service.connections });
const db = new Kysely<LedgerTables>({ dialect });
const events = { catalogue: ledgerEvents, publisher: noPublisher };
const audit = service.runner(createAuditRepository(db), events);

await service.connections.warmUp();

export const handler = createEventHandler({
  ...service,
  consumer: readConsumerName(env),
  catalogue: ledgerEvents,
  consume: auditReplica(audit, config.region),
});
