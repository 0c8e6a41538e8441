/**
 * Cuts SQL into tokens. It looks at each character a fixed number of times, because all clients
 * wait while a text is read. So no expression here searches for an end that may not come.
 */

const isSpace = (character: string | undefined): boolean =>
  character !== undefined && ' \t\n\r\f\v'.includes(character);

const isLineEnd = (character: string | undefined): boolean =>
  character === '\n' || character === '\r';

/** The position at which a comment to the end of its line ends. */
const lineEnd = (sql: string, from: number): number => {
  let at = from;
  while (at < sql.length && !isLineEnd(sql[at])) at += 1;
  return at;
};

/** The position behind a comment that begins at `start`. PostgreSQL nests comments. */
const commentEnd = (sql: string, start: number): number => {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  do {
    const [found] = mark.exec(sql) ?? [];
    if (found === undefined) return sql.length;
    depth += found === '/*' ? 1 : -1;
  } while (depth > 0);
  return mark.lastIndex;
};

/**
 * The position behind the quote that ends a literal or a name. A doubled quote is a part of the
 * text. Without an end, the rest of the SQL is in quotes.
 */
const quoteEnd = (sql: string, from: number, quote: string): number => {
  for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] !== quote) return at + 1;
  }
  return sql.length;
};

/**
 * The position behind the quote with which a literal goes on in another line; `undefined` if it
 * does not.
 */
const continued = (sql: string, from: number): number | undefined => {
  let isNewLine = false;
  let at = from;
  for (;;) {
    if (isSpace(sql[at])) {
      isNewLine ||= isLineEnd(sql[at]);
      at += 1;
    } else if (sql.startsWith('--', at)) {
      at = lineEnd(sql, at);
    } else {
      return isNewLine && sql[at] === "'" ? at + 1 : undefined;
    }
  }
};

/** The same for literals in which a backslash escapes; they may go on in another line. */
const escapedEnd = (sql: string, from: number): number => {
  let at = from;
  while (at < sql.length) {
    if (sql[at] === '\\' || (sql[at] === "'" && sql[at + 1] === "'")) {
      at += 2;
    } else if (sql[at] === "'") {
      const next = continued(sql, at + 1);
      if (next === undefined) return at + 1;
      at = next;
    } else {
      at += 1;
    }
  }
  return sql.length;
};

const dollarQuote = /\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/y;
const word = /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y;

const matchAt = (pattern: RegExp, sql: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
};

const spaceEnd = (sql: string, from: number): number => {
  let at = from;
  while (isSpace(sql[at])) at += 1;
  return at;
};

const tokenEnd = (sql: string, start: number): number => {
  const [first, second, third] = sql.slice(start, start + 3);
  if (isSpace(first)) return spaceEnd(sql, start);
  if (first === '-' && second === '-') return lineEnd(sql, start);
  if (first === '/' && second === '*') return commentEnd(sql, start);
  if ((first === 'e' || first === 'E') && second === "'") return escapedEnd(sql, start + 2);
  if (first === "'" || first === '"') return quoteEnd(sql, start + 1, first);
  if ((first === 'u' || first === 'U') && second === '&' && third === '"') {
    return quoteEnd(sql, start + 3, '"');
  }
  const tag = first === '$' ? matchAt(dollarQuote, sql, start) : undefined;
  if (tag !== undefined) {
    const end = sql.indexOf(tag, start + tag.length);
    return end < 0 ? sql.length : end + tag.length;
  }
  return start + (matchAt(word, sql, start)?.length ?? 1);
};

const isBlankStart = (text: string): boolean =>
  isSpace(text[0]) || text.startsWith('--') || text.startsWith('/*');

/**
 * Cuts a text into tokens; comments and white space become one space each, or a line's end, which
 * joins literals. Text in quotes that are not closed is one token.
 */
export const tokenize = (sql: string): readonly string[] => {
  const tokens: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const end = tokenEnd(sql, at);
    const text = sql.slice(at, end);
    at = end;
    if (!isBlankStart(text)) tokens.push(text);
    else tokens.push(/[\n\r]/.test(text) ? '\n' : ' ');
  }
  return tokens;
};

/** Whether a text ends inside of a comment, which PostgreSQL refuses. */
export const endsInComment = (sql: string): boolean => {
  for (let at = 0, end = 0; at < sql.length; at = end) {
    end = tokenEnd(sql, at);
    if (end < sql.length || !sql.startsWith('/*', at)) continue;
    let depth = 0;
    for (const [mark] of sql.slice(at).matchAll(/\/\*|\*\//g)) depth += mark === '/*' ? 1 : -1;
    return depth > 0;
  }
  return false;
};

/** Whether a token is white space or a comment. */
export const isBlank = (token: string): boolean => token === ' ' || token === '\n';

/** Takes PostgreSQL's white space, and no other, from both ends of a text. */
export const trimSpace = (sql: string): string => {
  let end = sql.length;
  while (isSpace(sql[end - 1])) end -= 1;
  return sql.slice(Math.min(spaceEnd(sql, 0), end), end);
};

/** Quotes that are closed are longer, or end otherwise. */
const isOpen = (token: string): boolean => /^[eE]?'|^(?:[uU]&)?"|^\$/.test(token);

/**
 * The highest number of a parameter that a text names, as far as it can be read; behind open
 * quotes, too.
 */
export const highestParameter = (sql: string): number => {
  const tokens = tokenize(sql);
  const last = tokens.at(-1) ?? '';
  const outside = tokens.filter((text) => text.length === 1).join('');
  let highest = 0;
  for (const [, digits] of `${outside} ${isOpen(last) ? last : ''}`.matchAll(/\$(\d+)/g)) {
    highest = Math.max(highest, Number(digits));
  }
  return highest;
};
