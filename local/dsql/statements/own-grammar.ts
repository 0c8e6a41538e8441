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

/** PostgreSQL nests comments; deeper than this nobody does. */
const commentDepthMax = 4;

const comment = (depth: number): string =>
  String.raw`\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)${depth > 1 ? `|${comment(depth - 1)}` : ''})*\*\/`;

const token = new RegExp(
  [
    String.raw`\s+|--[^\n\r]*|${comment(commentDepthMax)}`,
    String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|(?:[uU]&)?"(?:[^"]|"")*"`,
    String.raw`(\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)[\s\S]*?\1`,
    String.raw`[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|[\s\S]`,
  ].join('|'),
  'gy',
);

/** Cuts a text into tokens; comments and white space become one space each, or a line's end, which joins literals. */
export const tokenize = (sql: string): readonly string[] =>
  [...sql.matchAll(token)].map(([text]) => {
    if (!/^(?:\s|--|\/\*)/.test(text)) return text;
    return /[\n\r]/.test(text) ? '\n' : ' ';
  });

/** Cuts a text at its semicolons, outside of quotes and comments; empty statements are left out. */
export const splitStatements = (sql: string): readonly string[] => {
  const statements: string[] = [];
  let current = '';
  for (const text of [...tokenize(sql), ';']) {
    if (text === ';') {
      if (current.trim() !== '') statements.push(current.trim());
      current = '';
    } else {
      current += text;
    }
  }
  return statements;
};

const createIndex = /^(CREATE\s+)(UNIQUE\s+)?(INDEX\s+)ASYNC\s+([\s\S]*)$/i;
const validation = /^(ALTER\s+TABLE\s+)ASYNC\s+([\s\S]*)$/i;
const identifier = String.raw`("(?:[^"]|"")+"|[^\s"]+)`;
const iam = new RegExp(
  String.raw`^AWS\s+IAM\s+(?:(GRANT)\s+${identifier}\s+TO|(REVOKE)\s+${identifier}\s+FROM)\s+('(?:[^']|'')*')$`,
  'i',
);

const unquote = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

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
