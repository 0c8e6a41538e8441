/** Forms of a column: the words after `ALTER COLUMN ...`. */
const columnForms: Readonly<Record<string, string>> = {
  AddIdentity: 'ADD IDENTITY',
  AlterColumnGenericOptions: 'OPTIONS',
  AlterColumnType: 'SET DATA TYPE',
  ColumnDefault: 'SET DEFAULT',
  DropExpression: 'DROP EXPRESSION',
  DropIdentity: 'DROP IDENTITY',
  DropNotNull: 'DROP NOT NULL',
  ResetOptions: 'RESET',
  SetCompression: 'SET COMPRESSION',
  SetExpression: 'SET EXPRESSION',
  SetIdentity: 'SET',
  SetNotNull: 'SET NOT NULL',
  SetOptions: 'SET',
  SetStatistics: 'SET STATISTICS',
  SetStorage: 'SET STORAGE',
};

/** Forms of the table whose words do not follow from PostgreSQL's name for the form. */
const tableForms: Readonly<Record<string, string>> = {
  AddInherit: 'INHERIT',
  AddOf: 'OF',
  ChangeOwner: 'OWNER TO',
  DetachPartitionFinalize: 'DETACH PARTITION ... FINALIZE',
  DropCluster: 'SET WITHOUT CLUSTER',
  DropInherit: 'NO INHERIT',
  DropOf: 'NOT OF',
  DropOids: 'SET WITHOUT OIDS',
  GenericOptions: 'OPTIONS',
  ResetRelOptions: 'RESET',
  SetRelOptions: 'SET',
  SetTableSpace: 'SET TABLESPACE',
  SetUnLogged: 'SET UNLOGGED',
};

/**
 * A form of ALTER TABLE as the service's messages name it: with the words of PostgreSQL's own
 * messages, such as `ALTER COLUMN ... SET DATA TYPE` for `AT_AlterColumnType` and
 * `ENABLE ROW SECURITY` for `AT_EnableRowSecurity`.
 */
export const alterTableForm = (subtype: string): string => {
  const name = subtype.replace(/^AT_/, '');
  const column = columnForms[name];
  if (column) return `ALTER COLUMN ... ${column}`;
  return tableForms[name] ?? name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
};
