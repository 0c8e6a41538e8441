import type { ServiceError } from '../protocol.ts';
import { type Fields, fieldsOf, list, object, options, text } from './ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule } from './refusal.ts';
import { refuseCache, refuseColumn, refuseIdentity } from './tables.ts';

const unsupported = (form: string): Rule => {
  const refusal = notSupported(`unsupported ALTER TABLE ${form} statement`);
  return () => refusal;
};

const accepted: Rule = () => undefined;

const addColumn: Rule = (command) => {
  const column = fieldsOf(command['def'], 'ColumnDef') ?? {};
  return firstRefusal(
    () =>
      list(column['constraints']).length > 0
        ? notSupported('ALTER TABLE ADD COLUMN with constraint not supported')
        : undefined,
    () => refuseColumn(column),
  );
};

/**
 * Rows that exist are checked by no DDL, so a constraint must not claim to hold for them, unless a unique index
 * has been built before.
 */
const addConstraint: Rule = (command) => {
  const constraint = fieldsOf(command['def'], 'Constraint') ?? {};
  const type = text(constraint['contype']);
  const later = constraint['skip_validation'] === true;
  if (type === 'CONSTR_UNIQUE' && text(constraint['indexname']) !== '') return undefined;
  return later && (type === 'CONSTR_CHECK' || type === 'CONSTR_FOREIGN')
    ? undefined
    : notSupported('unsupported ALTER TABLE ADD CONSTRAINT statement');
};

const addIdentity: Rule = (command) => {
  const constraint = fieldsOf(command['def'], 'Constraint') ?? {};
  return refuseIdentity(undefined, options(constraint['options']));
};

const setIdentity: Rule = (command) => {
  const settings = options(fieldsOf(command['def'], 'List')?.['items']);
  return settings.has('cache') ? refuseCache('identity column', settings) : undefined;
};

const commands: Readonly<Record<string, Rule>> = {
  AT_AddColumn: addColumn,
  AT_AddConstraint: addConstraint,
  AT_AddIdentity: addIdentity,
  AT_AlterConstraint: accepted,
  AT_AlterColumnType: unsupported('ALTER COLUMN ... SET DATA TYPE'),
  AT_ChangeOwner: accepted,
  AT_ColumnDefault: accepted,
  AT_DropColumn: accepted,
  AT_DropConstraint: accepted,
  AT_DropExpression: accepted,
  AT_DropIdentity: accepted,
  AT_DropNotNull: accepted,
  AT_SetIdentity: setIdentity,
  AT_SetNotNull: unsupported('ALTER COLUMN ... SET NOT NULL'),
  AT_SetStorage: accepted,
  AT_ValidateConstraint: unsupported('VALIDATE CONSTRAINT'),
};

/** `AT_EnableRowSecurity` as `ENABLE ROW SECURITY`. */
const spelled = (subtype: string): string =>
  subtype
    .replace(/^AT_/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();

const refuseCommand = (command: Fields, isAsync: boolean): ServiceError | undefined => {
  const subtype = text(command['subtype']);
  if (isAsync) {
    return subtype === 'AT_ValidateConstraint'
      ? undefined
      : notSupported('ASYNC is only supported for ALTER TABLE VALIDATE CONSTRAINT');
  }
  return (commands[subtype] ?? unsupported(spelled(subtype)))(command);
};

/** Every form of ALTER TABLE, and of the ALTERs that share its node. */
export const alterTable = (fields: Fields, isAsync: boolean): ServiceError | undefined => {
  switch (fields['objtype']) {
    case 'OBJECT_TYPE':
      return notSupported('ALTER TYPE not supported');
    case 'OBJECT_INDEX':
      return notSupported('unsupported statement: AlterIndex');
    case 'OBJECT_MATVIEW':
      return notSupported('unsupported statement: AlterMaterializedView');
    case 'OBJECT_FOREIGN_TABLE':
      return notSupported('unsupported statement: AlterForeignTable');
    default:
      return anyRefusal(list(fields['cmds']), (node) =>
        refuseCommand(fieldsOf(node, 'AlterTableCmd') ?? {}, isAsync),
      );
  }
};

/** Names of the columns that a statement drops: whether one is part of the key, only the catalog knows. */
export const droppedColumns = (fields: Fields): readonly string[] =>
  list(fields['cmds']).flatMap((node) => {
    const command = fieldsOf(node, 'AlterTableCmd') ?? {};
    return command['subtype'] === 'AT_DropColumn' ? [text(command['name'])] : [];
  });

/** The table that a statement alters, as text that `regclass` reads. */
export const relationName = (fields: Fields): string => {
  const relation = object(fields['relation']);
  return [relation['schemaname'], relation['relname']]
    .filter((part) => typeof part === 'string' && part !== '')
    .map((part) => `"${text(part).replaceAll('"', '""')}"`)
    .join('.');
};
