/** Aurora DSQL: connections, Kysely, the unit of work, outbox, idempotency, migrations. */

export * from './command-records.ts';
export * from './config.ts';
export * from './connection.ts';
export * from './connection-pool.ts';
export * from './connections.ts';
export type { AwsCredentials, CredentialsSource } from './credentials.ts';
export * from './database-role.ts';
export * from './dialect.ts';
export * from './endpoint.ts';
export * from './environment.ts';
export * from './expired-records.ts';
export * from './faults.ts';
export * from './framework-migrations.ts';
export * from './framework-tables.ts';
export * from './idempotency-store.ts';
export { createIndexAsync, type IndexWait, waitForIndex } from './index-build.ts';
export { json } from './json-parameter.ts';
export * from './kysely-migrations.ts';
export * from './migration.ts';
export * from './migration-folder.ts';
export type {
  MigrationPlan,
  MigrationState,
  MigrationStatus,
  MigrationStep,
  PendingMigration,
} from './migration-plan.ts';
export type { MigrationProgress, ReportProgress } from './migration-progress.ts';
export * from './migration-variables.ts';
export * from './migrator.ts';
export * from './once-records.ts';
export * from './outbox.ts';
export { encodeParameters, type WireParameter } from './parameters.ts';
export * from './pipeline.ts';
export * from './query.ts';
export * from './server-error.ts';
export * from './statement.ts';
export * from './template.ts';
export * from './token.ts';
export * from './transaction.ts';
export {
  messageBytesMax,
  rowBytesMax,
  transactionAgeMsMax,
  transactionBytesMax,
  transactionRowsMax,
  valueBytesMax,
} from './transaction-limits.ts';
export * from './unit-of-work.ts';
