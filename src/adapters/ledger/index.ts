/**
 * The ledger's adapters: its tables and migrations, its repositories on DSQL, its requests and
 * events.
 */
export * from './cursor.ts';
export * from './event-catalogue.ts';
export * from './ledger-repository.ts';
export * from './memory-ledger.ts';
export * from './migrations.ts';
export * from './projection-repositories.ts';
export * from './queries/ledger-queries.ts';
export * from './requests.ts';
export * from './service.ts';
export * from './tables.ts';
export * from './views.ts';
