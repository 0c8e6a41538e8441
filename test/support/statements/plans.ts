import type pg from 'pg';
import { encodeParameters, type Statement } from '../../../src/adapters/dsql/index.ts';

/** A node of a plan, as PostgreSQL writes it in JSON. */
type PlanNode = {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
};

/** Facts about the tables that plans read. */
export type PlanSubject = {
  /** Columns of each unique index that holds all rows. */
  readonly uniqueColumns: ReadonlyMap<string, readonly string[]>;
  /** Tables that stay small, and why. */
  readonly smallTables: Readonly<Record<string, string>>;
};

/** Nodes that hand on each row as it comes: what stops above them stops below them. */
const passing: ReadonlySet<string> = new Set(['Append', 'Merge Append', 'Result', 'Subquery Scan']);

const isScan = (node: PlanNode): boolean =>
  'Relation Name' in node || node['Node Type'] === 'Bitmap Index Scan';

/** Whether the condition gives a value, or a list of them, for every column of a unique index. */
const isKeyLookup = (node: PlanNode, { uniqueColumns }: PlanSubject): boolean => {
  const columns = uniqueColumns.get(node['Index Name'] ?? '');
  const condition = node['Index Cond'] ?? '';
  return columns?.every((column) => new RegExp(`\\(${column} = `).test(condition)) ?? false;
};

const describe = (node: PlanNode): string =>
  [
    `${node['Node Type']} on ${node['Relation Name'] ?? node['Index Name']}`,
    ...(['Index Name', 'Index Cond', 'Filter'] as const).flatMap((field) =>
      node[field] === undefined ? [] : [`${field}: ${node[field]}`],
    ),
  ].join(', ');

/**
 * The scans of a plan that read more rows when a table is longer. A scan is bounded when it looks keys up, when its
 * table is known to stay small, or when a limit stops it: then it reads one range of an index and discards no row, and
 * nothing between it and the limit has to read all of it first, as a sort, an aggregate or a join does.
 */
const unboundedScans = (
  node: PlanNode,
  subject: PlanSubject,
  stops: boolean,
): readonly string[] => {
  const type = node['Node Type'];
  const ofChildren = (stopsBelow: boolean): readonly string[] =>
    (node.Plans ?? []).flatMap((child) => {
      const isPart = /^(InitPlan|SubPlan)$/.test(child['Parent Relationship'] ?? '');
      return unboundedScans(child, subject, stopsBelow && !isPart);
    });
  if (type === 'Limit') return ofChildren(true);
  if (passing.has(type)) return ofChildren(stops && node.Filter === undefined);
  // A change reads nothing itself; its table is read below.
  if (!isScan(node) || type === 'ModifyTable') return ofChildren(false);
  const isSmall = (node['Relation Name'] ?? '') in subject.smallTables;
  if (type === 'Bitmap Heap Scan') return ofChildren(false);
  const bounded = isSmall || isKeyLookup(node, subject) || (stops && node.Filter === undefined);
  return [...(bounded ? [] : [describe(node)]), ...ofChildren(false)];
};

/** The unique indexes of a schema that leave out no row. */
export const uniqueColumnsIn = async (
  client: pg.Client,
  schema: string,
): Promise<PlanSubject['uniqueColumns']> => {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
      WHERE i.indisunique AND i.indpred IS NULL AND c.relnamespace = $1::regnamespace GROUP BY c.relname`,
    [schema],
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
};

type Explained = { readonly 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] };

/**
 * The unbounded scans of a statement, in the plan for any parameters, which a prepared statement comes to, and in the
 * plan for these ones, with which it begins.
 */
export const unboundedScansOf = async (
  client: pg.Client,
  { sql, parameters }: Statement,
  subject: PlanSubject,
): Promise<readonly string[]> => {
  const values = encodeParameters({ sql, parameters });
  const plans = [
    await client.query<Explained>(`EXPLAIN (FORMAT JSON, GENERIC_PLAN) ${sql}`),
    await client.query<Explained>(`EXPLAIN (FORMAT JSON) ${sql}`, values),
  ].flatMap(({ rows }) => rows.flatMap((row) => row['QUERY PLAN']));
  return [...new Set(plans.flatMap(({ Plan }) => unboundedScans(Plan, subject, false)))];
};
