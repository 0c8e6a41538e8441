/** What a statement takes in place of a parameter: an array, an array of JSON values, or JSON. */
export type ArrayKind = 'array' | 'json' | 'json[]';

/** A type of PostgreSQL's own, with its length and its brackets. */
const type =
  /^\s*(double\s+precision|(?:character|bit)\s+varying|time(?:stamp)?(?:\s*\(\d\))?\s+with(?:out)?\s+time\s+zone|(?:"?pg_catalog"?\s*\.\s*)?"?[a-z_]\w*"?)(?:\s*\([\d, ]*\))?(?:\s*(\[|array\b))?/i;

/** Types without brackets that an array may be cast to; another name may be a domain over anything. */
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'character varying', 'bpchar']);

const kindOfType = (after: string): ArrayKind | undefined => {
  const [, given = '', brackets] = type.exec(after) ?? [];
  const name = given
    .toLowerCase()
    .replaceAll('"', '')
    .replace(/^pg_catalog\s*\.\s*/, '');
  const isJson = name === 'json' || name === 'jsonb';
  if (brackets !== undefined) return isJson ? 'json[]' : 'array';
  if (isJson) return 'json';
  return texts.has(name) || name.startsWith('_') ? 'array' : undefined;
};

/** Functions and operators whose first argument is an array. */
const ofArrays = /^(?:any|all|some|unnest|cardinality|array_\w+)$/i;

/** Functions whose first argument is JSON. */
const ofJson =
  /^jsonb?_(?:array_elements(?:_text)?|array_length|each(?:_text)?|extract_path(?:_text)?|insert|object_keys|path_\w+|pretty|set|strip_nulls|to_record(?:set)?|typeof)$/i;

/** The longest piece of text that shows a type, or the name of a function. Characters. */
const pieceMax = 100;

/** How far back the parenthesis is looked for that encloses a parameter. Characters. */
const lookBehindMax = 1_000;

const wordAtEnd = (piece: string): string => /(\w+)\s*$/.exec(piece)?.[1] ?? '';

/** The word before the parenthesis that encloses a place, and which of its arguments the place is. */
const callAround = (sql: string, at: number) => {
  let depth = 0;
  let argument = 0;
  for (let index = at - 1; index >= Math.max(0, at - lookBehindMax); index -= 1) {
    const character = sql[index];
    if (character === ')') depth += 1;
    else if (character === ',' && depth === 0) argument += 1;
    else if (character === '(' && depth > 0) depth -= 1;
    else if (character === '(') {
      return { name: wordAtEnd(sql.slice(Math.max(0, index - pieceMax), index)), argument };
    }
  }
  return { name: '', argument };
};

const kindAt = (sql: string, start: number, end: number): ArrayKind | undefined => {
  const after = sql.slice(end, end + pieceMax).trimStart();
  if (after.startsWith('::')) return kindOfType(after.slice(2));
  const { name, argument } = callAround(sql, start);
  if (/^cast$/i.test(name) && /^as\s/i.test(after)) return kindOfType(after.slice(2));
  if (argument > 0) return /^unnest$/i.test(name) ? 'array' : undefined;
  if (ofArrays.test(name)) return 'array';
  return ofJson.test(name) ? 'json' : undefined;
};

/**
 * What a statement's text shows of the kind of a parameter that is an array; the first place that shows it counts, as it
 * does for PostgreSQL.
 *
 * @param number 1 for `$1`
 * @returns undefined where the text does not show it, as in `tags = $1`
 */
export const arrayKindOf = (sql: string, number: number): ArrayKind | undefined => {
  const name = `$${number}`;
  let start = sql.indexOf(name);
  while (start >= 0) {
    const end = start + name.length;
    const kind = /\d/.test(sql[end] ?? '') ? undefined : kindAt(sql, start, end);
    if (kind) return kind;
    start = sql.indexOf(name, end);
  }
  return undefined;
};
