import { quoteLiteral } from './quote.ts';

/** A statement of DSQL's own, told apart from PostgreSQL's grammar, which does not have it. */
export type OwnStatement =
  /** `CREATE INDEX ASYNC`: `sql` without the word; `plainSql` also without `UNIQUE`. */
  | { readonly kind: 'index'; readonly sql: string; readonly plainSql: string }
  /** `ALTER TABLE ASYNC … VALIDATE CONSTRAINT`, without the word. */
  | { readonly kind: 'validation'; readonly sql: string }
  /** `AWS IAM GRANT` and `REVOKE`, as a call. */
  | { readonly kind: 'iam'; readonly sql: string; readonly tag: string };

const ownWords = /\b(?:async|iam)\b/i;

/** Whether a text may have statements of DSQL's own grammar; most texts are decided here. */
export const usesOwnGrammar = (sql: string): boolean => ownWords.test(sql);

/** What PostgreSQL takes for white space: every other character above ASCII is a letter. */
const space = String.raw`[ \t\n\r\f\v]`;

const escaped = String.raw`'(?:[^'\\]|\\[\s\S]|'')*'`;
/** Between two literals that are one: at least a line's end. */
const lineEnd = String.raw`(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:${space}|--[^\n\r]*[\n\r])*`;

const token = new RegExp(
  [
    String.raw`${space}+|--[^\n\r]*`,
    `[eE]${escaped}(?:${lineEnd}${escaped})*|'(?:[^']|'')*'|(?:[uU]&)?"(?:[^"]|"")*"`,
    String.raw`(\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)[\s\S]*?\1`,
    String.raw`[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|[\s\S]`,
  ].join('|'),
  'y',
);

/** Where a comment ends that begins here; PostgreSQL nests them. */
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

const tokenEnd = (sql: string, start: number): number => {
  if (sql.startsWith('/*', start)) return commentEnd(sql, start);
  token.lastIndex = start;
  token.exec(sql);
  return token.lastIndex;
};

/** Cuts a text into tokens; comments and white space become one space each, or a line's end, which joins literals. */
export const tokenize = (sql: string): readonly string[] => {
  const tokens: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const end = tokenEnd(sql, at);
    const text = sql.slice(at, end);
    at = end;
    if (!/^(?:[ \t\n\r\f\v]|--|\/\*)/.test(text)) tokens.push(text);
    else tokens.push(/[\n\r]/.test(text) ? '\n' : ' ');
  }
  return tokens;
};

/** Whether a token is white space or a comment. */
export const isBlank = (token: string): boolean => token === ' ' || token === '\n';

/** Takes PostgreSQL's white space, and no other, from both ends of a text. */
export const trimSpace = (sql: string): string =>
  sql.replace(/^[ \t\n\r\f\v]+/, '').replace(/[ \t\n\r\f\v]+$/, '');

/** The highest number of a parameter that a text names, as far as it can be read. */
export const highestParameter = (sql: string): number => {
  const outsideOfQuotes = tokenize(sql).filter((text) => text.length === 1);
  const numbers = outsideOfQuotes.join('').matchAll(/\$(\d+)/g);
  return Math.max(0, ...[...numbers].map(([, digits]) => Number(digits)));
};

/** Cuts a text at its semicolons, outside of quotes and comments; empty statements are left out. */
export const splitStatements = (sql: string): readonly string[] => {
  const statements: string[] = [];
  let current = '';
  for (const text of [...tokenize(sql), ';']) {
    if (text === ';') {
      const statement = trimSpace(current);
      if (statement !== '') statements.push(statement);
      current = '';
    } else {
      current += text;
    }
  }
  return statements;
};

const createIndex = /^(CREATE[ \n]+)(UNIQUE[ \n]+)?(INDEX[ \n]+)ASYNC[ \n]+([\s\S]*)$/i;
const validation = /^(ALTER[ \n]+TABLE[ \n]+)ASYNC[ \n]+([\s\S]*)$/i;
const identifier = String.raw`("(?:[^"]|"")+"|[^ \n"]+)`;
const iam = new RegExp(
  String.raw`^AWS[ \n]+IAM[ \n]+(?:(GRANT)[ \n]+${identifier}[ \n]+TO|(REVOKE)[ \n]+${identifier}[ \n]+FROM)[ \n]+('(?:[^']|'')*')$`,
  'i',
);

/** A token as PostgreSQL takes it for a name: with ASCII's letters small, or as it is in its quotes. */
export const unquote = (name: string): string =>
  name.startsWith('"')
    ? name.slice(1, -1).replaceAll('""', '"')
    : name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Recognizes one statement; `undefined` leaves it to PostgreSQL's grammar. */
export const ownStatement = (sql: string): OwnStatement | undefined => {
  const index = createIndex.exec(sql);
  if (index) {
    const [, create = '', unique = '', keyword = '', rest = ''] = index;
    return {
      kind: 'index',
      sql: `${create}${unique}${keyword}${rest}`,
      plainSql: `${create}${keyword}${rest}`,
    };
  }
  const validated = validation.exec(sql);
  if (validated) return { kind: 'validation', sql: `${validated[1]}${validated[2]}` };
  const mapping = iam.exec(sql);
  if (!mapping) return undefined;
  const [, grant, granted, , revoked, arn = ''] = mapping;
  const procedure = grant ? 'sys.iam_grant' : 'sys.iam_revoke';
  const role = quoteLiteral(unquote(granted ?? revoked ?? ''));
  return {
    kind: 'iam',
    sql: `CALL ${procedure}(${role}, ${arn})`,
    tag: `AWS IAM ${grant ? 'GRANT' : 'REVOKE'}`,
  };
};
