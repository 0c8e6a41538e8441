import { InvalidInput } from '../../../domain/kernel/index.ts';
import type { Statement } from '../wire/statement.ts';
import { rowBytesMax, valueBytesMax, valueBytesMin } from '../wire/transaction-limits.ts';

/** The node of an INSERT that Kysely has compiled, as far as it is read here. */
type InsertNode = {
  readonly kind: string;
  readonly columns?: readonly { readonly column: { readonly name: string } }[];
  readonly values?: { readonly kind: string; readonly values: readonly RowNode[] };
  readonly onConflict?: unknown;
};

/** A row of plain values, or of nodes. */
type RowNode = { readonly kind: string; readonly values: readonly unknown[] };

type ValueNode = { readonly kind: string; readonly value?: unknown };

const valueAt = (row: RowNode, index: number): unknown => {
  const value = row.values[index];
  if (row.kind === 'PrimitiveValueListNode') return value;
  const node = value as ValueNode;
  return node.kind === 'ValueNode' ? node.value : undefined;
};

/** An INSERT of at least one row, as far as its text shows. With ON CONFLICT it may add none. */
const addsValues = /^\s*INSERT\s+INTO\s+[\w."]+\s*(?:\([^()]*\)\s*)?VALUES\b/i;

/** An INSERT that may meet existing rows, so that the rows of its answer need not be new. */
export const onConflictClause = /\bON\s+CONFLICT\b/i;

/**
 * Counts the rows that an INSERT adds for certain: the rows in VALUES of a Kysely query; 1 where
 * only the text is known; 0 with ON CONFLICT, and for every other statement.
 *
 * @throws {InvalidInput} for a value or a row that is larger than DSQL's columns and rows are
 */
export const insertedRowsMin = (one: Statement & { readonly query?: unknown }): number => {
  const node = one.query as InsertNode | undefined;
  if (!node) return addsValues.test(one.sql) && !onConflictClause.test(one.sql) ? 1 : 0;
  if (node.kind !== 'InsertQueryNode' || node.values?.kind !== 'ValuesNode') return 0;
  for (const row of node.values.values) {
    let rowBytes = 0;
    for (let index = 0; index < row.values.length; index += 1) {
      const bytes = valueBytesMin(valueAt(row, index));
      rowBytes += bytes;
      if (bytes > valueBytesMax) {
        const name = node.columns?.[index]?.column.name ?? `number ${index + 1}`;
        throw new InvalidInput(
          `A value of ${bytes} bytes for the column ${name} exceeds DSQL's ${valueBytesMax}: keep it elsewhere and refer to it`,
        );
      }
    }
    if (rowBytes > rowBytesMax) {
      throw new InvalidInput(
        `A row of at least ${rowBytes} bytes exceeds DSQL's ${rowBytesMax}: divide it over several rows`,
      );
    }
  }
  return node.onConflict === undefined ? node.values.values.length : 0;
};
