import type pg from 'pg';
import type { Statement } from '../../../src/adapters/dsql/index.ts';
import { encodeParameters } from '../../../src/adapters/dsql/wire/parameters.ts';

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

/** The columns of an index in their order, and whether it is unique and holds all rows. */
type TableIndex = { readonly columns: readonly string[]; readonly isKey: boolean };

/** Facts about the tables that plans read. */
export type PlanSubject = {
  readonly indexes: ReadonlyMap<string, TableIndex>;
  /** Tables that stay small, and why. */
  readonly smallTables: Readonly<Record<string, string>>;
};

/** Nodes that hand on each row as it comes: what stops above them stops below them. */
const passing: ReadonlySet<string> = new Set(['Append', 'Merge Append', 'Result', 'Subquery Scan']);

const isScan = (node: PlanNode): boolean =>
  'Relation Name' in node || node['Node Type'] === 'Bitmap Index Scan';

/** How many of an index's leading columns the condition gives a value, or a list of them. */
const givenColumns = ({ columns }: TableIndex, condition: string): number => {
  const unknown = columns.findIndex(
    (column) => !new RegExp(`\\(${column} (?:= |IS NULL)`).test(condition),
  );
  return unknown < 0 ? columns.length : unknown;
};

/** Whether the condition gives a value, or a list of them, for every column of a unique index. */
const isKeyLookup = (node: PlanNode, { indexes }: PlanSubject): boolean => {
  const index = indexes.get(node['Index Name'] ?? '');
  if (!index?.isKey) return false;
  return givenColumns(index, node['Index Cond'] ?? '') === index.columns.length;
};

/**
 * Whether a scan reads no entry of its index that it discards: the condition gives the leading
 * columns a value, and bounds at most the next one.
 */
const isRange = (node: PlanNode, { indexes }: PlanSubject): boolean => {
  const condition = node['Index Cond'] ?? '';
  const index = indexes.get(node['Index Name'] ?? '');
  if (node.Filter !== undefined) return false;
  if (!index) return condition === '';
  const behind = index.columns.slice(givenColumns(index, condition) + 1);
  return !behind.some((column) => condition.includes(`(${column} `));
};

const describe = (node: PlanNode): string =>
  [
    `${node['Node Type']} on ${node['Relation Name'] ?? node['Index Name']}`,
    ...(['Index Name', 'Index Cond', 'Filter'] as const).flatMap((field) =>
      node[field] === undefined ? [] : [`${field}: ${node[field]}`],
    ),
  ].join(', ');

/**
 * The scans of a plan that read more rows when a table is longer. A scan is bounded when it looks
 * keys up, when its table is known to stay small, or when a limit stops it: then it reads one range
 * of an index and discards no row, and nothing between it and the limit has to read all of it
 * first, as a sort, an aggregate or a join does.
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
  const bounded = isSmall || isKeyLookup(node, subject) || (stops && isRange(node, subject));
  return [...(bounded ? [] : [describe(node)]), ...ofChildren(false)];
};

/** The indexes of a schema. */
export const indexesIn = async (
  client: pg.Client,
  schema: string,
): Promise<PlanSubject['indexes']> => {
  const { rows } = await client.query<{ name: string; isKey: boolean; columns: string[] }>(
    `SELECT c.relname AS name, i.indisunique AND i.indpred IS NULL AS "isKey",
        array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
      WHERE c.relnamespace = $1::regnamespace GROUP BY c.relname, i.indisunique, i.indpred IS NULL`,
    [schema],
  );
  return new Map(rows.map(({ name, ...index }) => [name, index]));
};

type Explained = { readonly 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] };

/**
 * The unbounded scans of a statement, in the plan for any parameters, which a prepared statement
 * comes to, and in the plan for these ones, with which it begins.
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
