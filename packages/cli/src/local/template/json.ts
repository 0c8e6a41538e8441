/** A value as JSON carries it; templates, payloads and answers are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as an object; anything else, also nothing, as an empty one. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** A property of an object's own: a template may name one `constructor`. */
export const ownOf = (value: Json | undefined, name: string): Json | undefined => {
  const object = objectOf(value);
  return Object.hasOwn(object, name) ? object[name] : undefined;
};

/** The value as a list: IAM and CloudFormation accept a single value where a list is meant. */
export const listOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Json];
};

/** The strings among a list, or a single string, as a list. */
export const stringsOf = (value: Json | undefined): readonly string[] =>
  listOf(value).filter((item) => typeof item === 'string');

/**
 * A string property, or `undefined` when it is absent; numbers and booleans as CloudFormation
 * writes them.
 */
export const stringOf = (value: Json | undefined): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

/** A number property; CloudFormation accepts `"3"` for `3`. */
export const numberOf = (value: Json | undefined): number | undefined => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};
