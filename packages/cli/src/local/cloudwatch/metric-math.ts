/** The value of a metric in a period; `undefined` for a period without data. */
export type Datapoint = number | undefined;

type Evaluate = (datapointOf: (id: string) => Datapoint) => Datapoint;

const token = /\s+|\d+(?:\.\d+)?|[A-Za-z]\w*|[-+*/(),]/y;

const tokensOf = (expression: string): readonly string[] => {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < expression.length) {
    const at = token.lastIndex;
    const found = token.exec(expression)?.[0];
    if (found === undefined) {
      throw new Error(`the expression ${expression} cannot be read from character ${at + 1} on`);
    }
    if (found.trim() !== '') tokens.push(found);
  }
  return tokens;
};

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

/** A period without data stays one in arithmetic, and so does a division by zero. */
const combined =
  (operator: string, left: Evaluate, right: Evaluate): Evaluate =>
  (datapointOf) => {
    const [one, other] = [left(datapointOf), right(datapointOf)];
    if (one === undefined || other === undefined) return undefined;
    const value = operators[operator]?.(one, other);
    return Number.isFinite(value) ? value : undefined;
  };

/**
 * Reads an expression of metrics: numbers, ids, `+ - * /`, brackets and `FILL(id, number)`.
 *
 * @throws {Error} for one that has more than that.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export const readExpression = (expression: string): Evaluate => {
  const tokens = [...tokensOf(expression)];
  const refuse = (): never => {
    throw new Error(
      `the expression ${expression} does not run here; use + - * /, brackets and FILL`,
    );
  };
  const take = (wanted?: string): string => {
    const next = tokens.shift();
    return next !== undefined && (wanted === undefined || next === wanted) ? next : refuse();
  };
  const fill = (): Evaluate => {
    take('(');
    const metric = sum();
    take(',');
    const instead = sum();
    take(')');
    return (datapointOf) => metric(datapointOf) ?? instead(datapointOf);
  };
  const factor = (): Evaluate => {
    const next = take();
    if (next === '(') {
      const inner = sum();
      take(')');
      return inner;
    }
    if (/^\d/.test(next)) return () => Number(next);
    if (next === 'FILL') return fill();
    if (/^[a-z]\w*$/.test(next)) return (datapointOf) => datapointOf(next);
    return refuse();
  };
  const chain = (part: () => Evaluate, signs: readonly string[]): Evaluate => {
    let value = part();
    while (signs.includes(tokens[0] ?? '')) value = combined(take(), value, part());
    return value;
  };
  const product = (): Evaluate => chain(factor, ['*', '/']);
  const sum = (): Evaluate => chain(product, ['+', '-']);
  const whole = sum();
  return tokens.length > 0 ? refuse() : whole;
};
