import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { isSignificant, tokenize } from '../../sql/sql-lexer.ts';
import type { SqlStatement } from '../../sql/sql-statements.ts';

const begins = /^(?:BEGIN(?: WORK| TRANSACTION)?|START TRANSACTION)( .+)?$/;
const ends = /^(?:COMMIT|END)(?: WORK| TRANSACTION)?(?: AND NO CHAIN)?$/;
/** Modes that every transaction of DSQL has anyway. */
const usualModes = /^(?:,? ?(?:ISOLATION LEVEL REPEATABLE READ|READ WRITE))+$/;
const controls = /^(?:COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)\b/;

const byItself = 'each statement of a migration commits by itself';
const removeThis = `${byItself}: remove this one`;

/** The words of a statement in capitals; of a long one only the first. */
const wordsOf = (sql: string): string =>
  tokenize(sql)
    .filter(isSignificant)
    .map(({ text }) => text.toUpperCase())
    .join(' ')
    .replaceAll(' , ', ', ');

/** Characters of the longest statement that controls a transaction. */
const controlLengthMax = 500;

/**
 * Leaves out `BEGIN` and `COMMIT` around a single statement, since the migrator sends them anyway.
 * A transaction of several statements is refused: DSQL takes one definition in a transaction, and
 * an interrupted run goes on behind the last committed statement.
 *
 * A COMMIT or ROLLBACK without BEGIN is kept, so that a plan refuses it together with other
 * problems.
 *
 * @throws {InvalidInput} `<source>:<line>: …` for every other transaction
 */
export const withoutTransactions = (
  statements: readonly SqlStatement[],
  source: string,
): readonly SqlStatement[] => {
  const kept: SqlStatement[] = [];
  let open: { readonly line: number; statements: number } | undefined;
  const refusal = (line: number, reason: string): InvalidInput =>
    new InvalidInput(`${source}:${line}: ${reason}`);

  for (const one of statements) {
    const words = one.sql.length > controlLengthMax ? '' : wordsOf(one.sql);
    const [begin, modes = ''] = begins.exec(words) ?? [];
    if (begin !== undefined) {
      if (open) throw refusal(one.line, removeThis);
      if (modes !== '' && !usualModes.test(modes.trim())) {
        throw refusal(one.line, 'DSQL has no such transaction for a migration: write BEGIN alone');
      }
      open = { line: one.line, statements: 0 };
    } else if (open && ends.test(words)) {
      open = undefined;
    } else if (open && controls.test(words)) {
      throw refusal(one.line, removeThis);
    } else {
      if (open) open.statements += 1;
      if (open && open.statements > 1) {
        throw refusal(
          one.line,
          `this is the second statement of a transaction, and ${byItself}: write COMMIT; BEGIN; before it, or remove both`,
        );
      }
      kept.push(one);
    }
  }
  if (open) {
    throw refusal(open.line, `this transaction has no COMMIT: ${byItself}, remove it`);
  }
  return kept;
};
