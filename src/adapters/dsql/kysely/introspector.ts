import type { DatabaseIntrospector, Kysely } from 'kysely';

/**
 * Introspection for Kysely by DSQL's catalog alone. Kysely's queries for PostgreSQL call functions
 * that DSQL may not have.
 */
export const createIntrospector = (db: Kysely<unknown>): DatabaseIntrospector => ({
  // Loaded on demand, since functions do not look at their schema.
  getSchemas: async () => (await import('./catalog.ts')).readSchemas(db),
  getTables: async (options) => (await import('./catalog.ts')).readTables(db, options),
});
