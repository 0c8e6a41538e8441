import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, object, untag, walk } from '../ast.ts';
import { notSupported } from '../refusal.ts';
import { refuseCollation } from './collations.ts';
import { computesSetting, refuseCall } from './functions.ts';
import { refuseRuntimeTypeOf } from './runtime-types.ts';

/** The effects of a statement on rows, as far as its text tells. */
export type QueryFacts = {
  readonly refusal: ServiceError | undefined;
  /** Changes or locks rows. */
  readonly writes: boolean;
  /** Tables that the statement writes to, named as in its text. */
  readonly writtenTables: readonly string[];
  /** Sets a parameter whose name it computes. */
  readonly setsConfig: boolean;
  /** Says what becomes of rows that others have locked: `SKIP LOCKED`, `NOWAIT`. */
  readonly avoidsLocks: boolean;
};

const lockStrengths: ReadonlySet<unknown> = new Set(['LCS_FORUPDATE', 'LCS_FORKEYSHARE']);

const modifying: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt']);

/** `schema.table` without quotes, the schema only where the text has it. */
const writtenName = (fields: Fields): string => {
  const { schemaname, relname } = object(fields['relation']);
  return [schemaname, relname].filter((part) => typeof part === 'string').join('.');
};

/**
 * Whether a query is `SELECT … INTO`. In a UNION, the first query has the clause; it is a field of
 * the tree and not a node.
 */
const makesTable = (select: Fields): boolean =>
  'intoClause' in select || ('larg' in select && makesTable(object(select['larg'])));

/** Looks through a query, at any depth, for what DSQL refuses and for what makes it a write. */
export const examineQuery = (root: unknown): QueryFacts => {
  let refusal: ServiceError | undefined;
  let writes = false;
  let setsConfig = false;
  let avoidsLocks = false;
  const written = new Set<string>();
  walk(root, (tag, fields) => {
    refusal ??= refuseRuntimeTypeOf(tag, fields);
    if (modifying.has(tag)) {
      writes = true;
      written.add(writtenName(fields));
    }
    if (tag === 'MergeStmt') refusal ??= notSupported('unsupported statement type: MERGE');
    if (tag === 'RangeTableSample') refusal ??= notSupported('TABLESAMPLE clause not supported');
    if (tag === 'FuncCall') {
      refusal ??= refuseCall(fields);
      setsConfig ||= computesSetting(fields);
    }
    if (tag === 'CollateClause') refusal ??= refuseCollation(fields['collname']);
    if (tag === 'LockingClause') {
      writes = true;
      avoidsLocks ||= fields['waitPolicy'] !== 'LockWaitBlock';
      if (!lockStrengths.has(fields['strength'])) {
        refusal ??= notSupported(
          'locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported',
        );
      }
    }
    if (tag === 'SelectStmt' && makesTable(fields)) {
      refusal ??= notSupported('unsupported statement: CreateTableAs');
    }
  });
  return { refusal, writes, writtenTables: [...written], setsConfig, avoidsLocks };
};

/**
 * Numbers of the parameters that a statement takes. Those behind PREPARE are of the statement that
 * it would make.
 */
export const parameterCount = (root: unknown): number => {
  let highest = 0;
  if (untag(root)[0] === 'PrepareStmt') return highest;
  walk(root, (tag, fields) => {
    if (tag === 'ParamRef') highest = Math.max(highest, Number(fields['number'] ?? 0));
  });
  return highest;
};
