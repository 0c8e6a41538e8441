/** A part of a multi-select of JMESPath: the key or index of its value, and its own expression. */
type Part = { readonly key: string | number; readonly expression: string };

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The offset behind a quoted text, raw string or literal that begins at `start`. */
const endOfQuoted = (path: string, start: number): number => {
  const quote = path[start];
  for (let offset = start + 1; offset < path.length; offset += 1) {
    if (path[offset] === '\\') offset += 1;
    else if (path[offset] === quote) return offset + 1;
  }
  return path.length;
};

/** The offset behind a group, with everything that is nested in it. */
const endOfGroup = (path: string, start: number): number => {
  const open: string[] = [];
  let offset = start;
  while (offset < path.length) {
    const letter = path[offset] as string;
    if (`'"\``.includes(letter)) {
      offset = endOfQuoted(path, offset);
      continue;
    }
    const end = closing[letter];
    if (end !== undefined) open.push(end);
    else if (letter === open.at(-1)) open.pop();
    offset += 1;
    if (open.length === 0) return offset;
  }
  return path.length;
};

/**
 * Groups, quoted texts, the operators `||` and `&&`, and single letters, of the outermost level.
 */
const tokensOf = (path: string): string[] => {
  const tokens: string[] = [];
  let offset = 0;
  while (offset < path.length) {
    const letter = path[offset] as string;
    const two = path.slice(offset, offset + 2);
    let end = offset + (two === '||' || two === '&&' ? 2 : 1);
    if (`'"\``.includes(letter)) end = endOfQuoted(path, offset);
    else if (letter in closing) end = endOfGroup(path, offset);
    if (letter.trim() !== '') tokens.push(path.slice(offset, end));
    offset = end;
  }
  return tokens;
};

const splitAt = (tokens: readonly string[], separator: string): string[][] => {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token === separator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
};

/** The text in brackets; `undefined` for another token. */
const bracketed = (token: string): string | undefined =>
  token.startsWith('[') ? token.slice(1, -1).trim() : undefined;

/** `*`, `[*]`, `[]`, `[?…]` and slices, which leave out what is null. */
const isProjection = (token: string): boolean => {
  const inside = bracketed(token);
  if (inside === undefined) return token === '*';
  return inside === '' || inside === '*' || /^(?:\?|[-\d\s]*:[-\d\s:]*$)/.test(inside);
};

const isIndex = (token: string): boolean => /^-?\d+$/.test(bracketed(token) ?? '');

/** The parts of the multi-select that an expression ends with. */
const partsOf = (tokens: readonly string[]): readonly Part[] => {
  const last = tokens.at(-1) ?? '';
  const before = tokens.at(-2);
  if (before !== undefined && before !== '.') return [];
  const inside = splitAt(tokensOf(last.slice(1, -1)), ',');
  if (last.startsWith('{')) {
    return inside.map((member) => {
      const [name = [], ...rest] = splitAt(member, ':');
      const key = name.join('');
      return {
        key: key.startsWith('"') ? String(JSON.parse(key)) : key,
        expression: rest.map((one) => one.join('')).join(':'),
      };
    });
  }
  if (!last.startsWith('[') || isProjection(last) || isIndex(last)) return [];
  return inside.map((part, index) => ({ key: index, expression: part.join('') }));
};

/**
 * The function call that an expression ends with: its name and the expressions that it is given.
 */
const callOf = (
  tokens: readonly string[],
): { readonly name: string; readonly given: readonly string[] } | undefined => {
  const last = tokens.at(-1) ?? '';
  const [name = ''] = tokens.slice(0, -1).join('').split('.').slice(-1);
  if (!last.startsWith('(') || !/^[a-z_]+$/.test(name)) return undefined;
  const given = splitAt(tokensOf(last.slice(1, -1)), ',').map((one) => one.join(''));
  return { name, given };
};

/**
 * The tokens of what an expression gives, without the pipes before it and the parentheses around
 * it.
 */
const lastTokensOf = (path: string): readonly string[] => {
  const tokens = splitAt(tokensOf(path), '|').at(-1) ?? [];
  const [only] = tokens;
  return tokens.length === 1 && only?.startsWith('(') ? lastTokensOf(only.slice(1, -1)) : tokens;
};

/**
 * The field that is missing inside of a function that answers all the same: `to_string` and `type`
 * with a text, `map` and `to_array` with a list.
 */
const findMissingInCall = (path: string, selection: unknown): string | undefined => {
  const { name, given: [mapped = ''] = [] } = callOf(lastTokensOf(path)) ?? {};
  if (name === 'to_string' || name === 'type') {
    return selection === 'null' ? path.trim() : undefined;
  }
  if (!(name === 'map' || name === 'to_array') || !Array.isArray(selection)) return undefined;
  const results = selection.filter((one) => one !== null);
  if (results.length === 0 && selection.length > 0) return path.trim();
  if (name === 'to_array') return undefined;
  for (const result of results) {
    const missing = findMissingPart(mapped.slice(1), result);
    if (missing !== undefined) return missing;
  }
  return undefined;
};

/**
 * The part of a JMESPath expression that selects nothing, so that it tells no request from another:
 * a misspelt name, or a field that this request does not have. `undefined` when each part has
 * selected something.
 *
 * It looks at the whole selection, at the parts of a multi-select such as `[account, amount]`, and
 * at the functions `to_string`, `type`, `to_array` and `map`; not at what other functions and
 * comparisons are given. An alternative (`note || 'none'`) gives a part a value of its own.
 *
 * @param selection what the expression has selected, as JSON
 */
export const findMissingPart = (path: string, selection: unknown): string | undefined => {
  if (selection === null || selection === undefined) return path.trim();
  const tokens = lastTokensOf(path);
  if (tokens.includes('||') || tokens.includes('&&')) return undefined;
  const projections = tokens.filter(isProjection).length;
  if (projections > 0 && Array.isArray(selection) && selection.length === 0) return path.trim();
  if (projections > 1) return undefined;
  if (projections === 0 && callOf(tokens)) return findMissingInCall(path, selection);
  const selected = projections === 1 && Array.isArray(selection) ? selection : [selection];
  for (const { key, expression } of partsOf(tokens)) {
    for (const one of selected) {
      const value = (one as Readonly<Record<string | number, unknown>>)[key];
      const missing = findMissingPart(expression, value);
      if (missing !== undefined) return missing;
    }
  }
  return undefined;
};

/**
 * The parts of a JMESPath expression that are the same for every request, because they are texts in
 * single quotes or literals in backticks, or functions of these: `'amount'` is a text, `amount` and
 * `"amount"` are fields.
 *
 * @returns each such part, and whether every part is one
 */
export const findConstants = (
  path: string,
): { readonly parts: readonly string[]; readonly isAll: boolean } => {
  const tokens = lastTokensOf(path);
  const [first = ''] = splitAt(tokens, '||')[0] ?? [];
  const isLiteral = /^['`]/.test(first) && (tokens.length === 1 || tokens[1] === '||');
  if (isLiteral) return { parts: [path.trim()], isAll: true };
  if (tokens.includes('||') || tokens.includes('&&')) return { parts: [], isAll: false };
  const given = callOf(tokens)?.given ?? [];
  if (given.length > 0 && given.every((one) => findConstants(one).isAll)) {
    return { parts: [path.trim()], isAll: true };
  }
  const found = partsOf(tokens).map(({ expression }) => findConstants(expression));
  return {
    parts: found.flatMap(({ parts }) => parts),
    isAll: found.length > 0 && found.every(({ isAll }) => isAll),
  };
};
