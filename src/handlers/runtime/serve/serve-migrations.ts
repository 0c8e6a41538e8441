import { createMigrator } from '../../../adapters/dsql/index.ts';
import { migrationsOf } from '../../../adapters/dsql/migration/format/service-migrations.ts';
import type { DeclaredService } from '../../../domain/kernel/index.ts';
import { processEnvironment, readServiceConfig } from '../config.ts';
import type { CustomResourceEvent } from '../custom-resource/custom-resource.ts';
import { readCustomResourceTrust } from '../custom-resource/custom-resource-answer.ts';
import {
  createInvokedMigration,
  type MigrationInvocation,
} from '../custom-resource/invoked-migration.ts';
import { createMigrationHandler } from '../custom-resource/migration-handler.ts';
import { patientConnections } from '../custom-resource/patient-connections.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import { createService } from '../service.ts';
import { answerMigrationVerification } from '../verification/migration-verification.ts';
import { createVerification } from '../verification/verifiable.ts';
import type { ServeOptions } from './service-parts.ts';

/**
 * The entry of the function that migrates a service's schema at each deployment: the framework's
 * tables first, then the migrations that the service declares. It answers a custom resource of
 * CloudFormation, or invocations where `MIGRATE_BY_INVOCATION` is `true`.
 *
 * @throws {InvariantViolation} in INIT, that names the variable to set
 * @example
 * export const handler = await serveMigrations(booking);
 */
export const serveMigrations = async (
  declared: DeclaredService,
  { env = processEnvironment }: ServeOptions = {},
) => {
  const { schema, role } = declared;
  const config = readServiceConfig(env);
  const service = createService(config, schema, env);
  const migrations = await migrationsOf(declared);
  const owner = service.ids.uuid();
  // CloudFormation deploys the release before again when a deployment fails. That release then
  // meets a newer schema.
  const options = { schema, migrations, owner, acceptNewer: true };
  // At the first deployment the permission to connect as admin has not spread yet.
  const patient = { ...service, connections: patientConnections(service.connections, service) };
  const deps = {
    ...{ ...patient, schema, migrator: createMigrator({ ...patient, ...options }) },
    trust: readCustomResourceTrust(env),
  };
  const isInvoked = env['MIGRATE_BY_INVOCATION'] === 'true';
  const migrate = isInvoked ? createInvokedMigration(deps) : createMigrationHandler(deps);
  const migrator = createMigrator({ ...service, ...options });
  const verification = { ...service, migrator, schema, role };
  const verify = createVerification(
    { ...service, region: config.region, user: config.dsqlUser },
    (request, deadline) => answerMigrationVerification(verification, request, deadline),
  );
  return async (
    event: CustomResourceEvent & MigrationInvocation,
    context: LambdaContext,
  ): Promise<unknown> => verify(event, context) ?? migrate(event, context);
};
