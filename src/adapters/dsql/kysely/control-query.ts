import { CompiledQuery } from 'kysely';

/**
 * The step that a control query runs; registered, since a program may have loaded this module
 * twice.
 */
export const control: unique symbol = Symbol.for('antipode.dsql.control') as never;

/** BEGIN, COMMIT or ROLLBACK of a transaction that Kysely controls. */
type ControlQuery = CompiledQuery & { readonly [control]: () => Promise<void> };

/**
 * A query that runs a step of a transaction. Kysely logs what goes through `executeQuery`, so its
 * log shows the step as it does with Kysely's own drivers.
 *
 * @param sql of the step, for the log
 */
export const controlQuery = (sql: string, run: () => Promise<void>): ControlQuery =>
  Object.freeze({ ...CompiledQuery.raw(sql), [control]: run });

export const isControl = (query: CompiledQuery): query is ControlQuery => control in query;
