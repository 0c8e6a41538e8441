import { statement } from '../wire/statement.ts';

/**
 * DSQL has this level only, and takes its name; PostgreSQL must be told. Under it the first to commit wins, whatever
 * both have read.
 */
export const begin = statement('BEGIN ISOLATION LEVEL REPEATABLE READ');

/** As AWS documents it: DSQL's documentation combines READ ONLY with no isolation level. */
export const beginReadOnly = statement('BEGIN READ ONLY');
