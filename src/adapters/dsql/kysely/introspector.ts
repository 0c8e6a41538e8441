import type { DatabaseIntrospector, Kysely } from 'kysely';

/**
 * Introspection for Kysely by DSQL's catalog alone. Kysely's queries for PostgreSQL call functions
 * that DSQL may not have.
 */
export const createIntrospector = (db: Kysely<unknown>): DatabaseIntrospector => ({
  // Loaded on demand, since functions do not look at their schema.
  getSchemas: async () => (await import('./on-demand.ts')).readSchemas(db),
  getTables: async (options) => (await import('./on-demand.ts')).readTables(db, options),
});
