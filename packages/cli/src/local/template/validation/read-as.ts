import { isObject, type Json, type JsonObject } from '../json.ts';
import {
  type PropertyRules,
  specification,
  type TypeSpecification,
  type ValueRule,
} from './specification.ts';

/** A text that CloudFormation takes for a number. */
export const numeral = /^-?\d{1,15}(?:\.\d{1,9})?$/;

const scalarAs = (value: Json, type: ValueRule['type']): Json => {
  if (type === 'string') {
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  }
  if (typeof value !== 'string') return value;
  if (type === 'boolean') return value === 'true' || (value === 'false' ? false : value);
  return (type === 'integer' || type === 'number') && numeral.test(value) ? Number(value) : value;
};

type Definitions = TypeSpecification['definitions'];

const valueAs = (value: Json, rule: ValueRule, definitions: Definitions): Json => {
  const { type, of, or } = rule;
  // A value with several forms stays as it is, since a text or a number may be meant.
  if (or) return value;
  if (Array.isArray(value)) {
    return of && type === 'list'
      ? (value as readonly Json[]).map((item) => valueAs(item, of, definitions))
      : value;
  }
  if (!isObject(value)) return scalarAs(value, type);
  if (type === 'map' && of) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, valueAs(inner, of, definitions)]),
    );
  }
  const rules = definitions[rule.definition ?? ''];
  return rules ? objectAs(value, rules, definitions) : value;
};

const objectAs = (value: JsonObject, rules: PropertyRules, definitions: Definitions): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      return [name, rule ? valueAs(inner, rule, definitions) : inner];
    }),
  );

/**
 * A resource's properties with the types that AWS reads: `"3"` is 3 where a number is due, and 3 is
 * `"3"` where a text is.
 */
export const readAsSpecified = (type: string, properties: JsonObject): JsonObject => {
  const rules = Object.hasOwn(specification, type) ? specification[type] : undefined;
  return rules ? objectAs(properties, rules.properties, rules.definitions) : properties;
};
