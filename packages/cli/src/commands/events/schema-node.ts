/** A JSON Schema that is an object. */
export type Node = { readonly [keyword: string]: unknown };

/** One thing that a reader may refuse: where in the data, and what. */
export type SchemaProblem = { readonly path: string; readonly message: string };

/** Keywords that only people read. */
const annotations = new Set([
  ...['$schema', '$id', '$comment', 'title', 'description', 'examples', 'default', 'deprecated'],
  ...['readOnly', 'writeOnly'],
]);

export const isAnnotation = (keyword: string): boolean => annotations.has(keyword);

/** Whether a value is an object and no list. */
export const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.keys(value)
    .toSorted()
    .map((name) => [name, sorted(value[name])]);
};

/** A text that two schemas share where only the order of their members differs. */
export const canonical = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'undefined';

const referenced = (reference: string, root: Node): unknown => {
  const steps = reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '');
  return steps.reduce<unknown>(
    (value, step) => Object(value)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
};

/**
 * A schema as an object, with its reference followed and its `allOf` put together.
 *
 * @throws {Error} that names a reference which leads nowhere.
 */
export const nodeOf = (schema: unknown, root: Node): Node => {
  if (schema === true || schema === undefined) return {};
  if (!isObject(schema)) throw new Error(`${JSON.stringify(schema)} is no JSON Schema`);
  const { $ref: reference, ...rest } = schema;
  if (typeof reference === 'string') {
    const target = referenced(reference, root);
    if (target === undefined) throw new Error(`the reference ${reference} leads nowhere`);
    return merged(rest, target, root);
  }
  const { allOf: parts, ...others } = schema;
  if (!Array.isArray(parts)) return schema;
  return parts.reduce<Node>((whole, part) => merged(whole, part, root), others);
};

/** An object schema that has the fields of both. */
const both = (one: unknown, other: unknown): unknown =>
  isObject(one) && isObject(other) ? { ...one, ...other } : (other ?? one);

/** A schema with one of its alternatives, or with a part of its `allOf`. */
export const merged = (schema: Node, part: unknown, root: Node): Node => {
  const { anyOf: _, oneOf: __, ...rest } = schema;
  const branch = nodeOf(part, root);
  const [own, further] = [rest['required'], branch['required']];
  const required = [...(Array.isArray(own) ? own : []), ...(Array.isArray(further) ? further : [])];
  const properties = both(rest['properties'], branch['properties']);
  return {
    ...rest,
    ...branch,
    ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
    ...(properties === undefined ? {} : { properties }),
  };
};

/** The alternatives of a schema. */
export const branchesOf = ({ anyOf, oneOf }: Node): readonly unknown[] | undefined => {
  const branches = anyOf ?? oneOf;
  return Array.isArray(branches) ? branches : undefined;
};

/** The values that data may have, where a schema lists them. */
export const valuesOf = ({ enum: values, const: value }: Node): readonly unknown[] | undefined => {
  if (value !== undefined) return [value];
  return Array.isArray(values) ? values : undefined;
};

const typeOfValue = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isSafeInteger(value) ? 'integer' : typeof value;
};

/** The types that data may have; `undefined` for any. A list of values says them too. */
export const typesOf = ({
  type,
  enum: values,
  const: value,
}: Node): ReadonlySet<string> | undefined => {
  if (value !== undefined) return new Set([typeOfValue(value)]);
  if (Array.isArray(values)) return new Set(values.map(typeOfValue));
  if (typeof type === 'string') return new Set([type]);
  return Array.isArray(type) ? new Set(type.map(String)) : undefined;
};
