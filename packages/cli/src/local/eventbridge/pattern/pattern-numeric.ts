import type { JsonText } from './json-text.ts';
import { type Match, type Refuse, readingAt, tokenText } from './pattern-match.ts';
import { comparableNumber } from './pattern-numbers.ts';

type Bound = { readonly operator: string; readonly value: number };

/** The number, which must be one that can be compared, or a refusal for `reason`. */
export const comparableOf = (
  node: JsonText,
  refuse: Refuse,
  reason: string,
  end: number = node.end,
): number => {
  if (node.kind !== 'number') return refuse(reason, readingAt(node));
  return comparableNumber(node.text) ?? refuse(`Cannot compare number : ${node.text}`, end);
};

/** Whether a value is on the right side of a bound. */
const satisfies = (value: number, bound: Bound): boolean => {
  if (bound.operator === '=') return value === bound.value;
  if (bound.operator === '<') return value < bound.value;
  if (bound.operator === '<=') return value <= bound.value;
  return bound.operator === '>' ? value > bound.value : value >= bound.value;
};

const onNumbers = (bounds: readonly Bound[]): Match => ({
  test: ({ comparable }) =>
    comparable !== undefined && bounds.every((bound) => satisfies(comparable, bound)),
});

const operatorOf = (
  node: JsonText | undefined,
  end: number,
  refuse: Refuse,
  reason: string,
): string => {
  if (node?.kind === 'string') return node.value;
  return refuse(`${reason}: ${node ? tokenText(node) : ']'}`, node ? readingAt(node) : end);
};

const operandOf = (
  operator: string,
  node: JsonText | undefined,
  end: number,
  refuse: Refuse,
): Bound => {
  const reason = `Value of ${operator === '=' ? 'equals' : operator} must be numeric`;
  return {
    operator,
    value: node ? comparableOf(node, refuse, reason, end) : refuse(reason, end),
  };
};

/** Compiles `[operator, number]` or `[lower operator, number, upper operator, number]`. */
export const compileNumeric = (expression: JsonText, refuse: Refuse): Match => {
  if (expression.kind !== 'array') {
    return refuse('Value of numeric must be an array.', readingAt(expression));
  }
  const { items, end } = expression;
  const [first, firstOperand, second, secondOperand, surplus] = items;
  const operator = operatorOf(first, end, refuse, 'Invalid member in numeric match');
  if (!['=', '<', '<=', '>', '>='].includes(operator)) {
    refuse(
      `Unrecognized numeric range operator: ${operator}`,
      firstOperand ? readingAt(firstOperand) : end,
    );
  }
  const lower = operandOf(operator, firstOperand, end, refuse);
  if (!second) return onNumbers([lower]);
  if (!operator.startsWith('>')) {
    refuse('Too many elements in numeric expression', readingAt(second));
  }
  const upperOperator = operatorOf(second, end, refuse, 'Bad value in numeric range');
  if (upperOperator !== '<' && upperOperator !== '<=') {
    refuse(`Bad numeric range operator: ${upperOperator}`, second.end);
  }
  const upper = operandOf(upperOperator, secondOperand, end, refuse);
  if (surplus) refuse('Too many terms in numeric range expression', readingAt(surplus));
  if (lower.value >= upper.value) refuse('Bottom must be less than top', end);
  return onNumbers([lower, upper]);
};
