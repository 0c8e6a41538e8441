import { identifierOf, isSignificant, type Token, tokenize } from './sql-lexer.ts';

/*
 * Each statement of a migration is its own transaction. A run that resumes has another connection.
 * So a change of the session alone is in force for the rest of the first run, and missing in the
 * second.
 */

const setting =
  'a setting does not outlive its statement: remove it, and name the schema in the others';
const ownLock = 'a lock of the session ends with its run: remove it, the migrator has its own';
const currentValue =
  'another run has no current value of a sequence: write the value, or take it by RETURNING in one statement';
const sessionObject = 'it belongs to the session and is absent in the next run: remove it';
const temporary =
  'a temporary object is absent in the next run: write an ordinary one, and drop it at the end';
const runsText = 'it runs a text that cannot be checked: write the statement itself';
const laterSessions =
  'it holds for the sessions of later runs and not for this one: remove it, and name the schema in the other statements';

/** Functions of PostgreSQL that change or need a session, with the reason for each refusal. */
const functions: ReadonlyMap<string, string> = new Map([
  ['set_config', setting],
  ['setseed', setting],
  ['currval', currentValue],
  ['lastval', currentValue],
  ['query_to_xml', runsText],
  ['query_to_xmlschema', runsText],
  ['query_to_xml_and_xmlschema', runsText],
  ['ts_stat', runsText],
  ['ts_rewrite', runsText],
]);

const advisory = /^pg_(?:try_)?advisory_/;

/** Words before a table and its columns in parentheses, which look like a call. */
const namesTable: ReadonlySet<string> = new Set([
  'TABLE',
  'INTO',
  'EXISTS',
  'ON',
  'VIEW',
  'REFERENCES',
]);

const wordAt = (tokens: readonly Token[], at: number): string => {
  const token = tokens[at];
  return token?.kind === 'word' ? token.text.toUpperCase() : '';
};

const textAt = (tokens: readonly Token[], at: number): string => tokens[at]?.text ?? '';

const nameAt = (tokens: readonly Token[], at: number): string | undefined => {
  const token = tokens[at];
  return token?.kind === 'word' || token?.kind === 'name' ? identifierOf(token) : undefined;
};

/** Why a call is refused. A function of the same name in another schema is not PostgreSQL's. */
const refusedCall = (tokens: readonly Token[], at: number): string | undefined => {
  if (textAt(tokens, at + 1) !== '(' || namesTable.has(wordAt(tokens, at - 1))) return undefined;
  const isQualified = textAt(tokens, at - 1) === '.';
  if (isQualified && nameAt(tokens, at - 2) !== 'pg_catalog') return undefined;
  const name = nameAt(tokens, at) ?? '';
  return functions.get(name) ?? (advisory.test(name) ? ownLock : undefined);
};

/** `U&"…"`, which can disguise any name. */
const isEscapedName = (tokens: readonly Token[], at: number): boolean => {
  const [letter, sign, name] = tokens.slice(at, at + 3);
  return (
    letter?.text.toUpperCase() === 'U' &&
    sign?.text === '&' &&
    name?.kind === 'name' &&
    sign.at === letter.at + 1 &&
    name.at === sign.at + 1
  );
};

/** Changing the view `pg_settings` changes a setting. */
const changesSettings = (tokens: readonly Token[], at: number): boolean => {
  const from = textAt(tokens, at - 1) === '.' ? at - 3 : at - 1;
  const before = wordAt(tokens, from) === 'ONLY' ? from - 1 : from;
  return nameAt(tokens, at) === 'pg_settings' && wordAt(tokens, before) === 'UPDATE';
};

const isTemporary = (tokens: readonly Token[], at: number): boolean => {
  const word = wordAt(tokens, at);
  if (word !== 'TEMP' && word !== 'TEMPORARY') return false;
  const before = wordAt(tokens, at - 1);
  return ['CREATE', 'INTO', 'LOCAL', 'GLOBAL', 'REPLACE'].includes(before);
};

const problemAt = (tokens: readonly Token[], at: number): string | undefined => {
  if (isEscapedName(tokens, at)) return 'this name is spelled by codes: write it without U&';
  if (changesSettings(tokens, at)) return setting;
  if (isTemporary(tokens, at)) return temporary;
  if (nameAt(tokens, at) === 'pg_temp' && textAt(tokens, at + 1) === '.') return temporary;
  return refusedCall(tokens, at);
};

const firstWords: ReadonlyMap<string, string> = new Map([
  ...['SET', 'RESET'].map((word) => [word, setting] as const),
  ...['EXECUTE', 'DEALLOCATE', 'DISCARD', 'LISTEN', 'UNLISTEN', 'NOTIFY', 'LOAD'].map(
    (word) => [word, sessionObject] as const,
  ),
  ...['DECLARE', 'FETCH', 'MOVE', 'CLOSE'].map((word) => [word, sessionObject] as const),
  ['LOCK', 'DSQL has no locks that wait: remove it'],
  ['DO', 'DSQL does not run DO: write the statements that are in it'],
]);

/** The roles that a migration may use. */
const connectedRoles: ReadonlySet<string | undefined> = new Set([
  'admin',
  'all',
  'current_user',
  'current_role',
  'session_user',
]);

const changesOwnRole = (tokens: readonly Token[]): boolean => {
  if (wordAt(tokens, 0) !== 'ALTER') return false;
  const kind = wordAt(tokens, 1);
  const changes = [3, 6].some((at) => ['SET', 'RESET'].includes(wordAt(tokens, at)));
  if (kind === 'DATABASE' || kind === 'SYSTEM') return changes || kind === 'SYSTEM';
  return (kind === 'ROLE' || kind === 'USER') && changes && connectedRoles.has(nameAt(tokens, 2));
};

const inFunction = (tokens: readonly Token[]): boolean => {
  const at = wordAt(tokens, 1) === 'OR' ? 3 : 1;
  return wordAt(tokens, 0) === 'CREATE' && ['FUNCTION', 'PROCEDURE'].includes(wordAt(tokens, at));
};

/** The text of a constant; undefined for a constant with escapes. */
const contentOf = ({ text }: Token): string | undefined => {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (/^[eE]'/.test(text)) return text.includes('\\') ? undefined : text.slice(2, -1);
  const tag = text.indexOf('$', 1) + 1;
  return text.slice(tag, -tag);
};

/** `AS U&'…'`: a function's body that can disguise any statement. */
const isEscapedBody = (tokens: readonly Token[], at: number): boolean =>
  wordAt(tokens, at - 3) === 'AS' &&
  wordAt(tokens, at - 2) === 'U' &&
  textAt(tokens, at - 1) === '&';

/** Why the body of a function is refused: it runs in the session of its caller. */
const bodyProblem = (tokens: readonly Token[]): string | undefined => {
  for (const [at, token] of tokens.entries()) {
    const isEscaped = isEscapedBody(tokens, at);
    if (token.kind !== 'text' || !(isEscaped || wordAt(tokens, at - 1) === 'AS')) continue;
    const body = contentOf(token);
    // PostgreSQL joins two constants that a line's end divides.
    if (isEscaped || body === undefined || tokens[at + 1]?.kind === 'text') {
      return 'this body is spelled by codes or in parts: write it between two $$';
    }
    const inner = tokenize(body).filter(isSignificant);
    const setsInside = inner.some(
      (_, index) =>
        ['SET', 'RESET'].includes(wordAt(inner, index)) &&
        (index === 0 || inner[index - 1]?.text === ';'),
    );
    if (setsInside) {
      return 'this function changes the session of its caller: write SET as a clause of CREATE FUNCTION';
    }
    const problem = inner.map((_, index) => problemAt(inner, index)).find(Boolean);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

/**
 * Why a migration may not have a statement that changes its session, or needs an earlier change of
 * it.
 *
 * @param tokens without white space and comments
 */
export const sessionProblem = (tokens: readonly Token[]): string | undefined =>
  firstWords.get(wordAt(tokens, 0)) ??
  (changesOwnRole(tokens) ? laterSessions : undefined) ??
  tokens.map((_, at) => problemAt(tokens, at)).find(Boolean) ??
  (inFunction(tokens) ? bodyProblem(tokens) : undefined);
