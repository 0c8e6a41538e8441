import { isList, isObject, type Json, type JsonObject, objectOf } from './json.ts';

const statementIds = (value: Json): readonly string[] => {
  if (isList(value)) return value.flatMap(statementIds);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'Sid' && typeof inner === 'string' ? [inner] : statementIds(inner),
  );
};

/** The names in a template that the CDK makes of the names of stacks. */
const madeNames = (template: JsonObject): readonly string[] => [
  ...Object.keys(objectOf(template['Resources'])),
  ...statementIds(template),
];

/**
 * Gives resources and statements the names that they have with the usual prefixes: a logical id
 * cannot hold a parameter, and a template of the CDK app can then be updated by this one.
 *
 * @param marked a template with marks in the place of names
 * @param usual the same one with the usual names
 * @throws {Error} if a name decides which resources there are
 */
export const usualNames = (
  marked: JsonObject,
  usual: JsonObject,
): ((value: JsonObject) => JsonObject) => {
  const from = madeNames(marked);
  const to = madeNames(usual);
  if (from.length !== to.length) throw new Error('A name decides which resources there are');
  const names = new Map(from.map((name, at) => [name, to[at] ?? name]));
  const renamed = (value: Json): Json => {
    if (typeof value === 'string') return names.get(value) ?? value;
    if (isList(value)) return value.map(renamed);
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, inner]) => [names.get(name) ?? name, renamed(inner)]),
    );
  };
  return (value) => objectOf(renamed(value));
};
