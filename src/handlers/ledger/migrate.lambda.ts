import { createMigrator } from '../../adapters/dsql/index.ts';
import {
  ledgerMigrations as migrations,
  ledgerSchema as schema,
} from '../../adapters/ledger/index.ts';
import { createMigrationHandler, createService, readServiceConfig } from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const service = await createService(config, schema, env);
const migrator = createMigrator({ ...service, schema, migrations, owner: service.ids.uuid() });

export const handler = createMigrationHandler({ ...service, migrator, schema });
