import { type Fields, fieldsOf, list, text } from '../ast.ts';
import { notSupported, type Rule } from '../refusal.ts';

const kinds = (names: string): ReadonlySet<string> =>
  new Set(names.split(/\s+/).map((name) => `OBJECT_${name}`));

const renamed = kinds(
  `COLUMN DOMAIN DOMCONSTRAINT FUNCTION ROLE SCHEMA SEQUENCE STATISTIC_EXT TABCONSTRAINT TABLE VIEW`,
);
const moved = kinds('DOMAIN FUNCTION SEQUENCE STATISTIC_EXT TABLE VIEW');
/** Tables, views and sequences change their owner by the forms of ALTER TABLE. */
const owned = kinds('DOMAIN FUNCTION SCHEMA STATISTIC_EXT');
/**
 * There are no triggers, rules, types, materialized views and foreign tables, so nothing of the
 * kind is dropped.
 */
const dropped = kinds('DOMAIN FUNCTION INDEX ROUTINE SCHEMA SEQUENCE STATISTIC_EXT TABLE VIEW');

const alter =
  (known: ReadonlySet<string>, statement: string): Rule =>
  (fields) => {
    const kind = text(fields['objectType']);
    if (kind === 'OBJECT_TYPE') return notSupported('ALTER TYPE not supported');
    return known.has(kind) ? undefined : notSupported(`unsupported statement: ${statement}`);
  };

/** A column belongs to a relation, which may be of a kind that DSQL lacks. */
const renamedKinds = (fields: Fields): readonly string[] => {
  const kind = text(fields['renameType']);
  return kind === 'OBJECT_COLUMN' ? [kind, text(fields['relationType'])] : [kind];
};

/**
 * Of an index nothing can be altered, so all of it is refused in the same words. Two sources of
 * AWS's disagree about the new name of an index.
 */
export const rename: Rule = (fields) => {
  const kinds = renamedKinds(fields);
  if (kinds.includes('OBJECT_INDEX')) return notSupported('unsupported statement: AlterIndex');
  return kinds.every((kind) => renamed.has(kind))
    ? undefined
    : notSupported('unsupported object in RENAME statement');
};

export const changeSchema = alter(moved, 'AlterObjectSchema');
export const changeOwner = alter(owned, 'AlterOwner');

export const drop: Rule = (fields) => {
  if (!dropped.has(text(fields['removeType'])))
    return notSupported('unsupported object in DROP statement');
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
