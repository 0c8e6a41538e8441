import type { ServiceError } from '../../protocol/protocol.ts';
import { nameParts } from '../ast.ts';

/** All of them order by bytes. */
const collations: ReadonlySet<string> = new Set(['C', 'POSIX', 'default', 'ucs_basic']);

/**
 * Refuses a collation that PostgreSQL has from its machine, with PostgreSQL's error for one that
 * does not exist.
 */
export const refuseCollation = (collname: unknown): ServiceError | undefined => {
  const names = nameParts(collname);
  return names.length === 0 || collations.has(names.at(-1) ?? '')
    ? undefined
    : {
        code: '42704',
        message: `collation "${names.join('.')}" for encoding "UTF8" does not exist`,
      };
};
