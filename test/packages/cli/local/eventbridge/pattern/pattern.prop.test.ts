import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';

/**
 * Event patterns by the rules of EventBridge's user guide, as plainly as they can be written: an
 * event matches when one element of each of its arrays can be chosen so that every field of the
 * pattern finds what it asks for.
 */
type Scalar = string | number | boolean | null;
type Value = Scalar | readonly Value[] | { readonly [field: string]: Value };
type Fields = { readonly [field: string]: Value };
type Chosen = Scalar | { readonly [field: string]: Chosen } | undefined;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every way to choose one element of each array. */
const choices = (value: Value): readonly Chosen[] => {
  if (Array.isArray(value)) {
    return value.length === 0 ? [undefined] : (value as readonly Value[]).flatMap(choices);
  }
  if (!isFields(value)) return [value as Scalar];
  return Object.entries(value).reduce<readonly { readonly [field: string]: Chosen }[]>(
    (made, [field, inner]) =>
      made.flatMap((one) => choices(inner).map((chosen) => ({ ...one, [field]: chosen }))),
    [{}],
  );
};

/** A test of one field. */
type Matcher =
  | Scalar
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string }
  | { readonly numeric: readonly ['<' | '<=' | '>' | '>=' | '=', number] }
  | { readonly 'anything-but': readonly string[] | readonly number[] }
  | { readonly 'anything-but': { readonly prefix: string } | { readonly suffix: string } };

const compare = (value: number, operator: string, limit: number): boolean => {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    default:
      return value === limit;
  }
};

/** Whether a text is made of the parts between the stars of a wildcard, in order. */
const fitsWildcard = (wildcard: string, text: string): boolean =>
  wildcard === ''
    ? text === ''
    : wildcard.startsWith('*')
      ? Array.from({ length: text.length + 1 }, (_, at) => text.slice(at)).some((rest) =>
          fitsWildcard(wildcard.slice(1), rest),
        )
      : text.startsWith(wildcard.charAt(0)) && fitsWildcard(wildcard.slice(1), text.slice(1));

const passes = (matcher: Matcher, value: Scalar): boolean => {
  if (typeof matcher !== 'object' || matcher === null) return value === matcher;
  if ('numeric' in matcher) {
    return typeof value === 'number' && compare(value, ...matcher.numeric);
  }
  if ('anything-but' in matcher) {
    const but = matcher['anything-but'];
    if (isFields(but)) return !passes(but as Matcher, value);
    return !(but as readonly Scalar[]).includes(value);
  }
  if (typeof value !== 'string') return false;
  if ('prefix' in matcher) return value.startsWith(matcher.prefix);
  if ('suffix' in matcher) return value.endsWith(matcher.suffix);
  if ('wildcard' in matcher) return fitsWildcard(matcher.wildcard, value);
  return value.toLowerCase() === matcher['equals-ignore-case'].toLowerCase();
};

type Pattern = { readonly [field: string]: readonly Matcher[] | Pattern };

const fits = (pattern: Pattern, chosen: Chosen): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const value = isFields(chosen) ? (chosen as { [field: string]: Chosen })[field] : undefined;
    if (!Array.isArray(wanted)) return fits(wanted as Pattern, value);
    if (value === undefined || isFields(value)) return false;
    return (wanted as readonly Matcher[]).some((matcher) => passes(matcher, value as Scalar));
  });

// Few fields, texts and numbers, so that patterns and events meet.
const field = fc.constantFrom('a', 'b', 'c');
const word = fc.stringMatching(/^[abA]{0,3}$/);
const part = fc.stringMatching(/^[abA]{1,2}$/);
const number = fc.constantFrom(-1, 0, 1, 1.5, 2, 10);
const scalar: fc.Arbitrary<Scalar> = fc.oneof(word, number, fc.boolean(), fc.constant(null));

const matcher: fc.Arbitrary<Matcher> = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: fc.record({ prefix: part }), weight: 1 },
  { arbitrary: fc.record({ suffix: part }), weight: 1 },
  { arbitrary: fc.record({ 'equals-ignore-case': word }), weight: 1 },
  {
    arbitrary: fc.record({
      wildcard: fc.constantFrom('*', 'a*', '*a', '*a*', 'a*b', 'a*b*', 'ab', '*A*b'),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      numeric: fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '='), number),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      'anything-but': fc.oneof(
        fc.array(word, { minLength: 1, maxLength: 2 }),
        fc.array(number, { minLength: 1, maxLength: 2 }),
        fc.record({ prefix: part }),
        fc.record({ suffix: part }),
      ),
    }),
    weight: 1,
  },
) as fc.Arbitrary<Matcher>;

const { pattern } = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.dictionary(
    field,
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.array(matcher, { minLength: 1, maxLength: 3 }),
      tie('pattern'),
    ),
    { minKeys: 1, maxKeys: 2 },
  ) as fc.Arbitrary<Pattern>,
}));

const { fields: event } = fc.letrec<{ fields: Fields; value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.array(tie('fields'), { minLength: 1, maxLength: 2 }),
    tie('fields'),
  ) as fc.Arbitrary<Value>,
  fields: fc.dictionary(field, tie('value'), { maxKeys: 3 }) as fc.Arbitrary<Fields>,
}));

/** An event that has, for each field of a pattern, what a fitting one would often have. */
const near = (of: Pattern): fc.Arbitrary<Fields> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(of).map(([name, wanted]): [string, fc.Arbitrary<Value>] => {
          if (!Array.isArray(wanted)) {
            const inner = near(wanted as Pattern);
            return [name, fc.oneof(inner, fc.array(inner, { maxLength: 2 }))];
          }
          const exact = (wanted as readonly Matcher[]).filter((one) => !isFields(one));
          const value = fc.oneof(scalar, fc.constantFrom(...(exact as Scalar[]), 'ab'));
          return [name, fc.oneof(value, fc.array(value, { maxLength: 3 }))];
        }),
      ),
    )
    .map((made) => made as Fields);

const pair = pattern.chain((one) =>
  fc.tuple(fc.constant(one), fc.oneof(event, near(one), near(one))),
);

describe('an event pattern', () => {
  it('matches the events that fit it by the rules of EventBridge, and no others', () => {
    const seen = { matched: 0, left: 0 };
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const expected = choices(other).some((chosen) => fits(one, chosen));
        seen[expected ? 'matched' : 'left'] += 1;
        expect(compilePattern(JSON.stringify(one)).matches(JSON.stringify(other))).toBe(expected);
      }),
      { numRuns: 300 },
    );
    // Both happen often, so that neither answer alone would do. About 60 of 300 match; chance never
    // gives 15.
    expect(Math.min(seen.matched, seen.left)).toBeGreaterThan(15);
  });

  it('takes its fields from one element of an array, and of each array in that', () => {
    const wanted = fc.constantFrom([1], [2], [1, 3]);
    const value = fc.constantFrom(1, 2, 3);
    const inner = fc.record({ x: value, y: value }, { requiredKeys: [] });
    const element = fc.record(
      {
        a: value,
        b: fc.oneof(value, fc.array(value, { maxLength: 2 })),
        e: fc.array(inner, { maxLength: 2 }),
      },
      { requiredKeys: ['a', 'b'] },
    );
    const elements = fc.array(element, { minLength: 1, maxLength: 3 });
    const asked = fc.oneof(
      fc.record({ d: fc.record({ a: wanted, b: wanted }) }),
      fc.record({ d: fc.record({ a: wanted, e: fc.record({ x: wanted, y: wanted }) }) }),
    );
    fc.assert(
      fc.property(asked, elements, (one, d) => {
        const expected = choices({ d }).some((chosen) => fits(one, chosen));
        expect(compilePattern(JSON.stringify(one)).matches(JSON.stringify({ d }))).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('matches on either side of $or what it matches on that side alone', () => {
    fc.assert(
      fc.property(pattern, pattern, event, (one, other, either) => {
        const matches = (text: object) =>
          compilePattern(JSON.stringify(text)).matches(JSON.stringify(either));
        expect(matches({ $or: [one, other] })).toBe(matches(one) || matches(other));
      }),
      { numRuns: 100 },
    );
  });
});
