import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { isSignificant, tokenize } from '../../sql/sql-lexer.ts';
import type { SqlStatement } from '../../sql/sql-statements.ts';

const begins = /^(?:BEGIN(?: WORK| TRANSACTION)?|START TRANSACTION)( .+)?$/;
const ends = /^(?:COMMIT|END)(?: WORK| TRANSACTION)?(?: AND NO CHAIN)?$/;
/** The modes that every transaction of DSQL has. */
const usualModes = /^(?:,? ?(?:ISOLATION LEVEL REPEATABLE READ|READ WRITE))+$/;
const controls = /^(?:COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)\b/;

const byItself = 'each statement of a migration commits by itself';
const removeThis = `${byItself}: remove this one`;

/** The words of a statement, in capitals; of a long one only as many as control takes. */
const wordsOf = (sql: string): string =>
  tokenize(sql)
    .filter(isSignificant)
    .map(({ text }) => text.toUpperCase())
    .join(' ')
    .replaceAll(' , ', ', ');

/** Longer ones control no transaction. Characters. */
const controlLengthMax = 500;

/**
 * Leaves out `BEGIN` and `COMMIT` around a single statement, which say what the migrator does anyway. A transaction of
 * several is refused: DSQL takes one definition in a transaction, and a run that is interrupted goes on behind the last
 * statement that has committed.
 *
 * A COMMIT or ROLLBACK without its BEGIN is kept, so that a plan refuses it together with the other problems.
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
