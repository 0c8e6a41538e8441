import { createMigrator } from '../../adapters/dsql/index.ts';
import {
  ledgerMigrations as migrations,
  ledgerSchema as schema,
} from '../../adapters/ledger/index.ts';
import {
  createMigrationHandler,
  createService,
  readCustomResourceTrust,
  readServiceConfig,
} from '../runtime/index.ts';

const { env } = process;
const config = readServiceConfig(env);
const service = await createService(config, schema, env);
const owner = service.ids.uuid();
// CloudFormation deploys the release before again when a deployment fails: its schema is newer then.
const migrator = createMigrator({ ...service, schema, migrations, owner, acceptNewer: true });

const trust = readCustomResourceTrust(env);

export const handler = createMigrationHandler({ ...service, migrator, schema, trust });
