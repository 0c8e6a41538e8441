import type { ServiceError } from '../protocol/protocol.ts';
import type { Fields } from './ast.ts';

/** Returns the error with which DSQL refuses a statement, or `undefined`. */
export type Rule = (fields: Fields) => ServiceError | undefined;

/** A statement that DSQL knows and does not support: SQLSTATE 0A000. */
export const notSupported = (message: string): ServiceError => ({ code: '0A000', message });

export const tooMany = (message: string): ServiceError => ({ code: '54011', message });

/** The answer of the first rule that refuses. */
export const firstRefusal = (
  ...checks: readonly (() => ServiceError | undefined)[]
): ServiceError | undefined => {
  for (const check of checks) {
    const refusal = check();
    if (refusal) return refusal;
  }
  return undefined;
};

/** The first refusal among the items of a list. */
export const anyRefusal = <T>(
  items: readonly T[],
  check: (item: T) => ServiceError | undefined,
): ServiceError | undefined => firstRefusal(...items.map((item) => () => check(item)));

/**
 * `TEMPORARY` and `UNLOGGED`, in the words that the service has for a table; a schema may say the
 * former, too.
 */
export const refusePersistence = (relation: Fields, kind: string): ServiceError | undefined => {
  const { relpersistence, schemaname } = relation;
  const statement = `CREATE ${kind.toUpperCase()}`;
  if (relpersistence === 't' || schemaname === 'pg_temp') {
    return notSupported(`TEMPORARY or TEMP ${kind} not supported for ${statement}`);
  }
  return relpersistence === 'u'
    ? notSupported(`UNLOGGED ${kind} not supported for ${statement}`)
    : undefined;
};
