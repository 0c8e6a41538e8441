import { fieldsOf, list, text } from './ast.ts';
import { notSupported, type Rule } from './refusal.ts';

const kinds = (names: string): ReadonlySet<string> =>
  new Set(names.split(/\s+/).map((name) => `OBJECT_${name}`));

const renamed = kinds(
  `COLUMN DOMAIN DOMCONSTRAINT FUNCTION ROLE SCHEMA SEQUENCE STATISTIC_EXT TABCONSTRAINT TABLE VIEW`,
);
const moved = kinds('DOMAIN FUNCTION SEQUENCE STATISTIC_EXT TABLE VIEW');
/** Tables, views and sequences change their owner by the forms of ALTER TABLE. */
const owned = kinds('DOMAIN FUNCTION SCHEMA STATISTIC_EXT');
/** Triggers there are none, but tools drop them `IF EXISTS`. */
const dropped = kinds(
  'DOMAIN EVENT_TRIGGER FUNCTION INDEX ROUTINE SCHEMA SEQUENCE STATISTIC_EXT TABLE TRIGGER VIEW',
);

const isType = (kind: string): boolean => kind === 'OBJECT_TYPE' || kind === 'OBJECT_ATTRIBUTE';

const alter =
  (field: string, known: ReadonlySet<string>, statement: string): Rule =>
  (fields) => {
    const kind = text(fields[field]);
    if (isType(kind)) return notSupported('ALTER TYPE not supported');
    return known.has(kind) ? undefined : notSupported(`unsupported statement: ${statement}`);
  };

const renameOther = alter('renameType', renamed, 'Rename');

/** Of an index nothing can be altered, so all of it is refused in the same words. */
export const rename: Rule = (fields) =>
  fields['renameType'] === 'OBJECT_INDEX'
    ? notSupported('unsupported statement: AlterIndex')
    : renameOther(fields);

export const changeSchema = alter('objectType', moved, 'AlterObjectSchema');
export const changeOwner = alter('objectType', owned, 'AlterOwner');

export const drop: Rule = (fields) => {
  if (!dropped.has(text(fields['removeType']))) return notSupported('unsupported object in DROP');
  return fields['concurrent'] === true
    ? notSupported('CONCURRENTLY not supported for DROP INDEX')
    : undefined;
};

/** Attributes of a role that IAM has instead. */
const missingAttributes: ReadonlyMap<string, string> = new Map([
  ['connectionlimit', 'CONNECTION LIMIT'],
  ['password', 'PASSWORD'],
  ['validUntil', 'VALID UNTIL'],
]);

export const defineRole: Rule = (fields) => {
  const missing = list(fields['options'])
    .map((node) => missingAttributes.get(text(fieldsOf(node, 'DefElem')?.['defname'])))
    .find((attribute) => attribute !== undefined);
  return missing === undefined ? undefined : notSupported(`${missing} not supported for roles`);
};
