import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { placedTokens } from '../../sql/placed-tokens.ts';
import { identifierOf, isSignificant, type Token } from '../../sql/sql-lexer.ts';
import { mentionsDown } from './migration-markers.ts';

/*
 * No list of headings is complete. A file of an unknown tool, or of a person, shows its down half
 * by two signs together: a comment mentions undoing, and a later statement drops an object of the
 * file.
 */

const wordOf = ({ kind, text }: Token): string => (kind === 'word' ? text.toUpperCase() : '');

/** Words between the verb and the name of the object that is dropped. */
const between: ReadonlySet<string> = new Set(
  'COLUMN CONSTRAINT DOMAIN EXISTS FUNCTION IF INDEX ONLY ROLE SCHEMA SEQUENCE TABLE VIEW'.split(
    ' ',
  ),
);

/** The position of the verb before the name of the dropped object; -1 where there is none. */
const verbAt = (words: readonly string[]): number => {
  const [first] = words;
  if (first === 'DROP' || first === 'TRUNCATE') return 0;
  if (first === 'DELETE') return words.indexOf('FROM');
  if (first !== 'ALTER') return -1;
  return words.includes('RENAME') ? words.lastIndexOf('TO') : words.indexOf('DROP');
};

/**
 * The name of the object that a statement drops, without its schema; undefined for other
 * statements.
 */
const takenAway = (statement: readonly Token[]): string | undefined => {
  const words = statement.map(wordOf);
  const verb = verbAt(words);
  if (verb < 0) return undefined;
  let at = words.findIndex((word, index) => index > verb && !between.has(word));
  while (statement[at + 1]?.text === '.') at += 2;
  const name = statement[at];
  return name && identifierOf(name);
};

/**
 * Refuses a text in which a comment mentions undoing, and a later statement drops an object that an
 * earlier one names.
 *
 * @param source names the text in errors
 * @throws {InvalidInput} `<source>:<line>: …` with the line of the comment
 */
export const refuseUndoing = (text: string, source: string): void => {
  const named = new Set<string>();
  let statement: Token[] = [];
  let remark: number | undefined;

  const end = (): void => {
    const taken = remark === undefined ? undefined : takenAway(statement);
    if (taken !== undefined && named.has(taken)) {
      throw new InvalidInput(
        `${source}:${remark}: a down half seems to begin here, since a later statement takes away ${taken}, which this file has: remove both, or reword the comment`,
      );
    }
    for (const token of statement) {
      if (token.kind === 'word' || token.kind === 'name') named.add(identifierOf(token));
    }
    statement = [];
  };

  for (const { token, line } of placedTokens(text)) {
    if (token.kind === 'comment') {
      const isBehind = named.size > 0 || statement.length > 0;
      if (isBehind && mentionsDown(token.text)) remark ??= line;
    } else if (token.text === ';') end();
    else if (isSignificant(token)) statement.push(token);
  }
  end();
};
