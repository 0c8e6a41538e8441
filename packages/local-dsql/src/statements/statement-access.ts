import { type Fields, fieldsOf, list, nameParts, object, text, walk } from './ast.ts';
import { systemSchemas } from './schemas.ts';

/** Tables by what a statement may do to their rows, named as in its text, without schemas. */
export type StatementAccess = {
  readonly inserted: ReadonlySet<string>;
  /** Columns that are assigned, by table. */
  readonly updated: ReadonlyMap<string, ReadonlySet<string>>;
  readonly deleted: ReadonlySet<string>;
  /** Locked by FOR UPDATE or FOR KEY SHARE; possibly through a view. */
  readonly locked: ReadonlySet<string>;
  /** The locks are of FOR UPDATE, at least some of them. */
  readonly locksForUpdate: boolean;
  /** Functions that are called, except those with a schema of PostgreSQL's in their name. */
  readonly called: ReadonlySet<string>;
};

const assigned = (targets: unknown): readonly string[] =>
  list(targets).map((target) => text(fieldsOf(target, 'ResTarget')?.['name']));

const target = (fields: Fields): string => text(object(fields['relation'])['relname']);

/** Reads the tables that a statement may change or lock from its tree; `undefined` for none. */
export const readStatementAccess = (root: unknown): StatementAccess | undefined => {
  const inserted = new Set<string>();
  const updated = new Map<string, ReadonlySet<string>>();
  const deleted = new Set<string>();
  const named = new Set<string>();
  const called = new Set<string>();
  let locks = false;
  let locksForUpdate = false;
  const update = (table: string, targets: unknown): void => {
    updated.set(table, new Set([...(updated.get(table) ?? []), ...assigned(targets)]));
  };
  walk(root, (tag, fields) => {
    if (tag === 'RangeVar') named.add(text(fields['relname']));
    if (tag === 'LockingClause') {
      locks = true;
      locksForUpdate ||= fields['strength'] === 'LCS_FORUPDATE';
    }
    if (tag === 'FuncCall') {
      const [name = '', schema] = nameParts(fields['funcname']).toReversed();
      if (!systemSchemas.has(schema ?? '')) called.add(name);
    }
    if (tag === 'DeleteStmt') deleted.add(target(fields));
    if (tag === 'UpdateStmt') update(target(fields), fields['targetList']);
    if (tag === 'CopyStmt' && fields['is_from'] === true) inserted.add(target(fields));
    if (tag !== 'InsertStmt') return;
    inserted.add(target(fields));
    const conflict = object(fields['onConflictClause']);
    if (conflict['action'] === 'ONCONFLICT_UPDATE') update(target(fields), conflict['targetList']);
  });
  const locked: ReadonlySet<string> = locks ? named : new Set();
  const size = inserted.size + updated.size + deleted.size + locked.size + called.size;
  if (size === 0) return undefined;
  return { inserted, updated, deleted, locked, locksForUpdate, called };
};
