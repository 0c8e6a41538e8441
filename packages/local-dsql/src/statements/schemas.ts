/** The schema of the local DSQL's own objects. Those of `sys` are objects that DSQL has too. */
export const internalSchema = 'pg_antipode';

/** Schemas whose functions are not a user's. */
export const systemSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'sys', internalSchema]);
