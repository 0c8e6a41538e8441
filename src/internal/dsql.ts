/**
 * Parts of the DSQL adapter that `antipode-cli` of the same version uses. No promise is made about
 * them.
 */
export { environmentFallbacks } from '../adapters/dsql/connection/config-variables.ts';
export { type Connection, connect } from '../adapters/dsql/connection/connection.ts';
export { createConnectionPool } from '../adapters/dsql/connection/connection-pool.ts';
export { hostAndPort, namedRegion } from '../adapters/dsql/connection/endpoint.ts';
export { faultOf, serverErrorOf } from '../adapters/dsql/connection/error-mapping.ts';
export { createTokenSource } from '../adapters/dsql/connection/token.ts';
export { unmeasuredRetrier } from '../adapters/dsql/connection/unmeasured-retrier.ts';
export { isRoleArn } from '../adapters/dsql/migration/database-role.ts';
export { scriptOf } from '../adapters/dsql/migration/format/migration.ts';
export { readMigrationModule } from '../adapters/dsql/migration/format/migration-folder.ts';
export { variablesOf } from '../adapters/dsql/migration/format/migration-variables.ts';
export { scriptsOfService } from '../adapters/dsql/migration/format/service-migrations.ts';
export type { MigrationProgress } from '../adapters/dsql/migration/migration-progress.ts';
export { checkMigrations } from '../adapters/dsql/migration/migrator.ts';
export { frameworkTables } from '../adapters/dsql/records/framework-tables.ts';
export {
  createOutboxInspection,
  type OutboxInspection,
  type OutboxRow,
  type OutboxRowState,
  type PublishedRow,
} from '../adapters/dsql/records/outbox/outbox-inspection.ts';
export {
  createTraceInspection,
  type HandledEvent,
  type TraceInspection,
} from '../adapters/dsql/records/trace-inspection.ts';
export { outlineOf } from '../adapters/dsql/sql/sql-outline.ts';
