import type { JsonArray, JsonObjectText, JsonText } from './json-text.ts';
import {
  type CompileMatch,
  type Match,
  onStrings,
  type Refuse,
  readingAt,
  stringOf,
} from './pattern-match.ts';
import { comparableOf } from './pattern-numeric.ts';
import { affix, compileWildcard, ignoringCase } from './pattern-strings.ts';

const mixedTypes =
  'Inside anything but list, either all values are number or string, mixed type is not supported';
const unsupportedMember = 'Inside anything but list, start|null|boolean is not supported.';

const compileAffix =
  (kind: 'prefix' | 'suffix'): CompileMatch =>
  (operand, refuse) => {
    const part = stringOf(operand, refuse, 'prefix/suffix match pattern must be a string');
    if (part === '') refuse('Null prefix/suffix not allowed', operand.end);
    return affix(kind, part);
  };

const compileIgnoreCase: CompileMatch = (operand, refuse) =>
  ignoringCase(
    stringOf(
      operand,
      refuse,
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    ),
    'whole',
  );

/** The operators that `anything-but` negates; each takes a string or a list of strings. */
const negatable: ReadonlyMap<string, CompileMatch> = new Map([
  ['prefix', compileAffix('prefix')],
  ['suffix', compileAffix('suffix')],
  ['equals-ignore-case', compileIgnoreCase],
  ['wildcard', compileWildcard],
]);

/**
 * Every value passes that none of the matches takes, `null` and other types too; a field must be
 * there.
 */
const noneOf = (matches: readonly Match[]): Match => ({
  test: (leaf) => !matches.some((match) => match.test(leaf)),
  wildcards: matches.flatMap((match) => match.wildcards ?? []),
});

const exactly: CompileMatch = (operand, refuse) => {
  if (operand.kind === 'string') return onStrings((text) => text === operand.value);
  const value = comparableOf(operand, refuse, unsupportedMember);
  return { test: ({ comparable }) => comparable === value };
};

const compileList = ({ items, end }: JsonArray, refuse: Refuse): Match => {
  const matches = items.map((item) => exactly(item, refuse));
  const kinds = new Set(items.map((item) => item.kind));
  return kinds.size === 1 ? noneOf(matches) : refuse(mixedTypes, end);
};

const operandOf = (node: JsonText, refuse: Refuse): JsonText =>
  node.kind === 'array' || node.kind === 'string' || node.kind === 'number'
    ? node
    : refuse(
        'Value of anything-but must be an array or single string/number value.',
        readingAt(node),
      );

const compileNested = (node: JsonObjectText, refuse: Refuse): Match => {
  const [name, value] =
    node.entries[0] ?? refuse('Anything-But expression name not found', node.end);
  const compile =
    negatable.get(name) ?? refuse(`Unsupported anything-but pattern: ${name}`, readingAt(value));
  const operand = operandOf(value, refuse);
  const members = operand.kind === 'array' ? operand.items : [operand];
  const match = noneOf(members.map((member) => compile(member, refuse)));
  const surplus = node.entries[1];
  if (surplus) refuse('Too many elements in numeric expression', readingAt(surplus[1]));
  return match;
};

/** Compiles `anything-but`: a value, a list of one type, or a negated string operator. */
export const compileAnythingBut: CompileMatch = (node, refuse) => {
  if (node.kind === 'object') return compileNested(node, refuse);
  const operand = operandOf(node, refuse);
  return operand.kind === 'array'
    ? compileList(operand, refuse)
    : noneOf([exactly(operand, refuse)]);
};
