import { sessionProblem } from './session-effects.ts';
import { identifierOf, isSignificant, type Token, tokenize } from './sql-lexer.ts';
import { outline } from './sql-outline.ts';

/**
 * The index or constraint that DSQL builds for a statement, as far as the statement's text tells.
 */
export type BuildTarget = {
  readonly kind: 'index' | 'constraint';
  /** Absent where the statement names no schema: then it is the first of the search path. */
  readonly schema: string | undefined;
  /** The table of a constraint. An index is found by its own name. */
  readonly table: string | undefined;
  readonly name: string;
};

/** The facts about a statement that a migrator needs before it sends the statement. */
export type StatementShape = {
  /** Only statements of `data` can share a transaction. */
  readonly kind: 'ddl' | 'data';
  readonly builds: BuildTarget | undefined;
  /** SQLSTATEs which tell, after a second sending, that the first one has taken effect. */
  readonly doneCodes: readonly string[];
  /** Why no migration may have this statement. */
  readonly problem: string | undefined;
};

const dataPattern = /^(?:(?:INSERT|UPDATE|DELETE|MERGE|SELECT|VALUES|WITH|TABLE)\b|\()/;

const problems: readonly (readonly [pattern: RegExp, problem: string])[] = [
  [
    /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE)\b/,
    'each statement of a migration commits by itself: remove this one',
  ],
  [/^COPY\b/, 'COPY needs data from a client: write INSERT'],
  [/^(?:EXPLAIN|SHOW)\b/, 'this changes nothing: remove it'],
  [/^CALL SYS \. WAIT_FOR_JOB\b/, 'the migrator waits for jobs by itself: remove this statement'],
];

/**
 * SQLSTATEs of a statement that is sent again after the first sending took effect and its answer
 * was lost: `duplicate …` for a statement that creates, `undefined …` for one that drops.
 */
const doneCodesByPattern: readonly (readonly [pattern: RegExp, codes: readonly string[]])[] = [
  // In this order: a table, index, view or sequence; a role, constraint or domain; a schema; a
  // function.
  [/^CREATE\b/, ['42P07', '42710', '42P06', '42723']],
  [/^ALTER\b.* ADD\b/, ['42701', '42710', '42P07']],
  [/^DROP\b/, ['42P01', '42704', '3F000', '42883']],
  [/^ALTER\b.* DROP\b/, ['42703', '42704']],
  [/^ALTER\b.* RENAME\b/, ['42P01', '42703', '42704']],
  [/^AWS IAM GRANT\b/, ['42710']],
  [/^AWS IAM REVOKE\b/, ['42704']],
];

/** A name of one or two parts at a position, and the number of its tokens. */
const qualifiedName = (tokens: readonly Token[], at: number) => {
  const [first, dot, second] = tokens.slice(at, at + 3);
  if (!first) return undefined;
  return dot?.text === '.' && second
    ? { schema: identifierOf(first), name: identifierOf(second), length: 3 }
    : { schema: undefined, name: identifierOf(first), length: 1 };
};

const indexHead = /^CREATE (?:UNIQUE )?INDEX ASYNC (?:IF NOT EXISTS )?/;
const validationHead = /^ALTER TABLE ASYNC (?:IF EXISTS )?(?:ONLY )?/;

const wordsIn = (text: string): number => text.trim().split(' ').length;

const readIndex = (tokens: readonly Token[], head: string): BuildTarget | undefined => {
  const at = wordsIn(head);
  const name = tokens[at];
  if (!name || tokens[at + 1]?.text.toUpperCase() !== 'ON') return undefined;
  const only = tokens[at + 2]?.text.toUpperCase() === 'ONLY' ? 1 : 0;
  const table = qualifiedName(tokens, at + 2 + only);
  return {
    kind: 'index',
    schema: table?.schema,
    table: table?.name,
    name: identifierOf(name),
  };
};

const readValidation = (tokens: readonly Token[], head: string): BuildTarget | undefined => {
  const at = wordsIn(head);
  const table = qualifiedName(tokens, at);
  const name = table && tokens[at + table.length + 2];
  return (
    name && {
      kind: 'constraint',
      schema: table.schema,
      table: table.name,
      name: identifierOf(name),
    }
  );
};

/** First words of PostgreSQL's statements, and of DSQL's own. */
const firstWords: ReadonlySet<string> = new Set(
  `ABORT ALTER ANALYZE AWS BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE
   DISCARD DO DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN
   REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN
   UPDATE VACUUM VALUES WITH`.split(/\s+/),
);

/** The problem of a text that is no SQL, or belongs to another tool. */
const beginsOtherwise = ([first]: readonly Token[]): string | undefined => {
  if (!first || '(;'.includes(first.text) || firstWords.has(first.text.toUpperCase()))
    return undefined;
  const shown = first.kind === 'text' || first.kind === 'open' ? 'a constant' : first.text;
  return `no statement of SQL begins with ${shown}: remove it, or write SQL`;
};

const problemOf = (tokens: readonly Token[], text: string): string | undefined =>
  problems.find(([pattern]) => pattern.test(text))?.[1] ??
  sessionProblem(tokens) ??
  beginsOtherwise(tokens);

/** Reads the facts about a statement. It does not check whether DSQL accepts the statement. */
export const shapeOf = (sql: string): StatementShape => {
  const tokens = tokenize(sql).filter(isSignificant);
  const text = outline(tokens);
  const [index] = indexHead.exec(text) ?? [];
  const [validation] = validationHead.exec(text) ?? [];
  const builds =
    (index === undefined ? undefined : readIndex(tokens, index)) ??
    (validation === undefined ? undefined : readValidation(tokens, validation));
  const nameless = index !== undefined && builds === undefined;
  const problem = nameless
    ? 'name the index: CREATE INDEX ASYNC <name> ON … can be found again after a lost answer'
    : problemOf(tokens, text);
  return {
    kind: dataPattern.test(text) ? 'data' : 'ddl',
    builds,
    doneCodes: doneCodesByPattern.flatMap(([pattern, codes]) => (pattern.test(text) ? codes : [])),
    problem,
  };
};
