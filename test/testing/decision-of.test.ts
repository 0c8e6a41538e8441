import { describe, expect, it } from 'vitest';
import { accept, type Decision, type DomainEvent, refuse } from '../../src/domain/kernel/index.ts';
import { decisionOf } from '../../src/testing/index.ts';
import { booking, decideReserve, noShow } from './booking.ts';

type Tank = { readonly litres: bigint; readonly log?: Iterable<unknown>; readonly at?: number };
type Fill = { readonly litres: bigint; readonly log?: Iterable<unknown> };

type Filled = DomainEvent<string, { readonly litres: string; readonly by?: string }>;

const decideFill = (
  state: Tank,
  { litres, log }: Fill,
  now: number,
): Decision<Tank, string, Filled> => {
  const sum = state.litres + litres;
  if (sum > 100n) return refuse('Overflow', 'The tank holds 100 litres');
  return accept({
    state: { litres: sum, at: now, ...(log === undefined ? {} : { log }) },
    events: [
      {
        type: 'Filled',
        schemaVersion: 1,
        subject: 'tank',
        aggregateVersion: 1,
        data: { litres: String(litres), by: 'hose' },
      },
    ],
    result: `${sum} l`,
  });
};

const tank = decisionOf(decideFill);
const filled = tank.given({ litres: 10n }).when({ litres: 5n }, 7);

describe('given, when, then', () => {
  it('holds for the events, the state and the answer of a decision', () => {
    filled
      .thenEvents({ type: 'Filled', data: { by: 'hose', litres: '5' } })
      .thenState({ at: 7, litres: 15n })
      .thenResult('15 l');
  });

  it('holds for a refusal by its code', () => {
    tank.given({ litres: 99n }).when({ litres: 5n }).thenRefused('Overflow');
  });

  it('shows expected and actual events where they differ', () => {
    const then = () => filled.thenEvents({ type: 'Emptied', data: { litres: '5' } });
    expect(then).toThrow(/Expected events[\s\S]*"Emptied"[\s\S]*but got[\s\S]*"Filled"/);
  });

  it('fails for an event too few and for an event too many', () => {
    const event = { type: 'Filled', data: { litres: '5', by: 'hose' } };
    expect(() => filled.thenEvents()).toThrow('Expected events');
    expect(() => filled.thenEvents(event, event)).toThrow('Expected events');
  });

  it('shows a state that differs in a bigint only', () => {
    expect(() => filled.thenState({ litres: 16n, at: 7 })).toThrow(/16n[\s\S]*but got[\s\S]*15n/);
  });

  it('shows an answer that differs', () => {
    expect(() => filled.thenResult('16 l')).toThrow(/"16 l"[\s\S]*but got[\s\S]*"15 l"/);
  });

  it('shows the refusal where acceptance was expected', () => {
    const refused = tank.given({ litres: 99n }).when({ litres: 5n });
    const message = 'Expected acceptance but got refusal Overflow: The tank holds 100 litres';
    expect(() => refused.thenEvents()).toThrow(message);
    expect(() => refused.thenState({ litres: 0n })).toThrow(message);
    expect(() => refused.thenResult('')).toThrow(message);
  });

  it('fails where a refusal was expected and the decision accepted', () => {
    expect(() => filled.thenRefused('Overflow')).toThrow(
      'Expected refusal Overflow but got acceptance',
    );
  });

  it('shows another refusal than the expected one', () => {
    const refused = tank.given({ litres: 99n }).when({ litres: 5n });
    expect(() => refused.thenRefused('Frozen')).toThrow(/"Frozen"[\s\S]*but got[\s\S]*"Overflow"/);
  });

  it('shows nested fields in lines of their own', () => {
    const log = [{ at: new Date(0), 'a b': [1, -0], by: new Map([['a', [true, null]]]) }];
    const then = tank.given({ litres: 0n }).when({ litres: 1n, log });
    expect(() => then.thenState({ litres: 1n, at: 0 })).toThrow(
      [
        'Expected state',
        '{',
        '  at: 0,',
        '  litres: 1n',
        '}',
        'but got',
        '{',
        '  at: 0,',
        '  litres: 1n,',
        '  log: [',
        '    {',
        '      "a b": [',
        '        1,',
        '        -0',
        '      ],',
        '      at: Date(1970-01-01T00:00:00.000Z),',
        '      by: Map {',
        '        "a" => [',
        '          true,',
        '          null',
        '        ]',
        '      }',
        '    }',
        '  ]',
        '}',
      ].join('\n'),
    );
  });
});

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

class Place {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

/** Shows nothing of itself. */
class Purse {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  equals(other: Purse): boolean {
    return this.#cents === other.#cents;
  }
}

class Price {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  toString(): string {
    return `${this.#cents} cents`;
  }
}

class Tags extends Array<string> {}

const bytes = (...values: readonly number[]): ArrayBuffer => new Uint8Array(values).buffer;
const hole = (): unknown[] => {
  const list = [1, 2];
  delete list[1];
  return list;
};
const mark = Symbol('mark');

/** A list that is its own element, and one that is the element of its element. */
const ring = (): unknown[] => {
  const list: unknown[] = [];
  list.push(list);
  return list;
};
const wideRing = (): unknown[] => {
  const list: unknown[] = [];
  list.push([list]);
  return list;
};
/** Holds a list twice, and nothing inside itself. */
const pair = (list: readonly unknown[]): unknown => [list, list];

/** Whether the test kit takes what was saved for what was expected. */
const isTaken = (saved: unknown, expected: unknown): boolean => {
  const then = decisionOf(() => accept({ state: saved, events: [], result: 0 }))
    .given(0)
    .when(0);
  try {
    then.thenState(expected);
    return true;
  } catch (error) {
    expect(String(error)).toContain('Expected state');
    return false;
  }
};

describe('a saved value', () => {
  it.each<[string, unknown, unknown]>([
    ['another date', new Date(1), new Date(2)],
    ['an invalid date', new Date(0), new Date(Number.NaN)],
    ['the text of a date', new Date(0), new Date(0).toJSON()],
    ['a number for a date', new Date(0), 0],
    ['another set', new Set([1]), new Set([2])],
    ['a larger set', new Set([1]), new Set([1, 2])],
    ['a list for a set', new Set([1]), [1]],
    ['a map with another value', new Map([['a', 1]]), new Map([['a', 2]])],
    ['a map with another key', new Map([['a', 1]]), new Map([['b', 1]])],
    ['a map with a key that has no value', new Map(), new Map([['a', undefined]])],
    ['an object for a map', new Map([['a', 1]]), { a: 1 }],
    ['null for what is no number', Number.NaN, null],
    ['zero for what is no number', Number.NaN, 0],
    ['zero for minus zero', -0, 0],
    ['another infinity', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ['the text of a bigint', 5n, '5n'],
    ['a number for a bigint', 5n, 5],
    ['another URL', new URL('https://a.test'), new URL('https://b.test')],
    ['another regular expression', /a/, /b/],
    ['other flags', /a/, /a/i],
    ['an error with another message', new Error('a'), new Error('b')],
    ['an error of another class', new TypeError('a'), new RangeError('a')],
    ['an error with another cause', new Error('a', { cause: 1 }), new Error('a', { cause: 2 })],
    ['an error with another code', new Error('a'), Object.assign(new Error('a'), { code: 1 })],
    ['other errors in one', new AggregateError([1], 'a'), new AggregateError([2], 'a')],
    ['an instance with another field', new Point(1), new Point(2)],
    ['an instance of another class', new Point(1), new Place(1)],
    ['a plain object for an instance', new Point(1), { x: 1 }],
    ['an instance with another private field', new Purse(1), new Purse(2)],
    ['an instance with another text', new Price(1), new Price(2)],
    ['a plain list for one of a class', Tags.from(['a']), ['a']],
    ['other bytes', new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    ['fewer bytes', new Uint8Array([1, 2]), new Uint8Array([1])],
    ['a list for bytes', new Uint8Array([1]), [1]],
    ['numbers of another kind', new Uint8Array([1]), new Int8Array([1])],
    ['another buffer', bytes(1, 2), bytes(1, 3)],
    ['another part of a buffer', new DataView(bytes(1, 2), 1), new DataView(bytes(1, 2), 0, 1)],
    ['another function', () => 1, () => 1],
    ['another symbol', Symbol('a'), Symbol('a')],
    ['another value of a symbol', { [mark]: 1 }, { [mark]: 2 }],
    ['another symbol as a key', { [mark]: 1 }, { [Symbol('mark')]: 1 }],
    ['a list that is shorter', [1, undefined], [1]],
    ['undefined for a hole', hole(), [1, undefined]],
    ['null for undefined', [undefined], [null]],
    ['a key that looks like two fields', { a: 1, b: 2 }, { 'a: 1,\n  b': 2 }],
    ['an empty list for an empty object', {}, []],
    ['the text of true', true, 'true'],
    ['a list inside itself on another level', wideRing(), [ring()]],
    ['the text of a value inside itself', ring(), ['circular, levels up: 1']],
  ])('is not taken for %s', (_, saved, expected) => {
    expect(isTaken(saved, expected)).toBe(false);
    expect(isTaken(expected, saved)).toBe(false);
    expect(isTaken({ a: [saved] }, { a: [expected] })).toBe(false);
    expect([isTaken(saved, saved), isTaken(expected, expected)]).toEqual([true, true]);
  });

  it.each<[string, unknown, unknown]>([
    ['dates', new Date(1), new Date(1)],
    ['sets', new Set(['a']), new Set(['a'])],
    ['maps', new Map([['a', [1]]]), new Map([['a', [1]]])],
    ['errors that were made elsewhere', new Error('a'), new Error('a')],
    ['instances', new Point(1), new Point(1)],
    ['instances with a text of their own', new Price(1), new Price(1)],
    ['URLs', new URL('https://a.test'), new URL('https://a.test')],
    ['bytes', new Uint8Array([1]), new Uint8Array([1])],
    ['buffers', bytes(1), bytes(1)],
    ['fields in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a field without a value and none', { a: 1, b: undefined }, { a: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['numbers that are none', [Number.NaN], [Number.NaN]],
    ['values inside themselves', wideRing(), wideRing()],
    ['a value that stands twice and its copy', pair([1]), [[1], [1]]],
  ])('is taken for an equal one: %s', (_, saved, expected) => {
    expect(isTaken(saved, expected)).toBe(true);
  });
});

describe('a decision of a service', () => {
  const reserved = decisionOf(booking, decideReserve)
    .given({ ...noShow, id: 'hamlet', free: 3 })
    .when({ show: 'hamlet', seats: 2 }, 7);
  const event = { type: 'SeatsReserved', data: { show: 'hamlet', seats: 2 } } as const;

  it('says the events that the service declares', () => {
    reserved.thenEvents(event).thenResult({ left: 1 });
  });

  it('is compared in those fields of an event that the test gives', () => {
    reserved.thenEvents({ ...event, schemaVersion: 2, subject: 'hamlet', aggregateVersion: 1 });
    expect(() => reserved.thenEvents({ ...event, subject: 'macbeth' })).toThrow(
      /subject: "macbeth"[\s\S]*but got[\s\S]*subject: "hamlet"/,
    );
    expect(() => reserved.thenEvents({ ...event, aggregateVersion: 2 })).toThrow(
      'aggregateVersion: 2',
    );
  });

  it('is refused with an event that its schema refuses, as before COMMIT', () => {
    const half = decisionOf(booking, decideReserve).given({ ...noShow, id: 'hamlet', free: 3 });
    expect(() => half.when({ show: 'hamlet', seats: 0.5 })).toThrow(
      'Event SeatsReserved is not committed, because its readers would refuse it. Event SeatsReserved does not fit its schema: data.seats',
    );
  });

  it('is refused without a decision after the service', () => {
    expect(() => decisionOf(booking as never)).toThrow('a decision after the service');
  });
});
