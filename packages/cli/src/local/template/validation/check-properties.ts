import { isObject, type Json, type JsonObject, stringOf } from '../json.ts';
import { nearestProperty } from './nearest-property.ts';
import { numeral } from './read-as.ts';
import type { PropertyRules, TypeSpecification, ValueRule } from './specification.ts';

/**
 * Whether a value is known only when the app is deployed, such as the answer of a custom resource.
 */
export type IsPending = (value: Json) => boolean;

type Context = {
  readonly type: string;
  readonly definitions: TypeSpecification['definitions'];
  readonly isPending: IsPending;
};

/**
 * The longest text that is tested against a pattern without a limit of its length. No name or ARN
 * of AWS is longer.
 */
const patternLengthMax = 2048;

/** Longest part of a value that a line shows. */
const shownLengthMax = 80;

/** A value as a line about it shows it. */
export const shown = (value: Json): string => {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
};

const kinds: Readonly<Record<ValueRule['type'], string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  json: 'an object',
  list: 'a list',
  map: 'an object',
  object: 'an object',
};

const numberIn = (value: Json): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && numeral.test(value) ? Number(value) : undefined;
};

const holdsObject = (text: string): boolean => {
  try {
    return isObject(JSON.parse(text) as Json);
  } catch {
    return false;
  }
};

/** Whether CloudFormation reads a value as one of a type: it takes `"3"` for 3, and 3 for `"3"`. */
const isOfType = (value: Json, type: ValueRule['type']): boolean => {
  switch (type) {
    case 'string':
      return stringOf(value) !== undefined;
    case 'integer':
      return Number.isInteger(numberIn(value));
    case 'number':
      return numberIn(value) !== undefined;
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false';
    case 'json':
      return typeof value === 'string' ? holdsObject(value) : typeof value === 'object';
    case 'list':
      return Array.isArray(value);
    default:
      return isObject(value);
  }
};

const lengthProblems = (value: Json, rule: ValueRule, path: string): readonly string[] => {
  const { lengthMin = 0, lengthMax = Number.POSITIVE_INFINITY } = rule;
  const isList = Array.isArray(value);
  const length = isList ? value.length : (stringOf(value) ?? '').length;
  const has = `${path} has ${length} ${isList ? 'items' : 'characters'}`;
  if (length > lengthMax) return [`${has}; the most is ${lengthMax}`];
  return length < lengthMin ? [`${has}; the least is ${lengthMin}`] : [];
};

const rangeProblems = (value: Json, rule: ValueRule, path: string): readonly string[] => {
  const number = numberIn(value) ?? Number.NaN;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
  if (number > max) return [`${path} is ${shown(value)}; the most is ${max}`];
  return number < min ? [`${path} is ${shown(value)}; the least is ${min}`] : [];
};

const patternProblems = (value: Json, rule: ValueRule, path: string): readonly string[] => {
  const text = stringOf(value);
  if (rule.pattern === undefined || text === undefined) return [];
  const { pattern, lengthMax = patternLengthMax } = rule;
  if (text.length > lengthMax) {
    return [`${path} has ${text.length} characters; the most is ${lengthMax}`];
  }
  const whole = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
  // The patterns of ARNs fill a line and tell a person nothing.
  const wanted = pattern.includes('arn:')
    ? 'it is no name or ARN of the right kind'
    : `it must match ${pattern}`;
  return whole.test(text) ? [] : [`${path} is ${shown(value)}; ${wanted}`];
};

const valueProblems = (value: Json, rule: ValueRule, path: string): readonly string[] => {
  if (rule.values && !rule.values.map(String).includes(String(value))) {
    return [`${path} is ${shown(value)}; it must be ${rule.values.join(' or ')}`];
  }
  const found = [...rangeProblems(value, rule, path), ...lengthProblems(value, rule, path)];
  return found.length > 0 ? found : patternProblems(value, rule, path);
};

const objectProblems = (
  value: JsonObject,
  rules: PropertyRules,
  context: Context,
  { path, attributes }: { readonly path: string; readonly attributes: readonly string[] },
): readonly string[] => {
  const owner = path === '' ? context.type : path;
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const missing = Object.entries(rules)
    .filter(([name, { required }]) => required && value[name] === undefined)
    .map(([name]) => `${at(name)} is missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule) return ruleProblems(inner, rule, context, at(name));
    if (attributes.includes(name)) return [`${name} is an attribute; a template cannot give it`];
    const meant = nearestProperty(name, Object.keys(rules));
    return [`${owner} has no property ${name}${meant ? `; did you mean ${meant}?` : ''}`];
  });
  return [...missing, ...wrong];
};

const innerProblems = (
  value: Json,
  rule: ValueRule,
  context: Context,
  path: string,
): readonly string[] => {
  const { of } = rule;
  if (Array.isArray(value) && of) {
    return (value as readonly Json[]).flatMap((item, index) =>
      ruleProblems(item, of, context, `${path}[${index}]`),
    );
  }
  if (!isObject(value)) return [];
  if (rule.type === 'map' && of) {
    return Object.entries(value).flatMap(([name, inner]) =>
      ruleProblems(inner, of, context, `${path}.${name}`),
    );
  }
  const rules = context.definitions[rule.definition ?? ''];
  return rules ? objectProblems(value, rules, context, { path, attributes: [] }) : [];
};

const ruleProblems = (
  value: Json,
  rule: ValueRule,
  context: Context,
  path: string,
): readonly string[] => {
  // The other properties of an object with such a value are still checked.
  if (typeof value === 'string' && context.isPending(value)) return [];
  const forms = [rule, ...(rule.or ?? [])];
  const form = forms.find(({ type }) => isOfType(value, type));
  if (!form) {
    return [
      `${path} is ${shown(value)}; it must be ${forms.map((f) => kinds[f.type]).join(' or ')}`,
    ];
  }
  return [...valueProblems(value, form, path), ...innerProblems(value, form, context, path)];
};

/** The problems of a resource's properties by AWS's specification, one line for each. */
export const propertyProblems = (
  { type, properties }: { readonly type: string; readonly properties: JsonObject },
  { properties: rules, attributes, definitions }: TypeSpecification,
  isPending: IsPending,
): readonly string[] =>
  objectProblems(properties, rules, { type, definitions, isPending }, { path: '', attributes });
