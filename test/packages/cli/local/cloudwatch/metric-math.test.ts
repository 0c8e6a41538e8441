import { expect, it } from 'vitest';
import { readExpression } from '../../../../../packages/cli/src/local/cloudwatch/metric-math.ts';

const values: Readonly<Record<string, number | undefined>> = { a: 6, b: 3, none: undefined };
const result = (expression: string) => readExpression(expression)((id) => values[id]);

it.each([
  ['a', 6],
  ['a+b*2', 12],
  ['(a+b)*2', 18],
  ['a - b - 1', 2],
  ['a/b/2', 1],
  ['100*(FILL(none,0)+FILL(b,0))/a', 50],
  ['FILL(none, b)', 3],
  ['1.5*b', 4.5],
])('%s is %d', (expression, value) => {
  expect(result(expression)).toBe(value);
});

it.each(['none', 'a+none', 'a/(b-3)', '100*FILL(none,0)/none'])('%s has no value', (expression) => {
  expect(result(expression)).toBeUndefined();
});

it.each(['SUM([a,b])', 'a+', '(a', 'a b', 'FILL(a)', "SEARCH('{AWS}','Sum')", 'a > 1', ''])(
  'does not run %s',
  (expression) => {
    expect(() => readExpression(expression)).toThrow(/does not run here|cannot be read/);
  },
);
