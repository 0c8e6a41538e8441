import type { Evaluate } from './expression.ts';
import { closingBrace } from './tokens.ts';

/** A part of a template: a text, an interpolation, or a directive such as `if tracing`. */
type Part =
  | { readonly kind: 'text' | 'directive'; readonly text: string }
  | { readonly kind: 'value'; readonly value: Evaluate };

type Parse = (expression: string) => Evaluate;

const partsOf = (source: string, parseExpression: Parse): readonly Part[] => {
  const parts: Part[] = [];
  let text = '';
  for (let at = 0; at < source.length; ) {
    const [escaped] = /^(?:\$\$\{|%%\{)/.exec(source.slice(at, at + 3)) ?? [];
    if (escaped !== undefined) {
      text += escaped.slice(1);
      at += 3;
      continue;
    }
    const opens = source.slice(at, at + 2);
    if (opens !== '${' && opens !== '%{') {
      text += source[at];
      at += 1;
      continue;
    }
    const end = closingBrace(source, at + 2);
    const inside = source.slice(at + 2, end - 1).trim();
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(
      opens === '${'
        ? { kind: 'value', value: parseExpression(inside) }
        : { kind: 'directive', text: inside },
    );
    at = end;
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return parts;
};

/** The parts up to the directive that ends a branch, and where that stands. */
const branch = (
  parts: readonly Part[],
  from: number,
  parseExpression: Parse,
): readonly [Evaluate, number] => {
  const values: Evaluate[] = [];
  for (let at = from; at < parts.length; ) {
    const part = parts[at];
    if (part?.kind === 'value') values.push(part.value);
    if (part?.kind === 'text') values.push(() => part.text);
    if (part?.kind !== 'directive') {
      at += 1;
      continue;
    }
    if (!part.text.startsWith('if ')) return [joined(values), at];
    const condition = parseExpression(part.text.slice(3));
    const [on, middle] = branch(parts, at + 1, parseExpression);
    const hasElse = parts[middle]?.kind === 'directive' && textOf(parts[middle]) === 'else';
    const [off, end] = hasElse ? branch(parts, middle + 1, parseExpression) : [() => '', middle];
    values.push((names) => (condition(names) === true ? on(names) : off(names)));
    at = end + 1;
  }
  return [joined(values), parts.length];
};

const textOf = (part: Part): string => (part.kind === 'value' ? '' : part.text);

const joined =
  (values: readonly Evaluate[]): Evaluate =>
  (names) =>
    values.map((value) => String(value(names))).join('');

/** Parses a template. One that is an interpolation and nothing else gives its value as it is. */
export const parseTemplate = (source: string, parseExpression: Parse): Evaluate => {
  const parts = partsOf(source, parseExpression);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'value') return only.value;
  return branch(parts, 0, parseExpression)[0];
};
