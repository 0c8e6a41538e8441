import { canonical, type Node, type SchemaProblem, typesOf, valuesOf } from './schema-node.ts';

/** A bound, the types that it concerns, and its words. */
type Bound = readonly [keyword: string, types: readonly string[], words: string];

const numbers = ['number', 'integer'];

const lowerBounds: readonly Bound[] = [
  ['minimum', numbers, 'a value of at least'],
  ['exclusiveMinimum', numbers, 'a value above'],
  ['minLength', ['string'], 'a length of at least'],
  ['minItems', ['array'], 'a count of items of at least'],
  ['minProperties', ['object'], 'a count of fields of at least'],
];

const upperBounds: readonly Bound[] = [
  ['maximum', numbers, 'a value of at most'],
  ['exclusiveMaximum', numbers, 'a value below'],
  ['maxLength', ['string'], 'a length of at most'],
  ['maxItems', ['array'], 'a count of items of at most'],
  ['maxProperties', ['object'], 'a count of fields of at most'],
];

/** Rules that a reader may drop but neither add nor change. */
const exactRules: readonly (readonly [keyword: string, types: readonly string[]])[] = [
  ['pattern', ['string']],
  ['format', ['string']],
  ['multipleOf', numbers],
  ['uniqueItems', ['array']],
];

const numberIn = (node: Node, keyword: string): number | undefined => {
  const value = node[keyword];
  return typeof value === 'number' ? value : undefined;
};

/** The bounds that a list of values keeps. */
const boundsOf = (values: readonly unknown[]): Node => {
  const lengths = values.filter((value) => typeof value === 'string').map((text) => text.length);
  const amounts = values.filter((value) => typeof value === 'number');
  const range = (min: string, max: string, found: readonly number[]): Node =>
    found.length === 0 ? {} : { [min]: Math.min(...found), [max]: Math.max(...found) };
  return { ...range('minLength', 'maxLength', lengths), ...range('minimum', 'maximum', amounts) };
};

/** Why a reader may refuse data for a bound or a rule that the writer does not keep. */
export const boundProblems = (
  given: Node,
  reader: Node,
  path: string,
): readonly SchemaProblem[] => {
  const values = valuesOf(given);
  const writer = values ? { ...given, ...boundsOf(values) } : given;
  const types = typesOf(writer);
  const may = (concerned: readonly string[]): boolean =>
    types === undefined || concerned.some((type) => types.has(type));
  const exceeded = (bounds: readonly Bound[], isWithin: (own: number, limit: number) => boolean) =>
    bounds.flatMap(([keyword, concerned, words]) => {
      const limit = numberIn(reader, keyword);
      if (limit === undefined || !may(concerned)) return [];
      const own = numberIn(writer, keyword);
      if (own !== undefined && isWithin(own, limit)) return [];
      const has = own === undefined ? 'has no such limit' : `may have ${words} ${own}`;
      return [{ path, message: `${has}, and the reader requires ${words} ${limit}` }];
    });
  const changed = exactRules.flatMap(([keyword, concerned]) => {
    const rule = reader[keyword];
    if (rule === undefined || rule === false || !may(concerned)) return [];
    if (canonical(writer[keyword]) === canonical(rule)) return [];
    return [{ path, message: `has another ${keyword}, and must have ${JSON.stringify(rule)}` }];
  });
  return [
    ...exceeded(lowerBounds, (own, limit) => own >= limit),
    ...exceeded(upperBounds, (own, limit) => own <= limit),
    ...changed,
  ];
};
