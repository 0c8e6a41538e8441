import type { ServiceError } from '../protocol.ts';
import { type Fields, nameParts, object, walk } from './ast.ts';
import { notSupported } from './refusal.ts';
import { setConfig } from './session-settings.ts';

/** What a statement does with rows, as far as its text tells. */
export type QueryFacts = {
  readonly refusal: ServiceError | undefined;
  /** Changes or locks rows. */
  readonly writes: boolean;
  /** Tables that the statement writes to, named as in its text. */
  readonly writtenTables: readonly string[];
};

const lockStrengths: ReadonlySet<unknown> = new Set(['LCS_FORUPDATE', 'LCS_FORKEYSHARE']);

/** Functions that need what DSQL has not: session locks, large objects, notifications, replication. */
const missingFunctions =
  /^(?:pg_(?:try_)?advisory_\w+|lo_\w+|pg_notify|pg_listening_channels|pg_logical_\w+|pg_replication_\w+|pg_create_\w+|pg_export_snapshot|pg_current_wal_\w+|pg_switch_wal|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_reload_conf|pg_rotate_logfile|dblink\w*)$/;

const modifying: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt']);

/** `schema.table` without quotes, the schema only where the text has it. */
const writtenName = (fields: Fields): string => {
  const { schemaname, relname } = object(fields['relation']);
  return [schemaname, relname].filter((part) => typeof part === 'string').join('.');
};

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
  const written = new Set<string>();
  walk(root, (tag, fields) => {
    if (modifying.has(tag)) {
      writes = true;
      written.add(writtenName(fields));
    }
    if (tag === 'MergeStmt') refusal ??= notSupported('unsupported statement type: MERGE');
    if (tag === 'RangeTableSample') refusal ??= notSupported('TABLESAMPLE clause not supported');
    if (tag === 'FuncCall') refusal ??= refuseFunction(fields);
    if (tag === 'IntoClause') refusal ??= notSupported('unsupported statement: CreateTableAs');
    if (tag === 'LockingClause') {
      writes = true;
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
  return { refusal, writes, writtenTables: [...written] };
};

/** Numbers of the parameters that a statement takes. */
export const parameterCount = (root: unknown): number => {
  let highest = 0;
  walk(root, (tag, fields) => {
    if (tag === 'ParamRef') highest = Math.max(highest, Number(fields['number'] ?? 0));
  });
  return highest;
};
