import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, fieldsOf, list, object, options, text } from '../ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule } from '../refusal.ts';
import { alterTableForm } from './alter-table-forms.ts';
import { refuseCache, refuseIdentity } from './sequences.ts';
import { refuseColumn, refuseDeferral } from './tables.ts';

const unsupported = (subtype: string): ServiceError =>
  notSupported(`unsupported ALTER TABLE ${alterTableForm(subtype)} statement`);

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
 * DSQL's DDL checks no existing rows. So a constraint must be NOT VALID, unless it uses a unique
 * index that has been built before.
 */
const addConstraint: Rule = (command) => {
  const constraint = fieldsOf(command['def'], 'Constraint') ?? {};
  const type = text(constraint['contype']);
  const later = constraint['skip_validation'] === true;
  if (type === 'CONSTR_UNIQUE' && text(constraint['indexname']) !== '')
    return refuseDeferral(constraint);
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

/** The forms that the service carries out; it refuses every other one by its name. */
const commands: Readonly<Record<string, Rule>> = {
  AT_AddColumn: addColumn,
  AT_AddConstraint: addConstraint,
  AT_AddIdentity: addIdentity,
  AT_AlterConstraint: accepted,
  AT_ChangeOwner: accepted,
  AT_ColumnDefault: accepted,
  AT_DisableTrig: accepted,
  AT_DisableTrigAll: accepted,
  AT_DisableTrigUser: accepted,
  AT_DropColumn: accepted,
  AT_DropConstraint: accepted,
  AT_DropExpression: accepted,
  AT_DropIdentity: accepted,
  AT_DropNotNull: accepted,
  AT_EnableAlwaysTrig: accepted,
  AT_EnableReplicaTrig: accepted,
  AT_EnableTrig: accepted,
  AT_EnableTrigAll: accepted,
  AT_EnableTrigUser: accepted,
  AT_SetIdentity: setIdentity,
  AT_SetStorage: accepted,
};

const viewCommands: Readonly<Record<string, Rule>> = {
  AT_ChangeOwner: accepted,
  AT_ColumnDefault: accepted,
  AT_ResetRelOptions: accepted,
  AT_SetRelOptions: accepted,
};

const refuseCommand = (
  command: Fields,
  known: Readonly<Record<string, Rule>>,
): ServiceError | undefined => {
  const subtype = text(command['subtype']);
  const rule = known[subtype];
  return rule ? rule(command) : unsupported(subtype);
};

const refuseAsync = (command: Fields): ServiceError | undefined =>
  command['subtype'] === 'AT_ValidateConstraint'
    ? undefined
    : notSupported('ASYNC is only supported for ALTER TABLE VALIDATE CONSTRAINT');

const commandsOf = (fields: Fields): readonly Fields[] =>
  list(fields['cmds']).map((node) => fieldsOf(node, 'AlterTableCmd') ?? {});

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
    case 'OBJECT_VIEW':
      return anyRefusal(commandsOf(fields), (command) => refuseCommand(command, viewCommands));
    default:
      return anyRefusal(commandsOf(fields), (command) =>
        isAsync ? refuseAsync(command) : refuseCommand(command, commands),
      );
  }
};

const namesOf = (fields: Fields, subtype: string): readonly string[] =>
  commandsOf(fields)
    .filter((command) => command['subtype'] === subtype)
    .map((command) => text(command['name']));

/** Changes of a statement that only the catalog can allow or refuse. */
export type CatalogQuestions = {
  /** Columns that are dropped. */
  readonly columns: readonly string[];
  /** Constraints that are dropped. */
  readonly constraints: readonly string[];
  /** Columns that become identity columns. */
  readonly identities: readonly string[];
};

export const catalogQuestions = (fields: Fields): CatalogQuestions => ({
  columns: namesOf(fields, 'AT_DropColumn'),
  constraints: namesOf(fields, 'AT_DropConstraint'),
  identities: namesOf(fields, 'AT_AddIdentity'),
});

/** The constraints that a statement validates. */
export const validatedConstraints = (fields: Fields): readonly string[] =>
  namesOf(fields, 'AT_ValidateConstraint');

/** Whether a statement turns all triggers on or off, the internal ones too. */
export const switchesAllTriggers = (fields: Fields): boolean =>
  commandsOf(fields).some((command) => /^AT_\w+TrigAll$/.test(text(command['subtype'])));

/** The table that a statement alters, as text that `regclass` reads. */
export const relationName = (fields: Fields): string => {
  const relation = object(fields['relation']);
  return [relation['schemaname'], relation['relname']]
    .filter((part) => typeof part === 'string' && part !== '')
    .map((part) => `"${text(part).replaceAll('"', '""')}"`)
    .join('.');
};
