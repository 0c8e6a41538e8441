/** A token of an expression; a quoted text keeps its quotes and its escapes. */
export type Token = { readonly kind: 'name' | 'number' | 'text' | 'sign'; readonly text: string };

const shapes = [
  ['space', /(?:\s|#.*|\/\/.*)+/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['name', /[A-Za-z_][\w-]*/y],
  ['sign', /\.\.\.|=>|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,=()[\]{}]/y],
] as const;

/** The index after the brace that closes the one before `from`; texts may contain braces. */
export const closingBrace = (source: string, from: number): number => {
  let depth = 1;
  for (let at = from; at < source.length; at += 1) {
    const letter = source[at];
    if (letter === '"') at = closingQuote(source, at + 1) - 1;
    else if (letter === '{') depth += 1;
    else if (letter === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error(`Nothing closes the brace: ${source.slice(from, from + 60)}`);
};

/** The index after the quote that closes the one before `from`. */
const closingQuote = (source: string, from: number): number => {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '"') return at + 1;
    else if (/^[$%]\{/.test(source.slice(at, at + 2)) && source[at - 1] !== source[at]) {
      at = closingBrace(source, at + 2) - 1;
    }
  }
  throw new Error(`Nothing closes the quote: ${source.slice(from, from + 60)}`);
};

/** The tokens of an expression. */
export const tokensOf = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (source[at] === '"') {
      const end = closingQuote(source, at + 1);
      tokens.push({ kind: 'text', text: source.slice(at, end) });
      at = end;
      continue;
    }
    const found = shapes.flatMap(([kind, shape]) => {
      shape.lastIndex = at;
      const [text] = shape.exec(source) ?? [];
      return text === undefined ? [] : [{ kind, text }];
    })[0];
    if (found === undefined) throw new Error(`No token of HCL: ${source.slice(at, at + 60)}`);
    if (found.kind !== 'space') tokens.push({ kind: found.kind, text: found.text });
    at += found.text.length;
  }
  return tokens;
};
