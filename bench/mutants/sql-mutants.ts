/** A rewriting of SQL that a test has to notice. */
type Rewriting = { readonly pattern: RegExp; readonly replace: (match: string) => string };

const fixed = (replacement: string) => (): string => replacement;

/** The end of a condition, or of an assignment, within one part of a text. */
const end = String.raw`(?=\s+(?:AND|ORDER|LIMIT|RETURNING|UNION|FOR)\b|\s*\)|,|$)`;

const rewritings: readonly Rewriting[] = [
  { pattern: /<=/g, replace: fixed('<') },
  { pattern: />=/g, replace: fixed('>') },
  { pattern: /(?<![<-])<(?![=>])/g, replace: fixed('<=') },
  { pattern: /(?<![-=<])>(?!=)/g, replace: fixed('>=') },
  { pattern: /\bIS NULL\b/g, replace: fixed('IS NOT NULL') },
  { pattern: /\bIS NOT NULL\b/g, replace: fixed('IS NULL') },
  { pattern: /now\(\) \+/g, replace: fixed('now() -') },
  { pattern: /now\(\) -/g, replace: fixed('now() +') },
  { pattern: / DESC\b/g, replace: fixed('') },
  { pattern: /(?<=ORDER BY (?:\w+, )*\w+)(?!\w| DESC)/g, replace: fixed(' DESC') },
  { pattern: / \+ 1\b/g, replace: fixed('') },
  { pattern: /\bDO NOTHING\b/g, replace: fixed('DO UPDATE SET') },
  { pattern: /\bON CONFLICT (?:\([^)]*\) )?DO NOTHING\b/g, replace: fixed('') },
  { pattern: /\bUNION ALL\b/g, replace: fixed('UNION') },
  { pattern: / LIMIT \d+\b/g, replace: fixed('') },
  { pattern: /\bDISTINCT /g, replace: fixed('') },
  { pattern: / OR /g, replace: fixed(' AND ') },
  {
    pattern: new RegExp(String.raw`\s+AND\s+[^,()]*?(?:\([^()]*\)[^,()]*?)*${end}`, 'g'),
    replace: fixed(''),
  },
  { pattern: /\bWHERE\s+[^,()]*?(?:\([^()]*\)[^,()]*?)*\s+AND\b/g, replace: fixed('WHERE') },
  { pattern: /, \w+ = (?:NULL|now\(\)|\d+)/g, replace: fixed('') },
  { pattern: /\bSET \w+ = (?:NULL|now\(\)|\d+), /g, replace: fixed('SET ') },
];

const statement =
  /\b(?:(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|ORDER BY|IS (?:NOT )?NULL)\b|now\(\))/;

/** Whether a text is SQL, or a part of it. */
export const isSql = (text: string): boolean => statement.test(text);

/** The texts that differ from a part of SQL by one rewriting at one place, none twice. */
export const sqlMutants = (text: string): readonly string[] => {
  const mutants = rewritings.flatMap(({ pattern, replace }) =>
    [...text.matchAll(pattern)].map(
      (match) =>
        text.slice(0, match.index) + replace(match[0]) + text.slice(match.index + match[0].length),
    ),
  );
  return [...new Set(mutants)].filter((mutant) => mutant !== text);
};
