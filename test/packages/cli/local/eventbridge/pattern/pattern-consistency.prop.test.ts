import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';

/**
 * Array consistency as Event Ruler has it, as plainly as it can be written: the fields of a pattern
 * are satisfied in the order of their paths. Each takes a leaf that lies in no other element of an
 * array than the leaves before it, or is absent when no leaf of its path does so.
 */
type Value = number | Items | Members;
type Items = { readonly items: readonly Value[] };
/** A key may be repeated. */
type Members = { readonly members: readonly (readonly [string, Value])[] };

const textOf = (value: Value): string => {
  if (typeof value === 'number') return String(value);
  if ('items' in value) return `[${value.items.map(textOf).join()}]`;
  return `{${value.members.map(([key, inner]) => `"${key}":${textOf(inner)}`).join()}}`;
};

/** Which element of which array, both by the place in the text of the event where they are. */
type Membership = ReadonlyMap<Items, Value>;
type Leaf = { readonly path: string; readonly value: number; readonly within: Membership };

const leavesOf = (value: Value, path: string, within: Membership): readonly Leaf[] => {
  if (typeof value === 'number') return [{ path, value, within }];
  if ('members' in value) {
    return value.members.flatMap(([key, inner]) =>
      leavesOf(inner, path === '' ? key : `${path}.${key}`, within),
    );
  }
  return value.items.flatMap((item) =>
    leavesOf(item, path, typeof item === 'number' ? within : new Map([...within, [value, item]])),
  );
};

type Wanted = readonly (number | { readonly exists: boolean })[];
type Field = readonly [path: string, wanted: Wanted];

const fits = (
  [field, ...others]: readonly Field[],
  leaves: readonly Leaf[],
  settled: Membership,
): boolean => {
  if (!field) return true;
  const [path, wanted] = field;
  const reached = leaves.filter(
    (leaf) =>
      leaf.path === path &&
      [...leaf.within].every(([array, item]) => (settled.get(array) ?? item) === item),
  );
  const isAbsent =
    reached.length === 0 && wanted.some((one) => typeof one === 'object' && !one.exists);
  if (isAbsent) return fits(others, leaves, settled);
  return reached
    .filter(({ value }) =>
      wanted.some((one) => (typeof one === 'object' ? one.exists : one === value)),
    )
    .some(({ within }) => fits(others, leaves, new Map([...settled, ...within])));
};

// Few names and numbers, so that patterns and events meet, and keys that an event repeats, which
// have arrays each.
const name = fc.constantFrom('x', 'y', 'z');
const number = fc.constantFrom(1, 1, 1, 2);

const membersOf = (value: fc.Arbitrary<Value>, lengthMax: number): fc.Arbitrary<Members> =>
  fc.record({ members: fc.array(fc.tuple(name, value), { minLength: 1, maxLength: lengthMax }) });
const itemsOf = (value: fc.Arbitrary<Value>): fc.Arbitrary<Items> =>
  fc.record({ items: fc.array(value, { minLength: 1, maxLength: 3 }) });

const scalars = membersOf(number, 2);
const elements = itemsOf(fc.oneof(scalars, scalars, number, itemsOf(fc.oneof(scalars, number))));
const inner = membersOf(fc.oneof(number, elements), 2);
const event: fc.Arbitrary<Members> = fc
  .array(fc.oneof(elements, elements, itemsOf(inner), inner, number), {
    minLength: 1,
    maxLength: 3,
  })
  .map((values) => ({ members: values.map((value) => ['a', value]) }));

const wanted = fc.constantFrom<Wanted>(
  ...[[1], [1], [2], [{ exists: true }], [{ exists: false }], [{ exists: false }, 1]],
);
const pattern = fc.dictionary(fc.constantFrom('a', 'a.x', 'a.y', 'a.z', 'a.x.y'), wanted, {
  minKeys: 2,
  maxKeys: 4,
});

describe('array consistency', () => {
  it('takes each field from what the fields before it have left, or from nowhere', () => {
    const seen = { matched: 0, left: 0 };
    fc.assert(
      fc.property(pattern, event, (one, other) => {
        const fields = Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1));
        const expected = fits(fields, leavesOf(other, '', new Map()), new Map());
        seen[expected ? 'matched' : 'left'] += 1;
        expect(compilePattern(JSON.stringify(one)).matches(textOf(other))).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    // Both happen often, so that neither answer alone would do.
    expect(Math.min(seen.matched, seen.left)).toBeGreaterThan(150);
  });
});
