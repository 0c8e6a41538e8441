import { statement } from '../wire/statement.ts';

/**
 * Begins at the only isolation level that DSQL has. PostgreSQL has others and must be told. Of two
 * transactions that change the same row, the first to commit wins.
 */
export const begin = statement('BEGIN ISOLATION LEVEL REPEATABLE READ');

/** Begins a transaction that only reads. AWS documents READ ONLY without an isolation level. */
export const beginReadOnly = statement('BEGIN READ ONLY');
