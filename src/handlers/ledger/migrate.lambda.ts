import { createMigrator } from '../../adapters/dsql/index.ts';
import { ledgerMigrations } from '../../adapters/ledger/index.ts';
import { createMigrationHandler, createService, readServiceConfig } from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const schema = config.dsqlSchema;
const service = await createService(config, env);
const migrations = ledgerMigrations(schema);
const migrator = createMigrator({ ...service, schema, migrations, owner: service.ids.uuid() });

export const handler = createMigrationHandler({ ...service, migrator, schema });
