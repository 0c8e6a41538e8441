import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of a text that stand in a source; between two of them something is filled in. */
export type SqlLiteral = { readonly file: string; readonly parts: readonly string[] };

const startsStatement =
  /^\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER TABLE|DROP|GRANT|CALL|AWS IAM|BEGIN)\s+\S|^(?:BEGIN|COMMIT|ROLLBACK)$|^\s*(?:INSERT INTO|SELECT|UPDATE|DELETE FROM)\s*$/;

/** A slash behind one of these begins a regular expression, not a division. */
const beforeRegex = new Set([...'(,=:[!&|?{};+\n', '']);

/** Reads the text literals of TypeScript as far as is needed to find SQL in them. */
const literalsIn = (source: string): readonly (readonly string[])[] => {
  const found: string[][] = [];
  let at = 0;

  const quoted = (quote: string): string => {
    const start = at + 1;
    for (at += 1; at < source.length && source[at] !== quote; at += 1)
      if (source[at] === '\\') at += 1;
    at += 1;
    return source.slice(start, at - 1);
  };

  const template = (): void => {
    const parts: string[] = [];
    let part = '';
    for (at += 1; at < source.length && source[at] !== '`'; ) {
      if (source.startsWith('${', at)) {
        parts.push(part);
        part = '';
        at += 2;
        code('}');
      } else {
        if (source[at] === '\\') at += 1;
        part += source[at];
        at += 1;
      }
    }
    at += 1;
    found.push([...parts, part]);
  };

  const regex = (): void => {
    let inClass = false;
    for (at += 1; at < source.length && (inClass || source[at] !== '/'); at += 1) {
      if (source[at] === '\\') at += 1;
      else if (source[at] === '[') inClass = true;
      else if (source[at] === ']') inClass = false;
    }
    at += 1;
  };

  const code = (end: string): void => {
    let depth = 0;
    let before = '';
    while (at < source.length) {
      const character = source[at] ?? '';
      if (source.startsWith('//', at)) at = (source.indexOf('\n', at) + 1 || source.length + 1) - 1;
      else if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 2;
      else if (character === '`') template();
      else if (character === "'" || character === '"') found.push([quoted(character)]);
      else if (character === '/' && beforeRegex.has(before)) regex();
      else {
        at += 1;
        if (character === end && depth === 0) return;
        if (character === '{') depth += 1;
        if (character === '}') depth -= 1;
      }
      if (character.trim() !== '') before = character;
    }
  };

  code('');
  return found;
};

const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** The texts in sources that begin as a statement does. */
export const sqlLiterals = (folder: string): readonly SqlLiteral[] =>
  globSync('**/*.ts', { cwd: folder }).flatMap((file) =>
    literalsIn(readFileSync(join(folder, file), 'utf8'))
      .filter(([first = '']) => startsStatement.test(first))
      .map((parts) => ({ file, parts: parts.map(inOneLine) })),
  );

/** Whether a text that was sent has all parts of a literal, in their order. */
export const isFilledIn = ({ parts }: SqlLiteral, sent: string): boolean => {
  const text = inOneLine(sent);
  let from = 0;
  return parts.every((part) => {
    const found = text.indexOf(part.trim(), from);
    from = found + part.trim().length;
    return found >= 0;
  });
};
