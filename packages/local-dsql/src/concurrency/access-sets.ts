import type pg from 'pg';
import type { Footprint } from '../statements/statement-access.ts';

/** What a transaction may have done to the rows of tables, as far as others have to know. */
export type Reach = {
  /** Tables with rows that it may have changed or locked. */
  readonly touched: Set<string>;
  /** Tables with rows that it may have locked without changing them, also by a foreign key. */
  readonly locked: Set<string>;
  /** Tables with rows that it may have locked by FOR UPDATE, perhaps after changing them. */
  readonly exclusive: Set<string>;
  /** Tables in which it may have made a key come to be, or cease to be. */
  readonly arrived: Set<string>;
  readonly left: Set<string>;
};

export const overlap = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean => {
  for (const name of some) if (others.has(name)) return true;
  return false;
};

export const emptyReach = (): Reach => ({
  touched: new Set(),
  locked: new Set(),
  exclusive: new Set(),
  arrived: new Set(),
  left: new Set(),
});

export const extendReach = (reach: Reach, more: Reach): void => {
  for (const name of more.touched) reach.touched.add(name);
  for (const name of more.locked) reach.locked.add(name);
  for (const name of more.exclusive) reach.exclusive.add(name);
  for (const name of more.arrived) reach.arrived.add(name);
  for (const name of more.left) reach.left.add(name);
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
    WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'sys')) AS functions,
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

/** Knows which rows of which tables a statement reaches through views and foreign keys. */
export interface Relations {
  readonly reachOf: (footprint: Footprint) => Reach;
  /** Whether a statement calls functions that are not PostgreSQL's, which may do anything to any table. */
  readonly isOpaque: (footprint: Footprint) => boolean;
}

const groupBy = <T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> =>
  Map.groupBy(items, key);

const createRelations = (catalog: Catalog): Relations => {
  const views = groupBy(catalog.views, ({ view }) => view);
  const keys = groupBy(catalog.keys, ({ table }) => table);
  const parents = groupBy(catalog.foreignKeys, ({ child }) => child);
  const children = groupBy(catalog.foreignKeys, ({ parent }) => parent);
  const functions = new Set(catalog.functions);
  const known = new WeakMap<Footprint, Reach>();

  /** The tables behind a name; names that occur in several schemas are taken together. */
  const bases = (name: string, seen = new Set<string>()): readonly string[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    return [name, ...(views.get(name) ?? []).flatMap(({ relation }) => bases(relation, seen))];
  };

  const isKey = (table: string, columns: ReadonlySet<string> | undefined): boolean =>
    (keys.get(table) ?? []).some(
      (key) =>
        columns === undefined ||
        // The key of an expression index may be made of any column.
        key.columns.length === 0 ||
        key.columns.some((column) => columns.has(column)),
    );

  const lockParents = (reach: Reach, table: string, columns?: ReadonlySet<string>): void => {
    for (const key of parents.get(table) ?? []) {
      if (columns && !key.columns.some((column) => columns.has(column))) continue;
      reach.touched.add(key.parent);
      reach.locked.add(key.parent);
    }
  };

  const insert = (reach: Reach, table: string): void => {
    reach.touched.add(table);
    if (keys.has(table) || parents.has(table)) reach.arrived.add(table);
    lockParents(reach, table);
  };

  /** `columns` is left out where a view may have given them other names. */
  const update = (reach: Reach, table: string, columns?: ReadonlySet<string>): void => {
    reach.touched.add(table);
    lockParents(reach, table, columns);
    if (!isKey(table, columns) || (reach.left.has(table) && reach.arrived.has(table))) return;
    reach.left.add(table);
    reach.arrived.add(table);
    for (const key of children.get(table) ?? []) {
      if (/[cnd]/.test(key.onUpdate)) update(reach, key.child, new Set(key.columns));
    }
  };

  const remove = (reach: Reach, table: string): void => {
    reach.touched.add(table);
    if (reach.left.has(table)) return;
    reach.left.add(table);
    for (const key of children.get(table) ?? []) {
      if (key.onDelete === 'c') remove(reach, key.child);
      if (/[nd]/.test(key.onDelete)) update(reach, key.child, new Set(key.columns));
    }
  };

  const isOpaque = ({ called }: Footprint): boolean => overlap(called, functions);

  const compute = (footprint: Footprint): Reach => {
    const reach = emptyReach();
    const { inserted, updated, deleted, locked } = footprint;
    const all = isOpaque(footprint) ? catalog.tables : [];
    for (const name of [...inserted, ...all].flatMap((table) => bases(table))) insert(reach, name);
    for (const [name, columns] of updated) {
      const [first, ...behind] = bases(name);
      if (first !== undefined) update(reach, first, columns);
      for (const table of behind) update(reach, table);
    }
    for (const name of all) update(reach, name);
    for (const name of [...deleted, ...all].flatMap((table) => bases(table))) remove(reach, name);
    for (const name of [...locked, ...all].flatMap((table) => bases(table))) {
      reach.touched.add(name);
      reach.locked.add(name);
      if (footprint.locksExclusively || all.length > 0) reach.exclusive.add(name);
    }
    return reach;
  };

  return {
    isOpaque,
    reachOf: (footprint) => {
      const found = known.get(footprint) ?? compute(footprint);
      known.set(footprint, found);
      return found;
    },
  };
};

/** Reads the relations of a database as they are committed now. */
export const readRelations = async (pool: Pick<pg.Pool, 'query'>): Promise<Relations> => {
  const { rows } = await pool.query<Catalog>(readCatalog);
  return createRelations(
    rows[0] ?? { functions: [], tables: [], keys: [], foreignKeys: [], views: [] },
  );
};
