/**
 * Aurora DSQL: connections, Kysely, the unit of work, outbox, idempotency, migrations.
 *
 * @packageDocumentation
 */

export { environmentCredentials } from './connection/config.ts';
export type { ConnectionPool } from './connection/connection-pool.ts';
export { type ConnectionsOptions, createConnections } from './connection/connections.ts';
export type { AwsCredentials, CredentialsSource } from './connection/credentials.ts';
export { DsqlDialect, type DsqlDialectOptions } from './kysely/dialect.ts';
export { type PipelineResults, pipeline } from './kysely/pipeline.ts';
export { type Template, template } from './kysely/template.ts';
export { grantDatabaseRole, revokeDatabaseRole } from './migration/database-role.ts';
export { frameworkMigrations, type Migration } from './migration/format/framework-migrations.ts';
export type { MigrationScript } from './migration/format/migration.ts';
export { readMigrationFolder } from './migration/format/migration-folder.ts';
export { createIndexAsync, type IndexWait, waitForIndex } from './migration/index-build.ts';
export type { MigrationPlan, MigrationStatus } from './migration/migration-plan.ts';
export { createMigrator, type Migrator } from './migration/migrator.ts';
export { createDsqlCommandRecords } from './records/command-records.ts';
export { createDsqlExpiredRecords } from './records/expired-records.ts';
export { createDsqlIdempotencyStore } from './records/idempotency-store.ts';
export { createDsqlOutbox } from './records/outbox/outbox.ts';
export {
  createIdempotencyRecords,
  type IdempotencyRecords,
} from './transaction/idempotency-records.ts';
export { insertOnly } from './transaction/insert-only.ts';
export { type QueryOptions, query } from './transaction/query.ts';
export type { ReadTransaction, Transaction } from './transaction/transaction.ts';
export {
  createTransactions,
  type TransactionOptions,
  type Transactions,
} from './transaction/transactions.ts';
export { createDsqlUnitOfWork, type DsqlRepository } from './transaction/unit-of-work.ts';
export { json } from './wire/json-parameter.ts';
export { isServerError, type ServerError, StatementRefused } from './wire/server-error.ts';
export {
  quoteIdentifier,
  type Row,
  type RowOf,
  type Statement,
  statement,
} from './wire/statement.ts';
