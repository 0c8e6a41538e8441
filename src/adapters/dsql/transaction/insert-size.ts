import { InvalidInput } from '../../../domain/kernel/index.ts';
import type { Statement } from '../wire/statement.ts';
import { rowBytesMax, valueBytesMax, valueBytesMin } from '../wire/transaction-limits.ts';

/** What Kysely keeps of an INSERT that it has compiled, as far as it is read here. */
type InsertNode = {
  readonly kind: string;
  readonly columns?: readonly { readonly column: { readonly name: string } }[];
  readonly values?: { readonly kind: string; readonly values: readonly RowNode[] };
  readonly onConflict?: unknown;
};

/** A row of values as they are, or of nodes. */
type RowNode = { readonly kind: string; readonly values: readonly unknown[] };

type ValueNode = { readonly kind: string; readonly value?: unknown };

const valueAt = (row: RowNode, index: number): unknown => {
  const value = row.values[index];
  if (row.kind === 'PrimitiveValueListNode') return value;
  const node = value as ValueNode;
  return node.kind === 'ValueNode' ? node.value : undefined;
};

/** A row at least, when nothing else is known; one that tolerates rows that exist may add none. */
const addsValues = /^\s*INSERT\s+INTO\s+[\w."]+\s*(?:\([^()]*\)\s*)?VALUES\b/i;

/** Whether an INSERT may find rows that exist, so that those it reports need not be new. */
export const onConflictClause = /\bON\s+CONFLICT\b/i;

/**
 * How many rows an INSERT adds for certain: those of the VALUES of a Kysely one, one where only the text is known, and
 * none if it tolerates those that exist; 0 for everything else.
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
