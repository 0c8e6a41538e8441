import { sessionProblem } from './session-effects.ts';
import { identifierOf, isSignificant, type Token, tokenize } from './sql-lexer.ts';
import { outline } from './sql-outline.ts';

/** What a statement has DSQL build, as far as its text says. */
export type BuildTarget = {
  readonly kind: 'index' | 'constraint';
  /** Absent where the statement names none: the first of the search path. */
  readonly schema: string | undefined;
  /** The table of a constraint; an index is found by its own name. */
  readonly table: string | undefined;
  readonly name: string;
};

/** What a migrator has to know of a statement before it sends it. */
export type StatementShape = {
  /** `data` can share a transaction with other data; anything else is alone in one. */
  readonly kind: 'ddl' | 'data';
  readonly builds: BuildTarget | undefined;
  /** SQLSTATEs that say, when the statement is sent again, that it has taken effect before. */
  readonly doneCodes: readonly string[];
  /** Why no migration may have it. */
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
 * What a statement answers whose first sending took effect while its answer was lost: `duplicate …` for what makes
 * something, `undefined …` for what takes it away.
 */
const doneCodesByPattern: readonly (readonly [pattern: RegExp, codes: readonly string[]])[] = [
  // A table, index, view or sequence; a role, constraint or domain; a schema; a function.
  [/^CREATE\b/, ['42P07', '42710', '42P06', '42723']],
  [/^ALTER\b.* ADD\b/, ['42701', '42710', '42P07']],
  [/^DROP\b/, ['42P01', '42704', '3F000', '42883']],
  [/^ALTER\b.* DROP\b/, ['42703', '42704']],
  [/^ALTER\b.* RENAME\b/, ['42P01', '42703', '42704']],
  [/^AWS IAM GRANT\b/, ['42710']],
  [/^AWS IAM REVOKE\b/, ['42704']],
];

/** A name of one or two parts at a place, and how many tokens it takes. */
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

/** Statements of PostgreSQL's, and DSQL's own. */
const firstWords: ReadonlySet<string> = new Set(
  `ABORT ALTER ANALYZE AWS BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE
   DISCARD DO DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN
   REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN
   UPDATE VACUUM VALUES WITH`.split(/\s+/),
);

/** A text of another language, or of another tool. */
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

/** Reads a statement as far as a migrator needs it; whether DSQL accepts it is another question. */
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
