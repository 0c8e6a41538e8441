import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, list, object, text, untag } from '../ast.ts';
import {
  anyRefusal,
  firstRefusal,
  notSupported,
  type Rule,
  refusePersistence,
} from '../refusal.ts';
import { alterTable } from './alter-table.ts';
import { createFunction, refuseCall } from './functions.ts';
import { createIndex } from './indexes.ts';
import { changeOwner, changeSchema, defineRole, drop, rename } from './objects.ts';
import { alterSequence, createSequence } from './sequences.ts';
import { setVariable, transaction } from './session-settings.ts';
import { createTable, refuseDefinition } from './tables.ts';

/** The effect of a statement on its transaction. */
export type StatementKind = 'begin' | 'commit' | 'rollback' | 'ddl' | 'write' | 'read' | 'session';

type Entry = {
  readonly kind: StatementKind;
  readonly rule: (fields: Fields, sql: string) => ServiceError | undefined;
};

const accept: Rule = () => undefined;
const refuse = (message: string): Rule => {
  const refusal = notSupported(message);
  return () => refusal;
};

const createView: Rule = (fields) => refusePersistence(object(fields['view']), 'view');

/** EXPLAIN takes only statements that DSQL would run. */
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
export const statementName = (tag: string): string => tag.replace(/Stmt$/, '');

const define: Rule = (fields) =>
  notSupported(
    fields['kind'] === 'OBJECT_TYPE'
      ? 'CREATE TYPE not supported'
      : 'unsupported statement: Define',
  );

/** Objects that are created along with a schema belong to its one statement of DDL. */
const createSchema: Rule = (fields) =>
  anyRefusal(list(fields['schemaElts']), (node) => {
    const [tag, element] = untag(node);
    return judge(tag, element, '', false).refusal;
  });

const copy: Rule = (fields) =>
  fields['filename'] || fields['is_program']
    ? notSupported('COPY is only supported FROM STDIN and TO STDOUT')
    : undefined;

const call: Rule = (fields) => refuseCall(object(fields['funccall']));

const vacuum: Rule = (fields) =>
  fields['is_vacuumcmd'] === true ? notSupported('unsupported VACUUM statement') : undefined;

const deallocate: Rule = (fields) =>
  fields['isall'] === true ? undefined : notSupported('unsupported statement: Deallocate');

/** A role's settings are those of the sessions that it will have. */
const alterRoleSettings: Rule = (fields) =>
  text(fields['database']) === ''
    ? setVariable(object(fields['setstmt']))
    : notSupported('unsupported statement: AlterRoleSet');

const ddl = (rule: Entry['rule'] = accept): Entry => ({ kind: 'ddl', rule });
const typeRefused = {
  create: ddl(refuse('CREATE TYPE not supported')),
  alter: ddl(refuse('ALTER TYPE not supported')),
};

/** The statements of PostgreSQL's grammar that DSQL knows, by the tag of their node. */
const entries: Readonly<Record<string, Entry>> = {
  AlterDefaultPrivilegesStmt: ddl(),
  AlterDomainStmt: ddl(),
  AlterEnumStmt: typeRefused.alter,
  AlterObjectSchemaStmt: ddl(changeSchema),
  AlterOwnerStmt: ddl(changeOwner),
  AlterRoleSetStmt: ddl(alterRoleSettings),
  AlterRoleStmt: ddl(defineRole),
  AlterSeqStmt: ddl(alterSequence),
  AlterStatsStmt: ddl(),
  AlterTableStmt: ddl((fields) => alterTable(fields, false)),
  AlterTypeStmt: typeRefused.alter,
  CallStmt: { kind: 'read', rule: call },
  CommentStmt: ddl(),
  ConstraintsSetStmt: { kind: 'session', rule: accept },
  CopyStmt: { kind: 'read', rule: copy },
  CreateDomainStmt: ddl(refuseDefinition),
  CreateEnumStmt: typeRefused.create,
  CreateFunctionStmt: ddl(createFunction),
  CreateRoleStmt: ddl(defineRole),
  CreateSchemaStmt: ddl(createSchema),
  CreateSeqStmt: ddl(createSequence),
  CreateStatsStmt: ddl(),
  CreateStmt: ddl(createTable),
  CreateTrigStmt: ddl(refuse('CREATE TRIGGER not supported')),
  DeallocateStmt: { kind: 'session', rule: deallocate },
  DefineStmt: ddl(define),
  DeleteStmt: { kind: 'write', rule: accept },
  DropRoleStmt: ddl(),
  DropStmt: ddl(drop),
  ExplainStmt: { kind: 'read', rule: explain },
  GrantRoleStmt: ddl(),
  GrantStmt: ddl(),
  IndexStmt: ddl((fields, sql) => createIndex(fields, sql, false)),
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

const endKinds: Readonly<Record<string, StatementKind>> = {
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
};

/** Judges a statement by its tag. A kind that DSQL does not know is refused by its name. */
export const judge = (
  tag: string,
  fields: Fields,
  sql: string,
  isAsync: boolean,
): { readonly kind: StatementKind; readonly refusal: ServiceError | undefined } => {
  const entry = entries[tag];
  if (!entry)
    return {
      kind: 'read',
      refusal: notSupported(`unsupported statement: ${statementName(tag)}`),
    };
  const end = tag === 'TransactionStmt' ? endKinds[text(fields['kind'])] : undefined;
  const kind = end ?? entry.kind;
  const refusal = firstRefusal(
    () => (isAsync && tag === 'IndexStmt' ? createIndex(fields, sql, true) : undefined),
    () => (isAsync && tag === 'AlterTableStmt' ? alterTable(fields, true) : undefined),
    () => (isAsync ? undefined : entry.rule(fields, sql)),
  );
  return { kind, refusal };
};
