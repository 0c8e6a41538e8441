import {
  createTransactions,
  quoteIdentifier,
  type ReadTransaction,
  type Statement,
  statement,
} from 'antipode/dsql';
import type { ServiceDatabase } from '../service/database.ts';
import type { Column, TableShape } from './table-shape.ts';

/** A row with its values as texts, in the order of the columns. */
type TextRow = readonly (string | null)[];

/** A row that is there, and not as it was. */
export type ChangedRow = {
  readonly key: TextRow;
  /** The columns that differ, with both values. */
  readonly columns: Readonly<
    Record<string, { readonly was: string | null; readonly is: string | null }>
  >;
};

/** The outcome of a comparison. */
export type RowsReport = {
  /** Rows of the restored cluster that were looked at. */
  readonly compared: number;
  readonly missing: number;
  readonly changed: number;
  /** Fewer than are missing where another row has a unique value of one. */
  readonly written: number;
  /** The first missing rows, by their keys. */
  readonly missingKeys: readonly TextRow[];
  readonly changedRows: readonly ChangedRow[];
};

/** Rows of a page; far below the 3,000 that a transaction may change. */
const pageRows = 200;

/** A half of the 10 MiB that a transaction may write, since the text of a value may be shorter. */
const pageBytesMax = 5 * 1024 * 1024;

const pageMsMax = 60_000;

const texts = (columns: readonly Column[]): string =>
  columns.map(({ name }, at) => `${quoteIdentifier(name)}::text AS c${at}`).join(', ');

const names = (columns: readonly Column[]): string =>
  columns.map(({ name }) => quoteIdentifier(name)).join(', ');

/** `($1::text, $2::int)`, from a number on. */
const parametersOf = (columns: readonly Column[], from: number): string =>
  `(${columns.map(({ type }, at) => `$${from + at}::text::${type}`).join(', ')})`;

const listOf = (columns: readonly Column[], rows: readonly TextRow[]): string =>
  rows.map((_, at) => parametersOf(columns, at * columns.length + 1)).join(', ');

type Read = Readonly<Record<string, string | null>>;

const rowOf = (columns: readonly Column[], row: Read): TextRow =>
  columns.map((_, at) => row[`c${at}`] ?? null);

const keyPlaces = ({ columns, key }: TableShape): readonly number[] =>
  key.map(({ name }) => columns.findIndex((column) => column.name === name));

/** The next page of the restored rows, in the order of their keys. */
const pageAfter = (
  { name, columns, key }: TableShape,
  after: TextRow | undefined,
  where: string | undefined,
): Statement<Read> => {
  const conditions = [
    ...(where === undefined ? [] : [`(${where}\n)`]),
    ...(after ? [`(${names(key)}) > ${parametersOf(key, 1)}`] : []),
  ];
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  // A name alone could be that of a text in the answer.
  const order = key.map((column) => `${name}.${quoteIdentifier(column.name)}`).join(', ');
  return statement<Read>(
    `SELECT ${texts(columns)} FROM ${name} ${filter} ORDER BY ${order} LIMIT ${pageRows}`,
    ...(after ?? []),
  );
};

const rowsWith = ({ name, columns, key }: TableShape, keys: readonly TextRow[]): Statement<Read> =>
  statement<Read>(
    `SELECT ${texts(columns)} FROM ${name} WHERE (${names(key)}) IN (${listOf(key, keys)})`,
    ...keys.flat(),
  );

/**
 * Answers a row for each that it has written. A row that has the key or a unique value of one
 * stays, and a sequence goes on as it is.
 */
const inserting = ({ name, columns }: TableShape, rows: readonly TextRow[]): Statement<Read> =>
  statement<Read>(
    `INSERT INTO ${name} (${names(columns)}) OVERRIDING SYSTEM VALUE
     VALUES ${listOf(columns, rows)} ON CONFLICT DO NOTHING RETURNING 1::text`,
    ...rows.flat(),
  );

const changesOf = ({ columns }: TableShape, then: TextRow, now: TextRow): ChangedRow['columns'] =>
  Object.fromEntries(
    columns.flatMap(({ name }, at) => {
      const [before = null, after = null] = [then[at], now[at]];
      return before === after ? [] : [[name, { was: before, is: after }]];
    }),
  );

/** Parts of a page whose texts fit into a transaction. */
const partsOf = (rows: readonly TextRow[]): readonly (readonly TextRow[])[] => {
  const parts: TextRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const size = row.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
    if (bytes + size > pageBytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(row);
    bytes += size;
  }
  return parts;
};

export type CompareDeps = {
  /** The cluster that was restored. */
  readonly from: Pick<ServiceDatabase, 'connections'>;
  /** The cluster of the service. */
  readonly to: Pick<ServiceDatabase, 'connections'>;
  readonly shape: TableShape;
  readonly where?: string | undefined;
  readonly shownMax: number;
  /** Whether missing rows are written. */
  readonly writes: boolean;
  /** Ends the run between two pages. */
  readonly interrupted: AbortSignal;
};

type PartResult = {
  readonly missing: readonly TextRow[];
  readonly changed: readonly ChangedRow[];
  readonly written: number;
};

/** Looks a page up, and writes what is missing, in one transaction for each part. */
const comparePart = async (
  { to, shape, writes }: CompareDeps,
  part: readonly TextRow[],
): Promise<PartResult> => {
  const places = keyPlaces(shape);
  const keyOf = (row: TextRow): TextRow => places.map((at) => row[at] ?? null);
  const look = async (tx: ReadTransaction) => {
    const found = await tx.read(rowsWith(shape, part.map(keyOf)));
    const present = new Map(
      found.map((row) => {
        const now = rowOf(shape.columns, row);
        return [JSON.stringify(keyOf(now)), now] as const;
      }),
    );
    const missing = part.filter((row) => !present.has(JSON.stringify(keyOf(row))));
    const changed = part.flatMap((then) => {
      const now = present.get(JSON.stringify(keyOf(then)));
      const columns = now ? changesOf(shape, then, now) : {};
      return Object.keys(columns).length === 0 ? [] : [{ key: keyOf(then), columns }];
    });
    return { missing, changed, written: 0 };
  };
  const transactions = createTransactions(to);
  const deadline = Date.now() + pageMsMax;
  if (!writes) return transactions.run(look, { deadline, readOnly: true });
  return transactions.run(
    async (tx) => {
      const result = await look(tx);
      const { missing } = result;
      if (missing.length === 0) return result;
      const rows = await tx.read(inserting(shape, missing));
      return { ...result, written: rows.length };
    },
    // A second run finds the rows of the first.
    { deadline, keyed: true },
  );
};

/**
 * Compares the rows of a restored cluster with those of the service's, and writes the missing ones
 * where asked for. Each part of a page is one transaction. A run that ends half-way is begun again.
 */
export const compareRows = async (deps: CompareDeps): Promise<RowsReport> => {
  const { from, shape, where, shownMax, interrupted } = deps;
  const reading = createTransactions(from);
  const places = keyPlaces(shape);
  let after: TextRow | undefined;
  let compared = 0;
  let missing = 0;
  let changed = 0;
  let written = 0;
  const missingKeys: TextRow[] = [];
  const changedRows: ChangedRow[] = [];
  for (;;) {
    interrupted.throwIfAborted();
    const one = pageAfter(shape, after, where);
    const deadline = Date.now() + pageMsMax;
    const page = await reading.run((tx) => tx.read(one), { deadline, readOnly: true });
    const rows = page.map((row) => rowOf(shape.columns, row));
    for (const part of partsOf(rows)) {
      const result = await comparePart(deps, part);
      missing += result.missing.length;
      changed += result.changed.length;
      written += result.written;
      const keys = result.missing.map((row) => places.map((at) => row[at] ?? null));
      missingKeys.push(...keys.slice(0, Math.max(0, shownMax - missingKeys.length)));
      changedRows.push(...result.changed.slice(0, Math.max(0, shownMax - changedRows.length)));
    }
    compared += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) break;
    after = places.map((at) => last[at] ?? null);
  }
  return { compared, missing, changed, written, missingKeys, changedRows };
};
