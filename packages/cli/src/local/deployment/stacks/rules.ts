import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  ownOf,
  stringOf,
} from '../../template/json.ts';
import { refuse } from '../errors.ts';

type Evaluate = (argument: Json, parameters: JsonObject) => boolean;

/** A text, or the value of a parameter. */
const operand = (value: Json | undefined, parameters: JsonObject): Json | undefined => {
  const name = stringOf(objectOf(value)['Ref']);
  return name === undefined ? value : ownOf(parameters, name);
};

const sameText = (left: Json | undefined, right: Json | undefined): boolean =>
  String(left) === String(right);

/**
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
 */
const functions: Readonly<Record<string, Evaluate>> = {
  'Fn::Equals': (argument, parameters) => {
    const [left, right] = listOf(argument).map((value) => operand(value, parameters));
    return sameText(left, right);
  },
  'Fn::Contains': (argument, parameters) => {
    const [values, wanted] = listOf(argument);
    return listOf(values).some((value) => sameText(value, operand(wanted, parameters)));
  },
  'Fn::Not': (argument, parameters) => !listOf(argument).every((value) => holds(value, parameters)),
  'Fn::And': (argument, parameters) => listOf(argument).every((value) => holds(value, parameters)),
  'Fn::Or': (argument, parameters) => listOf(argument).some((value) => holds(value, parameters)),
};

const holds = (expression: Json | undefined, parameters: JsonObject): boolean => {
  const [[name = '', argument = null] = []] = Object.entries(objectOf(expression));
  const evaluate = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (evaluate === undefined) return refuse(`Template error: ${name} does not run in rules here`);
  return evaluate(argument, parameters);
};

const refuseBroken = (name: string, rule: JsonObject, parameters: JsonObject): void => {
  const condition = rule['RuleCondition'];
  if (condition !== undefined && !holds(condition, parameters)) return;
  for (const assertion of listOf(rule['Assertions']).map(objectOf)) {
    if (holds(assertion['Assert'], parameters)) continue;
    refuse(`Rule ${name} failed: ${stringOf(assertion['AssertDescription']) ?? 'no description'}`);
  }
};

/**
 * Refuses parameters that break a rule of their template, before anything changes.
 *
 * @throws {DeploymentError} `ValidationError` with the description of the assertion.
 */
export const refuseBrokenRules = (rules: JsonObject, parameters: JsonObject): void => {
  for (const [name, rule] of Object.entries(rules)) refuseBroken(name, objectOf(rule), parameters);
};
