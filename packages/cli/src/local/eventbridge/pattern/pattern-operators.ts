import type { JsonArray, JsonObjectText, JsonText } from './json-text.ts';
import { compileAnythingBut } from './pattern-anything-but.ts';
import {
  type CompileMatch,
  type Match,
  onStrings,
  type Refuse,
  readingAt,
  stringOf,
} from './pattern-match.ts';
import { comparableNumber } from './pattern-numbers.ts';
import { compileNumeric } from './pattern-numeric.ts';
import {
  affix,
  compileCidr,
  compileEqualsIgnoreCase,
  compileWildcard,
  exactString,
  ignoringCase,
} from './pattern-strings.ts';

const oneKeyOnly = 'Only one key allowed in match expression';
const tooManyElements = 'Too many elements in numeric expression';

const compileExactly: CompileMatch = (operand, refuse) => {
  const text = stringOf(operand, refuse, 'exact match pattern must be a string');
  return onStrings((value) => value === text);
};

const compileExists: CompileMatch = (operand, refuse) => {
  if (operand.kind === 'literal' && operand.text === 'true') return { test: () => true };
  if (operand.kind === 'literal' && operand.text === 'false') {
    return { test: () => false, absent: true };
  }
  return refuse('exists match pattern must be either true or false.', readingAt(operand));
};

/** `prefix` and `suffix` take a string, or `equals-ignore-case` around one. */
const compileAffix =
  (kind: 'prefix' | 'suffix'): CompileMatch =>
  (operand, refuse) => {
    if (operand.kind !== 'object') {
      return affix(kind, stringOf(operand, refuse, `${kind} match pattern must be a string`));
    }
    const title = kind === 'prefix' ? 'Prefix' : 'Suffix';
    const [name, value] =
      operand.entries[0] ?? refuse(`${title} expression name not found`, operand.end);
    if (name !== 'equals-ignore-case') {
      refuse(`Unsupported ${kind} pattern: ${name}`, readingAt(value));
    }
    const text = stringOf(value, refuse, 'equals-ignore-case match pattern must be a string');
    const surplus = operand.entries[1];
    if (surplus) refuse(oneKeyOnly, readingAt(surplus[1]));
    return ignoringCase(text, kind);
  };

/** Each operator, and AWS's reason when another key follows it. */
const operators: ReadonlyMap<string, { compile: CompileMatch; surplus: string }> = new Map([
  ['exactly', { compile: compileExactly, surplus: oneKeyOnly }],
  ['prefix', { compile: compileAffix('prefix'), surplus: oneKeyOnly }],
  ['suffix', { compile: compileAffix('suffix'), surplus: oneKeyOnly }],
  ['equals-ignore-case', { compile: compileEqualsIgnoreCase, surplus: oneKeyOnly }],
  ['wildcard', { compile: compileWildcard, surplus: oneKeyOnly }],
  ['cidr', { compile: compileCidr, surplus: oneKeyOnly }],
  ['exists', { compile: compileExists, surplus: oneKeyOnly }],
  ['numeric', { compile: compileNumeric, surplus: tooManyElements }],
  ['anything-but', { compile: compileAnythingBut, surplus: tooManyElements }],
]);

const compileOperator = (node: JsonObjectText, refuse: Refuse): Match => {
  const [name, operand] = node.entries[0] ?? refuse('Match expression name not found', node.end);
  const operator =
    operators.get(name) ?? refuse(`Unrecognized match type ${name}`, readingAt(operand));
  const match = operator.compile(operand, refuse);
  const surplus = node.entries[1];
  if (surplus) refuse(operator.surplus, readingAt(surplus[1]));
  return match;
};

const exactNumber = (text: string): Match => {
  const value = comparableNumber(text);
  return {
    test: (leaf) =>
      leaf.kind === 'number' &&
      (value === undefined ? leaf.text === text : leaf.comparable === value),
  };
};

const compileMember = (node: JsonText, refuse: Refuse): Match => {
  if (node.kind === 'object') return compileOperator(node, refuse);
  if (node.kind === 'string') return exactString(node.value);
  if (node.kind === 'number') return exactNumber(node.text);
  if (node.kind === 'literal') {
    return { test: (leaf) => leaf.kind === 'literal' && leaf.text === node.text };
  }
  return refuse('Match value must be String, number, true, false, or null', readingAt(node));
};

/** Compiles the list of alternatives of one field. */
export const compileField = ({ items, end }: JsonArray, refuse: Refuse): readonly Match[] => {
  if (items.length === 0) refuse('Empty arrays are not allowed', end);
  return items.map((item) => compileMember(item, refuse));
};
