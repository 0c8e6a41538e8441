import {
  array,
  boolean,
  description,
  exactOptional,
  integer,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  null_,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  record,
  regex,
  strictObject,
  string,
  tuple,
  union,
  uuid,
  variant,
} from 'valibot';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../../../../packages/cli/src/commands/events/catalogue.ts';
import { checkEvents } from '../../../../../packages/cli/src/commands/events/check-events.ts';
import { snapshotOf } from '../../../../../packages/cli/src/commands/events/snapshots.ts';
import type { EventDeclaration } from '../../../../../src/domain/kernel/index.ts';

type Declarations = Readonly<Record<string, EventDeclaration>>;

const catalogueOf = (events: Declarations) =>
  readCatalogue({ name: 'booking', source: 'shop.booking', consumers: {}, events });

/** The report on a service that has published the events of `before`, and declares `after`. */
const checked = async (before: Declarations, after: Declarations) =>
  checkEvents(await catalogueOf(after), (await catalogueOf(before)).map(snapshotOf));

const seats = (schema: EventDeclaration['schema'], more: object = {}): Declarations => ({
  SeatsReserved: { version: 1, schema, ...more },
});

const fields = { show: string(), seats: pipe(number(), integer()) };

/** The change, the schemas before and after it, and the problems by path and direction. */
type Case = readonly [
  title: string,
  before: EventDeclaration['schema'],
  after: EventDeclaration['schema'],
  problems: Readonly<Record<string, string>>,
];

const readers = 'old-readers';
const events = 'old-events';

const incompatible: readonly Case[] = [
  [
    'a required field is added',
    object(fields),
    object({ ...fields, by: string() }),
    { 'data.by': events },
  ],
  [
    'a required field is removed',
    object(fields),
    object({ show: string() }),
    { 'data.seats': readers },
  ],
  [
    'a field is renamed',
    object(fields),
    object({ show: string(), count: pipe(number(), integer()) }),
    { 'data.seats': readers, 'data.count': events },
  ],
  [
    'the type of a field changes',
    object(fields),
    object({ ...fields, seats: string() }),
    { 'data.seats': 'both' },
  ],
  [
    'an optional field becomes required',
    object({ ...fields, by: exactOptional(string()) }),
    object({ ...fields, by: string() }),
    { 'data.by': events },
  ],
  [
    'a required field becomes optional',
    object(fields),
    object({ ...fields, show: exactOptional(string()) }),
    { 'data.show': readers },
  ],
  [
    'a field may be null',
    object(fields),
    object({ ...fields, show: nullable(string()) }),
    { 'data.show': readers },
  ],
  [
    'a value is added to a list of values',
    object({ row: picklist(['a', 'b']) }),
    object({ row: picklist(['a', 'b', 'c']) }),
    { 'data.row': readers },
  ],
  [
    'a value is taken from a list of values',
    object({ row: picklist(['a', 'b']) }),
    object({ row: picklist(['a']) }),
    { 'data.row': events },
  ],
  [
    'a text becomes a list of values',
    object({ row: string() }),
    object({ row: picklist(['a', 'b']) }),
    { 'data.row': events },
  ],
  [
    'a whole number becomes any number',
    object(fields),
    object({ ...fields, seats: number() }),
    { 'data.seats': readers },
  ],
  [
    'a bound becomes tighter',
    object({ seats: pipe(number(), maxValue(8)) }),
    object({ seats: pipe(number(), maxValue(6)) }),
    { 'data.seats': events },
  ],
  [
    'a bound becomes wider',
    object({ seats: pipe(number(), minValue(1)) }),
    object({ seats: pipe(number(), minValue(0)) }),
    { 'data.seats': readers },
  ],
  [
    'a length gets a bound',
    object({ show: string() }),
    object({ show: pipe(string(), maxLength(64)) }),
    { 'data.show': events },
  ],
  [
    'a pattern changes',
    object({ show: pipe(string(), regex(/^[a-z]+$/)) }),
    object({ show: pipe(string(), regex(/^[a-z-]+$/)) }),
    { 'data.show': 'both' },
  ],
  [
    'a format is added',
    object({ id: string() }),
    object({ id: pipe(string(), uuid()) }),
    { 'data.id': events },
  ],
  [
    'a reader that takes no unknown field gets one',
    strictObject({ show: string() }),
    strictObject({ show: string(), by: exactOptional(string()) }),
    { 'data.by': readers },
  ],
  [
    'a reader stops taking a field',
    object({ show: string(), by: exactOptional(string()) }),
    strictObject({ show: string() }),
    { 'data.by': events },
  ],
  [
    'the items of a list change',
    object({ seats: array(string()) }),
    object({ seats: array(number()) }),
    { 'data.seats[]': 'both' },
  ],
  [
    'a field deep in a list becomes required',
    object({ seats: array(object({ row: string() })) }),
    object({ seats: array(object({ row: string(), at: number() })) }),
    { 'data.seats[].at': events },
  ],
  [
    'a position of a tuple changes',
    object({ at: tuple([string(), number()]) }),
    object({ at: tuple([string(), string()]) }),
    { 'data.at[1]': 'both' },
  ],
  [
    'an alternative is added',
    object({ by: union([string(), null_()]) }),
    object({ by: union([string(), null_(), number()]) }),
    { 'data.by': readers },
  ],
  [
    'an alternative is removed',
    variant('kind', [
      object({ kind: literal('card'), last: string() }),
      object({ kind: literal('cash') }),
    ]),
    variant('kind', [object({ kind: literal('card'), last: string() })]),
    { 'data.kind': events, 'data.last': events },
  ],
  [
    'the values of a record change',
    object({ prices: record(string(), number()) }),
    object({ prices: record(string(), string()) }),
    { 'data.prices[…]': 'both' },
  ],
];

/** Each path with its direction, `both` where it has both. */
const placesOf = (problems: readonly { readonly path: string; readonly breaks: string }[]) => {
  const places: Record<string, string> = {};
  for (const { path, breaks } of problems) {
    places[path] = places[path] === undefined || places[path] === breaks ? breaks : 'both';
  }
  return places;
};

describe('a change that old readers or old events cannot bear', () => {
  it.each(incompatible)('is found: %s', async (_, before, after, expected) => {
    const { problems } = await checked(seats(before), seats(after));
    expect(placesOf(problems)).toEqual(expected);
    for (const { event, version, message, remedy } of problems) {
      expect({ event, version }).toEqual({ event: 'SeatsReserved', version: 1 });
      expect(message).toMatch(/^(readers of the snapshot refuse|events of the archive)/);
      expect(remedy).toBe('declare version 2 with upcast: { 1: … }, or undo the change');
    }
  });

  it('is found where an event is not declared any more', async () => {
    const { problems } = await checked(seats(object(fields)), {});
    expect(problems).toEqual([
      {
        ...{ event: 'SeatsReserved', version: 1, path: 'type', breaks: 'old-events' },
        message: 'the event is not declared any more, and its kept events are not read',
        remedy:
          'declare it again, or delete SeatsReserved.v1.json once no archive, outbox and dead letter holds one',
      },
    ]);
  });

  it('is found where a version is lower than one that was published', async () => {
    const before = seats(object(fields), { version: 2, oldestVersion: 2 });
    const { problems } = await checked(before, seats(object(fields)));
    expect(placesOf(problems)).toEqual({ version: events });
  });

  it('is found where a version is not read any more', async () => {
    const after = seats(object(fields), { version: 2, oldestVersion: 2 });
    const { problems } = await checked(seats(object(fields)), after);
    expect(placesOf(problems)).toEqual({ version: events });
    expect(problems[0]?.remedy).toMatch(
      /^give an upcast from 1, or delete SeatsReserved\.v1\.json/,
    );
  });

  it('is found where the other Region does not hear of an event any more', async () => {
    const before = seats(object(fields), { scope: 'all-regions' });
    const { problems } = await checked(before, seats(object(fields)));
    expect(placesOf(problems)).toEqual({ scope: readers });
  });

  it('is found where one field of a record gets a type of its own', async () => {
    const declared = (jsonSchema: object) => seats(object(fields), { jsonSchema });
    const numbers = { additionalProperties: { type: 'number' } };
    const named = { ...numbers, properties: { total: { type: 'string' } } };
    const { problems } = await checked(declared(numbers), declared(named));
    expect(placesOf(problems)).toEqual({ 'data.total': 'both' });
  });

  it('is found in a rule that the check does not know', async () => {
    const declared = (contains: object) => seats(object(fields), { jsonSchema: { contains } });
    const { problems } = await checked(declared({ const: 1 }), declared({ const: 2 }));
    expect(placesOf(problems)).toEqual({ data: 'both' });
    expect(problems[0]?.message).toContain(
      'another contains, which this check does not understand',
    );
  });
});

const compatible: readonly (readonly [string, Declarations, Declarations])[] = [
  ['nothing', seats(object(fields)), seats(object(fields))],
  [
    'an optional field is added',
    seats(object(fields)),
    seats(object({ ...fields, by: exactOptional(string()) })),
  ],
  [
    'an optional field is removed',
    seats(object({ ...fields, by: optional(string()) })),
    seats(object(fields)),
  ],
  [
    'an optional field is added deep in a list',
    seats(object({ seats: array(object({ row: string() })) })),
    seats(object({ seats: array(object({ row: string(), at: exactOptional(number()) })) })),
  ],
  [
    'fields change their order',
    seats(object({ a: string(), b: boolean() })),
    seats(object({ b: boolean(), a: string() })),
  ],
  [
    'values change their order',
    seats(object({ row: picklist(['a', 'b']) })),
    seats(object({ row: picklist(['b', 'a']) })),
  ],
  [
    'a list of one value becomes this value',
    seats(object({ row: picklist(['a']) })),
    seats(object({ row: literal('a') })),
  ],
  [
    'alternatives change their order',
    seats(object({ by: union([string(), null_()]) })),
    seats(object({ by: union([null_(), string()]) })),
  ],
  [
    'a nullable field is written as a union',
    seats(object({ by: nullable(string()) })),
    seats(object({ by: union([string(), null_()]) })),
  ],
  [
    'a field is described',
    seats(object({ show: string() })),
    seats(object({ show: pipe(string(), description('The play')) })),
  ],
  [
    'a reader begins to take unknown fields',
    seats(strictObject({ show: string() })),
    seats(object({ show: string() })),
  ],
  [
    'the event is described',
    seats(object(fields)),
    seats(object(fields), { description: 'Seats are taken' }),
  ],
  [
    'the other Region hears of it too',
    seats(object(fields)),
    seats(object(fields), { scope: 'all-regions' }),
  ],
  [
    'an event is added',
    seats(object(fields)),
    { ...seats(object(fields)), ShowClosed: { version: 1, schema: object({ show: string() }) } },
  ],
  [
    'a new version has an upcast from the old one',
    seats(object({ seat: string() })),
    seats(object({ seats: array(string()) }), {
      version: 2,
      upcast: { 1: ({ seat }: { seat: string }) => ({ seats: [seat] }) },
    }),
  ],
  [
    'a list of values fits the bounds of a text in both directions',
    seats(object({ row: pipe(picklist(['aa', 'bb']), minLength(2)) })),
    seats(object({ row: picklist(['aa', 'bb']) })),
  ],
];

describe('a change that everybody can bear', () => {
  it.each(compatible)('passes: %s', async (_, before, after) => {
    expect((await checked(before, after)).problems).toEqual([]);
  });

  it('is named by the file that does not have it yet', async () => {
    const after = {
      ...seats(object({ ...fields, by: exactOptional(string()) })),
      'shop/Closed': { version: 1, schema: object({}) },
    };
    const { unrecorded } = await checked(seats(object(fields)), after);
    expect(unrecorded).toEqual(['SeatsReserved.v1.json', 'shop%2FClosed.v1.json']);
    expect((await checked(after, after)).unrecorded).toEqual([]);
  });
});

describe('a schema with references', () => {
  const tree = (more: object) =>
    seats(object(fields), {
      jsonSchema: {
        type: 'object',
        properties: { root: { $ref: '#/definitions/node' } },
        required: ['root'],
        definitions: {
          node: {
            type: 'object',
            properties: {
              left: { $ref: '#/definitions/node' },
              all: { allOf: [{ type: 'string' }, { maxLength: 3 }] },
              ...more,
            },
          },
        },
      },
    });

  it('is compared where it refers to, also to itself', async () => {
    expect((await checked(tree({}), tree({}))).problems).toEqual([]);
    const { problems } = await checked(
      tree({ n: { type: 'string' } }),
      tree({ n: { type: 'number' } }),
    );
    expect(placesOf(problems)).toMatchObject({ 'data.root.n': 'both' });
  });

  it('fails in one line where a reference leads nowhere', async () => {
    const lost = seats(object(fields), { jsonSchema: { properties: { a: { $ref: '#/no' } } } });
    const other = seats(object(fields), { jsonSchema: { properties: { a: { type: 'string' } } } });
    await expect(checked(lost, other)).rejects.toThrow('the reference #/no leads nowhere');
  });
});
