/** The type that a statement expects of a parameter: an array, an array of JSON values, or JSON. */
export type ArrayKind = 'array' | 'json' | 'json[]';

/** A type of PostgreSQL's own, with its length and its brackets. */
const type =
  /^\s*(double\s+precision|(?:character|bit)\s+varying|time(?:stamp)?(?:\s*\(\d\))?\s+with(?:out)?\s+time\s+zone|(?:"?pg_catalog"?\s*\.\s*)?"?[a-z_]\w*"?)(?:\s*\([\d, ]*\))?(?:\s*(\[|array\b))?/i;

/** Types without brackets that an array may be cast to. Any other name may be a domain. */
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

/** Characters before a parameter in which its enclosing parenthesis is searched. */
const lookBehindMax = 1_000;

const wordAtEnd = (piece: string): string => piece.trimEnd().split(/\W/).at(-1) ?? '';

/** The function around a place in the SQL, and the number of the argument that the place is in. */
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

type Place = { readonly start: number; readonly end: number };

/** The places of each parameter. They are found once, since a statement may have thousands. */
const placesIn = (sql: string): ReadonlyMap<number, readonly Place[]> => {
  const places = new Map<number, Place[]>();
  for (const { 0: name, index: start } of sql.matchAll(/\$\d+/g)) {
    const number = Number(name.slice(1));
    const place = { start, end: start + name.length };
    const known = places.get(number);
    if (known) known.push(place);
    else places.set(number, [place]);
  }
  return places;
};

/** The expected type of a parameter whose value is an array, by its number: 1 for `$1`. */
export type ArrayKinds = (number: number) => ArrayKind | undefined;

/**
 * Reads in a statement's text which type it expects of a parameter whose value is an array. The
 * first place that shows the type counts, as for PostgreSQL. The answer is undefined where no place
 * shows it, as in `tags = $1`.
 */
export const arrayKindsOf = (sql: string): ArrayKinds => {
  let places: ReadonlyMap<number, readonly Place[]> | undefined;
  return (number) => {
    places ??= placesIn(sql);
    for (const { start, end } of places.get(number) ?? []) {
      const kind = kindAt(sql, start, end);
      if (kind) return kind;
    }
    return undefined;
  };
};
