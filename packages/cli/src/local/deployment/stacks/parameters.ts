import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  ownOf,
  stringOf,
} from '../../template/json.ts';
import type { ParameterValue } from '../deployments.ts';
import { refuse } from '../errors.ts';

const hidden = '****';

/** Bytes of a parameter's value (quotas, user guide). It bounds what a pattern is matched with. */
const valueBytesMax = 4_096;

const isList = (type: string): boolean => type === 'CommaDelimitedList' || type.startsWith('List<');

/** CloudFormation holds the whole of a value against a pattern. */
const wholeMatch = (name: string, pattern: string): RegExp => {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return refuse(
      `Template format error: AllowedPattern of parameter '${name}' is not a regular expression: ${pattern}`,
    );
  }
};

const problemOf = (name: string, text: string, declaration: JsonObject): string | undefined => {
  const { AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = declaration;
  const constraint = stringOf(declaration['ConstraintDescription']);
  const failed = (rule: string): string =>
    constraint === undefined
      ? `Parameter '${name}' must ${rule}`
      : `Parameter ${name} failed to satisfy constraint: ${constraint}`;
  if (Buffer.byteLength(text) > valueBytesMax)
    return failed(`contain at most ${valueBytesMax} bytes`);
  const allowed = listOf(AllowedValues).map(String);
  if (allowed.length > 0 && !allowed.includes(text)) return failed('be one of AllowedValues');
  const pattern = stringOf(AllowedPattern);
  if (pattern !== undefined && !wholeMatch(name, pattern).test(text)) {
    return failed(`match pattern ${pattern}`);
  }
  if (text.length < (numberOf(MinLength) ?? 0))
    return failed(`contain at least ${MinLength} characters`);
  if (text.length > (numberOf(MaxLength) ?? Number.POSITIVE_INFINITY)) {
    return failed(`contain at most ${MaxLength} characters`);
  }
  if (declaration['Type'] !== 'Number') return undefined;
  const value = numberOf(text);
  if (value === undefined)
    return `Parameter validation failed: parameter value ${text} for parameter name ${name} is not a number`;
  if (value < (numberOf(MinValue) ?? Number.NEGATIVE_INFINITY))
    return failed(`be a number not less than ${MinValue}`);
  return value > (numberOf(MaxValue) ?? Number.POSITIVE_INFINITY)
    ? failed(`be a number not greater than ${MaxValue}`)
    : undefined;
};

/**
 * The value of each parameter of a template, as text.
 *
 * @param previous the values that the stack had
 * @throws {DeploymentError} `ValidationError` for a value that is missing, unknown or not allowed.
 */
export const parameterValues = (
  declarations: JsonObject,
  given: Readonly<Record<string, ParameterValue>>,
  previous: JsonObject,
): JsonObject => {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declarations, name));
  if (unknown.length > 0) {
    return refuse(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const missing: string[] = [];
  const values = Object.entries(declarations).map(([name, value]) => {
    const declaration = objectOf(value);
    const wanted = Object.hasOwn(given, name) ? given[name] : undefined;
    const text =
      wanted && 'value' in wanted
        ? wanted.value
        : (stringOf(wanted && ownOf(previous, name)) ?? defaultOf(declaration));
    if (text === undefined) {
      missing.push(name);
      return [name, ''] as const;
    }
    const problem = problemOf(name, text, declaration);
    if (problem !== undefined) refuse(problem);
    return [name, text] as const;
  });
  if (missing.length > 0) refuse(`Parameters: [${missing.join(', ')}] must have values`);
  return Object.fromEntries(values);
};

const defaultOf = ({ Default }: JsonObject): string | undefined =>
  Array.isArray(Default) ? Default.map(String).join(',') : stringOf(Default);

/**
 * The values as `Ref` gives them: lists as lists. Parameters that stand for a stored value have
 * none here.
 */
export const referencedValues = (declarations: JsonObject, values: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, Json][] => {
      const type = stringOf(objectOf(ownOf(declarations, name))['Type']) ?? 'String';
      if (type.startsWith('AWS::SSM::')) return [];
      const text = stringOf(value) ?? '';
      return [[name, isList(type) ? text.split(',').map((part) => part.trim()) : text]];
    }),
  );

const isHidden = (declarations: JsonObject, name: string): boolean =>
  stringOf(objectOf(ownOf(declarations, name))['NoEcho']) === 'true';

/** The values as a person may see them. */
export const shownParameters = (
  declarations: JsonObject,
  values: JsonObject,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isHidden(declarations, name) ? hidden : (stringOf(value) ?? ''),
    ]),
  );

/** The values that nobody may see. */
export const hiddenValues = (declarations: JsonObject, values: JsonObject): readonly string[] =>
  Object.entries(values)
    .filter(([name, value]) => isHidden(declarations, name) && value !== '')
    .map(([, value]) => stringOf(value) ?? '');

/** A text without the values that nobody may see. */
export const masked = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
