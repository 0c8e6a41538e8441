import type pg from 'pg';
import type { StatementAccess } from '../statements/statement-access.ts';

/**
 * The tables whose rows a transaction may have accessed, by the kind of access that can conflict.
 */
export type AccessSets = {
  /** Tables with rows that it may have changed or locked. */
  readonly touched: Set<string>;
  /** Tables with rows that it may have locked without changing them, also by a foreign key. */
  readonly locked: Set<string>;
  /** Tables with rows that it may have locked by FOR UPDATE, also after changing them. */
  readonly lockedForUpdate: Set<string>;
  /** Tables in which it may have inserted a unique key, or changed one. */
  readonly addedKeys: Set<string>;
  /** Tables in which it may have deleted a unique key, or changed one. */
  readonly removedKeys: Set<string>;
};

export const overlap = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean => {
  for (const name of some) if (others.has(name)) return true;
  return false;
};

export const emptyAccessSets = (): AccessSets => ({
  touched: new Set(),
  locked: new Set(),
  lockedForUpdate: new Set(),
  addedKeys: new Set(),
  removedKeys: new Set(),
});

export const extendAccessSets = (accessSets: AccessSets, more: AccessSets): void => {
  for (const name of more.touched) accessSets.touched.add(name);
  for (const name of more.locked) accessSets.locked.add(name);
  for (const name of more.lockedForUpdate) accessSets.lockedForUpdate.add(name);
  for (const name of more.addedKeys) accessSets.addedKeys.add(name);
  for (const name of more.removedKeys) accessSets.removedKeys.add(name);
};

type ForeignKey = {
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  /** `a` and `r` refuse, `c` cascades, `n` and `d` set the columns. */
  readonly onDelete: string;
  readonly onUpdate: string;
};

type Catalog = {
  /** Functions that are not PostgreSQL's. */
  readonly functions: readonly string[];
  readonly tables: readonly string[];
  readonly keys: readonly { readonly table: string; readonly columns: readonly string[] }[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly views: readonly { readonly view: string; readonly relation: string }[];
};

const readCatalog = `
WITH own AS (
  SELECT c.oid, c.relname::text AS name, c.relkind AS kind FROM pg_catalog.pg_class c
  WHERE c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
), columns AS (
  SELECT attrelid, attnum, attname::text AS name FROM pg_catalog.pg_attribute WHERE attnum > 0
)
SELECT
  ARRAY(SELECT DISTINCT proname::text FROM pg_catalog.pg_proc
    WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'sys', 'pg_antipode')) AS functions,
  ARRAY(SELECT name FROM own WHERE kind IN ('r', 'p')) AS tables,
  (SELECT coalesce(json_agg(json_build_object('table', t.name, 'columns',
     ARRAY(SELECT name FROM columns a WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey)))), '[]')
   FROM own t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid WHERE i.indisunique) AS keys,
  (SELECT coalesce(json_agg(json_build_object('child', t.name, 'parent', p.name,
     'onDelete', f.confdeltype, 'onUpdate', f.confupdtype, 'columns',
     ARRAY(SELECT name FROM columns a WHERE a.attrelid = t.oid AND a.attnum = ANY (f.conkey)))), '[]')
   FROM pg_catalog.pg_constraint f JOIN own t ON t.oid = f.conrelid JOIN own p ON p.oid = f.confrelid
   WHERE f.contype = 'f') AS "foreignKeys",
  (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('view', v.name, 'relation', r.name)), '[]')
   FROM own v JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid
   JOIN pg_catalog.pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
   JOIN own r ON r.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
   WHERE v.kind = 'v' AND r.oid <> v.oid) AS views`;

/**
 * The tables of a database, joined by views and foreign keys: a statement on one accesses others.
 */
export interface TableGraph {
  readonly accessSetsOf: (access: StatementAccess) => AccessSets;
  /** Whether a statement calls a function that is not PostgreSQL's, and so may access any table. */
  readonly callsUserFunction: (access: StatementAccess) => boolean;
}

const groupBy = <T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> =>
  Map.groupBy(items, key);

/**
 * Adds single changes to access sets, each with the changes that follow from it by foreign keys.
 */
const createAccessRecorder = (catalog: Catalog) => {
  const views = groupBy(catalog.views, ({ view }) => view);
  const keys = groupBy(catalog.keys, ({ table }) => table);
  const parents = groupBy(catalog.foreignKeys, ({ child }) => child);
  const children = groupBy(catalog.foreignKeys, ({ parent }) => parent);

  /**
   * The table or view with a name, and the tables behind the view. Equal names of several schemas
   * count as one.
   */
  const bases = (name: string, seen = new Set<string>()): readonly string[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    return [name, ...(views.get(name) ?? []).flatMap(({ relation }) => bases(relation, seen))];
  };

  const isKey = (table: string, columns: ReadonlySet<string> | undefined): boolean =>
    (keys.get(table) ?? []).some(
      (key) =>
        columns === undefined ||
        // The key of an expression index may depend on any column.
        key.columns.length === 0 ||
        key.columns.some((column) => columns.has(column)),
    );

  const lockParents = (
    accessSets: AccessSets,
    table: string,
    columns?: ReadonlySet<string>,
  ): void => {
    for (const key of parents.get(table) ?? []) {
      if (columns && !key.columns.some((column) => columns.has(column))) continue;
      accessSets.touched.add(key.parent);
      accessSets.locked.add(key.parent);
    }
  };

  const insert = (accessSets: AccessSets, table: string): void => {
    accessSets.touched.add(table);
    if (keys.has(table) || parents.has(table)) accessSets.addedKeys.add(table);
    lockParents(accessSets, table);
  };

  /** `columns` is absent where a view may have renamed them. */
  const update = (accessSets: AccessSets, table: string, columns?: ReadonlySet<string>): void => {
    accessSets.touched.add(table);
    lockParents(accessSets, table, columns);
    if (
      !isKey(table, columns) ||
      (accessSets.removedKeys.has(table) && accessSets.addedKeys.has(table))
    )
      return;
    accessSets.removedKeys.add(table);
    accessSets.addedKeys.add(table);
    for (const key of children.get(table) ?? []) {
      if (/[cnd]/.test(key.onUpdate)) update(accessSets, key.child, new Set(key.columns));
    }
  };

  const remove = (accessSets: AccessSets, table: string): void => {
    accessSets.touched.add(table);
    if (accessSets.removedKeys.has(table)) return;
    accessSets.removedKeys.add(table);
    for (const key of children.get(table) ?? []) {
      if (key.onDelete === 'c') remove(accessSets, key.child);
      if (/[nd]/.test(key.onDelete)) update(accessSets, key.child, new Set(key.columns));
    }
  };

  return { bases, insert, update, remove };
};

const createTableGraph = (catalog: Catalog): TableGraph => {
  const { bases, insert, update, remove } = createAccessRecorder(catalog);
  const functions = new Set(catalog.functions);
  const known = new WeakMap<StatementAccess, AccessSets>();

  const callsUserFunction = ({ called }: StatementAccess): boolean => overlap(called, functions);

  const compute = (access: StatementAccess): AccessSets => {
    const accessSets = emptyAccessSets();
    const { inserted, updated, deleted, locked } = access;
    const all = callsUserFunction(access) ? catalog.tables : [];
    for (const name of [...inserted, ...all].flatMap((table) => bases(table)))
      insert(accessSets, name);
    for (const [name, columns] of updated) {
      const [first, ...behind] = bases(name);
      if (first !== undefined) update(accessSets, first, columns);
      for (const table of behind) update(accessSets, table);
    }
    for (const name of all) update(accessSets, name);
    for (const name of [...deleted, ...all].flatMap((table) => bases(table)))
      remove(accessSets, name);
    for (const name of [...locked, ...all].flatMap((table) => bases(table))) {
      accessSets.touched.add(name);
      accessSets.locked.add(name);
      if (access.locksForUpdate || all.length > 0) accessSets.lockedForUpdate.add(name);
    }
    return accessSets;
  };

  return {
    callsUserFunction,
    accessSetsOf: (access) => {
      const found = known.get(access) ?? compute(access);
      known.set(access, found);
      return found;
    },
  };
};

/** Reads the table graph from the catalog as it is committed now. */
export const readTableGraph = async (pool: Pick<pg.Pool, 'query'>): Promise<TableGraph> => {
  const { rows } = await pool.query<Catalog>(readCatalog);
  return createTableGraph(
    rows[0] ?? { functions: [], tables: [], keys: [], foreignKeys: [], views: [] },
  );
};
