import type { ServiceError } from '../protocol.ts';
import { alterTable } from './alter-table.ts';
import { constant, type Fields, fieldsOf, list, object, options, text, untag } from './ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule } from './refusal.ts';
import { setVariable, transaction } from './session-settings.ts';
import {
  alterSequence,
  createIndex,
  createSequence,
  createTable,
  refusePersistence,
} from './tables.ts';
import { refuseColumnType } from './types.ts';

/** What a statement does to a transaction. */
export type StatementKind = 'begin' | 'commit' | 'rollback' | 'ddl' | 'write' | 'read' | 'session';

type Entry = { readonly kind: StatementKind; readonly rule: Rule };

const accept: Rule = () => undefined;
const refuse = (message: string): Rule => {
  const refusal = notSupported(message);
  return () => refusal;
};

const createFunction: Rule = (fields) => {
  const language = constant(options(fields['options']).get('language'));
  if (fields['is_procedure'] === true) return notSupported('CREATE PROCEDURE not supported');
  return language === undefined || language === 'sql'
    ? undefined
    : notSupported(`CREATE FUNCTION with language ${language} not supported`);
};

const createDomain: Rule = (fields) => refuseColumnType(object(fields['typeName']));

const createView: Rule = (fields) => {
  const view = object(fields['view']);
  return view['relpersistence'] === 't'
    ? notSupported('TEMPORARY or TEMP view not supported for CREATE VIEW')
    : refusePersistence(view, 'CREATE VIEW');
};

/** What DSQL has, and so can rename. */
const renamable: ReadonlySet<string> = new Set(
  `OBJECT_COLUMN OBJECT_DOMAIN OBJECT_DOMCONSTRAINT OBJECT_FUNCTION OBJECT_ROLE OBJECT_SCHEMA OBJECT_SEQUENCE
   OBJECT_STATISTIC_EXT OBJECT_TABCONSTRAINT OBJECT_TABLE OBJECT_VIEW`.split(/\s+/),
);

const rename: Rule = (fields) => {
  const kind = text(fields['renameType']);
  if (kind === 'OBJECT_TYPE' || kind === 'OBJECT_ATTRIBUTE')
    return notSupported('ALTER TYPE not supported');
  if (kind === 'OBJECT_INDEX') return notSupported('unsupported statement: AlterIndex');
  return renamable.has(kind) ? undefined : notSupported('unsupported statement: Rename');
};

/** Only what DSQL would run can be explained. */
const explain: Rule = (fields) => {
  const [tag] = untag(fields['query']);
  return explainable.has(tag)
    ? undefined
    : notSupported(`unsupported statement: ${statementName(tag)}`);
};

const explainable: ReadonlySet<string> = new Set([
  'DeleteStmt',
  'InsertStmt',
  'MergeStmt',
  'SelectStmt',
  'UpdateStmt',
]);

/** `TruncateStmt` as `Truncate`. */
const statementName = (tag: string): string => tag.replace(/Stmt$/, '');

const drop: Rule = (fields) =>
  fields['concurrent'] === true
    ? notSupported('CONCURRENTLY not supported for DROP INDEX')
    : undefined;

const define: Rule = (fields) =>
  notSupported(
    fields['kind'] === 'OBJECT_TYPE'
      ? 'CREATE TYPE not supported'
      : 'unsupported statement: Define',
  );

const createSchema: Rule = (fields) =>
  list(fields['schemaElts']).length > 0
    ? notSupported('multiple ddl statements not supported in a transaction')
    : undefined;

const copy: Rule = (fields) =>
  fields['filename'] || fields['is_program']
    ? notSupported('COPY is only supported FROM STDIN and TO STDOUT')
    : undefined;

const vacuum: Rule = (fields) =>
  fields['is_vacuumcmd'] === true ? notSupported('unsupported VACUUM statement') : undefined;

const createRole: Rule = (fields) =>
  anyRefusal(list(fields['options']), (node) => {
    const name = text(fieldsOf(node, 'DefElem')?.['defname']);
    return name === 'password' ? notSupported('PASSWORD not supported for roles') : undefined;
  });

const ddl = (rule: Rule = accept): Entry => ({ kind: 'ddl', rule });
const typeRefused = {
  create: ddl(refuse('CREATE TYPE not supported')),
  alter: ddl(refuse('ALTER TYPE not supported')),
};

/** The statements of PostgreSQL's grammar that DSQL knows, by the tag of their node. */
const entries: Readonly<Record<string, Entry>> = {
  AlterDefaultPrivilegesStmt: ddl(),
  AlterDomainStmt: ddl(),
  AlterEnumStmt: typeRefused.alter,
  AlterFunctionStmt: ddl(),
  AlterObjectSchemaStmt: ddl(),
  AlterOwnerStmt: ddl(),
  AlterRoleStmt: ddl(createRole),
  AlterSeqStmt: ddl(alterSequence),
  AlterStatsStmt: ddl(),
  AlterTableStmt: ddl((fields) => alterTable(fields, false)),
  AlterTypeStmt: typeRefused.alter,
  CallStmt: { kind: 'read', rule: accept },
  CommentStmt: ddl(),
  ConstraintsSetStmt: { kind: 'session', rule: accept },
  CopyStmt: { kind: 'read', rule: copy },
  CreateDomainStmt: ddl(createDomain),
  CreateEnumStmt: typeRefused.create,
  CreateFunctionStmt: ddl(createFunction),
  CreateRoleStmt: ddl(createRole),
  CreateSchemaStmt: ddl(createSchema),
  CreateSeqStmt: ddl(createSequence),
  CreateStatsStmt: ddl(),
  CreateStmt: ddl(createTable),
  CreateTrigStmt: ddl(refuse('CREATE TRIGGER not supported')),
  DefineStmt: ddl(define),
  DeleteStmt: { kind: 'write', rule: accept },
  DropRoleStmt: ddl(),
  DropStmt: ddl(drop),
  ExplainStmt: { kind: 'read', rule: explain },
  GrantRoleStmt: ddl(),
  GrantStmt: ddl(),
  IndexStmt: ddl((fields) => createIndex(fields, false)),
  InsertStmt: { kind: 'write', rule: accept },
  MergeStmt: { kind: 'write', rule: accept },
  RenameStmt: ddl(rename),
  SelectStmt: { kind: 'read', rule: accept },
  TransactionStmt: { kind: 'begin', rule: transaction },
  UpdateStmt: { kind: 'write', rule: accept },
  VacuumStmt: { kind: 'read', rule: vacuum },
  VariableSetStmt: { kind: 'session', rule: setVariable },
  VariableShowStmt: { kind: 'session', rule: accept },
  ViewStmt: ddl(createView),
};

const transactionEnds: Readonly<Record<string, StatementKind>> = {
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
};

/** What DSQL makes of a statement by its tag; a kind that it does not know is refused by its name. */
export const judge = (
  tag: string,
  fields: Fields,
  isAsync: boolean,
): { readonly kind: StatementKind; readonly refusal: ServiceError | undefined } => {
  const entry = entries[tag];
  if (!entry)
    return {
      kind: 'read',
      refusal: notSupported(`unsupported statement: ${statementName(tag)}`),
    };
  const end = tag === 'TransactionStmt' ? transactionEnds[text(fields['kind'])] : undefined;
  const kind = end ?? entry.kind;
  const refusal = firstRefusal(
    () => (isAsync && tag === 'IndexStmt' ? createIndex(fields, true) : undefined),
    () => (isAsync && tag === 'AlterTableStmt' ? alterTable(fields, true) : undefined),
    () => (isAsync ? undefined : entry.rule(fields)),
  );
  return { kind, refusal };
};
