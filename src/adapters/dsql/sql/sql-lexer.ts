/**
 * The kind of a token.
 *
 * `text` is a constant, in quotes or between dollars; `name` an identifier in double quotes; `word`
 * a keyword or an identifier without quotes; `open` a constant, name or comment whose end is
 * missing, up to the end of the SQL.
 */
export type TokenKind = 'space' | 'comment' | 'text' | 'name' | 'word' | 'symbol' | 'open';

export type Token = {
  readonly kind: TokenKind;
  readonly text: string;
  /** The position of its first character. */
  readonly at: number;
};

/** Finds the end of a token, from behind its opening; -1 where the end is missing. */
type FindEnd = (sql: string, from: number) => number;

/** The end of a quoted part, in which a doubled quote stands for one. */
const afterQuote =
  (quote: string): FindEnd =>
  (sql, from) => {
    for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2)) {
      if (sql[at + 1] !== quote) return at + 1;
    }
    return -1;
  };

const afterLine: FindEnd = (sql, from) => {
  const lineEnd = /[\n\r]/g;
  lineEnd.lastIndex = from;
  return lineEnd.exec(sql)?.index ?? sql.length;
};

/**
 * The position behind the quote at which a constant continues; -1 where it does not continue.
 * Between the two parts are only white space, with a line's end, and comments. A regular expression
 * for this would take exponential time.
 */
const afterContinuation: FindEnd = (sql, from) => {
  let isNewLine = false;
  let at = from;
  for (;;) {
    const character = sql[at];
    if (character === '\n' || character === '\r') isNewLine = true;
    else if (sql.startsWith('--', at)) at = afterLine(sql, at) - 1;
    else if (character === undefined || !' \t\f\v'.includes(character)) break;
    at += 1;
  }
  return isNewLine && sql[at] === "'" ? at + 1 : -1;
};

/**
 * Constants of the form `E'…'`, in which a backslash escapes; their continuations are of the same
 * form.
 */
const afterEscapes: FindEnd = (sql, from) => {
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === "'" && sql[at + 1] === "'") at += 1;
    else if (sql[at] === "'") {
      const next = afterContinuation(sql, at + 1);
      if (next < 0) return at + 1;
      at = next - 1;
    }
  }
  return -1;
};

/** Comments between slashes and stars nest. */
const afterComment: FindEnd = (sql, from) => {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 1;
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return -1;
};

const afterTag =
  (tag: string): FindEnd =>
  (sql, from) => {
    const at = sql.indexOf(tag, from);
    return at < 0 ? -1 : at + tag.length;
  };

type Opening = {
  readonly kind: TokenKind;
  readonly pattern: RegExp;
  /** Makes the function that finds the end; undefined where the pattern is the whole token. */
  readonly end: ((opening: string) => FindEnd) | undefined;
};

/** Openings in the order of trial. As in PostgreSQL, every character above 0x7F is a letter. */
const openings: readonly Opening[] = [
  { kind: 'space', pattern: /[ \t\n\r\f\v]+/y, end: undefined },
  { kind: 'comment', pattern: /--/y, end: () => afterLine },
  { kind: 'comment', pattern: /\/\*/y, end: () => afterComment },
  { kind: 'text', pattern: /[eE]'/y, end: () => afterEscapes },
  { kind: 'text', pattern: /'/y, end: () => afterQuote("'") },
  { kind: 'name', pattern: /"/y, end: () => afterQuote('"') },
  {
    kind: 'text',
    pattern: /\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$/y,
    end: afterTag,
  },
  { kind: 'word', pattern: /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y, end: undefined },
  { kind: 'symbol', pattern: /\$?\d[\w.]*|::|:=|[\s\S]/y, end: undefined },
];

const tokenAt = (sql: string, at: number): Token => {
  for (const { kind, pattern, end } of openings) {
    pattern.lastIndex = at;
    const [opening] = pattern.exec(sql) ?? [];
    if (opening === undefined) continue;
    const from = at + opening.length;
    const to = end === undefined ? from : end(opening)(sql, from);
    return to < 0
      ? { kind: 'open', text: sql.slice(at), at }
      : { kind, text: sql.slice(at, to), at };
  }
  // The last pattern matches any character.
  return { kind: 'symbol', text: sql.charAt(at), at };
};

/** Cuts SQL into tokens as PostgreSQL's lexer does. Joined, the tokens are the whole text. */
export const tokenize = (sql: string): readonly Token[] => {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
};

/** Whether a token is neither white space nor a comment. */
export const isSignificant = ({ kind }: Token): boolean => kind !== 'space' && kind !== 'comment';

/** The identifier that a word or a name denotes. */
export const identifierOf = ({ kind, text }: Token): string =>
  kind === 'name' ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
