import type { ServiceError } from '../protocol.ts';
import { relationName } from './alter-table.ts';
import { type Fields, fieldsOf, list, nameParts, walk } from './ast.ts';
import { notSupported } from './refusal.ts';
import { setConfig } from './session-settings.ts';

/** What a statement does with rows, as far as its text tells. */
export type QueryFacts = {
  readonly refusal: ServiceError | undefined;
  /** Changes or locks rows. */
  readonly writes: boolean;
  /** Tables whose rows may be locked by FOR UPDATE, quoted. */
  readonly lockedTables: readonly string[];
};

const lockStrengths: ReadonlySet<unknown> = new Set(['LCS_FORUPDATE', 'LCS_FORKEYSHARE']);

/** Functions that need what DSQL has not: session locks, large objects, notifications, replication. */
const missingFunctions =
  /^(?:pg_(?:try_)?advisory_\w+|lo_\w+|pg_notify|pg_listening_channels|pg_logical_\w+|pg_replication_\w+|pg_create_\w+|pg_export_snapshot|pg_current_wal_\w+|pg_switch_wal|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_reload_conf|pg_rotate_logfile|dblink\w*)$/;

const modifying: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt']);

const refuseFunction = (call: Fields): ServiceError | undefined => {
  const names = nameParts(call['funcname']);
  const name = names.at(-1) ?? '';
  if (names.length > 1 && names[0] !== 'pg_catalog') return undefined;
  if (missingFunctions.test(name)) return notSupported(`function ${name} not supported`);
  return name === 'set_config' ? setConfig(call) : undefined;
};

/** Looks through a query, at any depth, for what DSQL refuses and for what makes it a write. */
export const examineQuery = (root: unknown): QueryFacts => {
  let refusal: ServiceError | undefined;
  let writes = false;
  let locksForUpdate = false;
  const tables = new Set<string>();
  walk(root, (tag, fields) => {
    if (modifying.has(tag)) writes = true;
    if (tag === 'RangeVar') tables.add(relationName({ relation: fields }));
    if (tag === 'MergeStmt') refusal ??= notSupported('unsupported statement type: MERGE');
    if (tag === 'RangeTableSample') refusal ??= notSupported('TABLESAMPLE clause not supported');
    if (tag === 'FuncCall') refusal ??= refuseFunction(fields);
    if (tag === 'IntoClause') refusal ??= notSupported('unsupported statement: CreateTableAs');
    if (tag === 'LockingClause') {
      writes = true;
      locksForUpdate ||= fields['strength'] === 'LCS_FORUPDATE';
      if (!lockStrengths.has(fields['strength'])) {
        refusal ??= notSupported(
          'locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported',
        );
      }
    }
    if (tag === 'SelectStmt' && 'intoClause' in fields) {
      refusal ??= notSupported('unsupported statement: CreateTableAs');
    }
  });
  return { refusal, writes, lockedTables: locksForUpdate ? [...tables] : [] };
};

/** Numbers of the parameters that a statement takes. */
export const parameterCount = (root: unknown): number => {
  let highest = 0;
  walk(root, (tag, fields) => {
    if (tag === 'ParamRef') highest = Math.max(highest, Number(fields['number'] ?? 0));
  });
  return highest;
};

/** An INSERT of listed rows writes those; how many rows another statement writes, only its execution tells. */
export const writtenRowsMax = (tag: string, fields: Fields): number => {
  const rows = list(fieldsOf(fields['selectStmt'], 'SelectStmt')?.['valuesLists']).length;
  const plain = tag === 'InsertStmt' && rows > 0 && !('withClause' in fields);
  return plain ? rows : Number.POSITIVE_INFINITY;
};
