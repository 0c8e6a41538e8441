/** Aurora DSQL: connections, Kysely, the unit of work, outbox, idempotency, migrations. */

export * from './connection/config.ts';
export * from './connection/config-variables.ts';
export * from './connection/connection.ts';
export * from './connection/connection-pool.ts';
export * from './connection/connections.ts';
export type { AwsCredentials, CredentialsSource } from './connection/credentials.ts';
export * from './connection/endpoint.ts';
export * from './connection/error-mapping.ts';
export * from './connection/token.ts';
export * from './kysely/dialect.ts';
export * from './kysely/pipeline.ts';
export * from './kysely/template.ts';
export * from './migration/database-role.ts';
export * from './migration/format/framework-migrations.ts';
export * from './migration/format/kysely-migrations.ts';
export * from './migration/format/migration.ts';
export * from './migration/format/migration-folder.ts';
export * from './migration/format/migration-variables.ts';
export { createIndexAsync, type IndexWait, waitForIndex } from './migration/index-build.ts';
export type {
  MigrationPlan,
  MigrationState,
  MigrationStatus,
  MigrationStep,
  PendingMigration,
} from './migration/migration-plan.ts';
export type { MigrationProgress, ReportProgress } from './migration/migration-progress.ts';
export * from './migration/migrator.ts';
export * from './records/command-records.ts';
export * from './records/expired-records.ts';
export * from './records/framework-tables.ts';
export * from './records/idempotency-store.ts';
export * from './records/outbox.ts';
export * from './transaction/idempotency-records.ts';
export * from './transaction/query.ts';
export * from './transaction/transaction.ts';
export * from './transaction/transactions.ts';
export * from './transaction/unit-of-work.ts';
export { json } from './wire/json-parameter.ts';
export { encodeParameters, type WireParameter } from './wire/parameters.ts';
export * from './wire/server-error.ts';
export * from './wire/statement.ts';
export {
  messageBytesMax,
  rowBytesMax,
  transactionAgeMsMax,
  transactionBytesMax,
  transactionRowsMax,
  valueBytesMax,
} from './wire/transaction-limits.ts';
