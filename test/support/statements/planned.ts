import type pg from 'pg';
import { type PlanSubject, unboundedScansOf } from './plans.ts';
import type { RecordedStatement } from './recorder.ts';

/**
 * Statements that have no plan over the service's tables: definitions and the ends of transactions;
 * and questions to catalogs, whose length is that of the schema.
 */
export const unplannable = (constructs: ReadonlySet<string>): boolean =>
  !['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt'].some((one) => constructs.has(one)) ||
  [...constructs].some((one) => /^relation |^function current_schema/.test(one));

/** Each unbounded scan, with the part of the framework and the statement that it belongs to. */
export const plansOf = async (
  client: pg.Client,
  statements: readonly RecordedStatement[],
  subject: PlanSubject,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const one of statements) {
    const text = one.sql.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
    for (const scan of await unboundedScansOf(client, one, subject)) {
      found.push(`${scan}\n  in: ${text}`);
    }
  }
  return found;
};
