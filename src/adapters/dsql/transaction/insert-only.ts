import type { Compilable } from 'kysely';
import type { Refused } from '../../../domain/kernel/index.ts';
import type { Statement } from '../wire/statement.ts';
import type { DsqlRepository } from './unit-of-work.ts';

/**
 * A repository of rows that no decision reads, such as notices: its state is the rows that a
 * decision adds. Its work says `load: null`.
 *
 * @param insert makes the statement of one row; `template` may make it
 * @param refusalOf as that of any repository
 * @example
 * const notices = insertOnly(({ id, text }: Notice) =>
 *   statement('INSERT INTO booking.notices (id, text) VALUES ($1, $2)', id, text),
 * );
 */
export const insertOnly = <Added>(
  insert: (row: Added) => Statement | Compilable,
  refusalOf?: (constraint: string) => Refused | undefined,
): DsqlRepository<never, readonly Added[], readonly []> => ({
  empty: [],
  load: () => [],
  toState: () => [],
  save: (rows) => rows.map((row) => insert(row)),
  ...(refusalOf && { refusalOf }),
});
