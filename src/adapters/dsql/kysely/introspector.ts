import type { DatabaseIntrospector, Kysely } from 'kysely';

/**
 * Kysely's view of schemas and tables, by DSQL's catalog alone: what Kysely asks PostgreSQL with calls functions that
 * DSQL may not have.
 */
export const createIntrospector = (db: Kysely<unknown>): DatabaseIntrospector => ({
  // On demand, since functions do not look at their schema.
  getSchemas: async () => (await import('./catalog.ts')).readSchemas(db),
  getTables: async (options) => (await import('./catalog.ts')).readTables(db, options),
});
