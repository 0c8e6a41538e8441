import { describe, expect, it } from 'vitest';
import { InvalidJson } from '../../../../../../packages/cli/src/local/eventbridge/pattern/json-text.ts';
import { compilePattern } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';
import {
  InvalidEvent,
  readEvent,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern-event.ts';
import { processorMsOf } from '../../../../../support/processor-time.ts';

/**
 * The alternatives of one field `a`, and values that they take and leave; `undefined` is an absent
 * field.
 */
type FieldCase = readonly [
  alternatives: string,
  taken: readonly (string | undefined)[],
  left: readonly (string | undefined)[],
];

const eventWith = (value: string | undefined): string =>
  value === undefined ? '{"b":1}' : `{"a":${value}}`;

const fieldCases: readonly FieldCase[] = [
  // Exact values.
  ['["x"]', ['"x"', '["y","x"]', '[["x"]]'], ['"X"', '"xx"', '[]', '{"x":1}', undefined]],
  ['["1"]', ['"1"'], ['1']],
  ['[true,null]', ['true', 'null', '[null]'], ['"true"', 'false', '""', undefined]],
  ['[300]', ['300', '300.0', '3.0e2', '3E+2'], ['"300"', '300.0000001', '-300']],
  ['[0]', ['-0', '0.0', '0e9'], ['1e-400']],
  ['[12345678901234567890]', ['12345678901234567890'], ['12345678901234567891']],
  ['[9007199254740993]', ['9007199254740993'], ['9007199254740992']],
  ['["10.0.0.1"]', ['"10.0.0.1"', '"010.0.0.1"'], ['"10.0.0.2"', '"10.0.0"']],
  ['["2001:DB8::1"]', ['"2001:db8:0:0:0:0:0:1"', '"2001:0db8::0001"'], ['"2001:db8::2"']],
  ['["1.2.3.999"]', ['"1.2.3.999"'], ['"01.2.3.999"']],
  ['[{"exactly":"10.0.0.1"}]', ['"10.0.0.1"'], ['"010.0.0.1"']],
  // Prefix, suffix, case.
  ['[{"prefix":"ab"}]', ['"ab"', '"abc"', '["x","aby"]'], ['"a"', '"cab"', '12', undefined]],
  ['[{"prefix":""}]', ['""', '"x"'], ['1', 'null']],
  ['[{"suffix":".png"}]', ['"x.png"', '".png"'], ['".pngx"', '"x.PNG"']],
  ['[{"equals-ignore-case":"aÉ.b"}]', ['"Aé.B"'], ['"aÉxb"', '"aE.b"', '"xaÉ.b"']],
  ['[{"equals-ignore-case":"k"}]', ['"K"'], ['"\u212a"']],
  ['[{"prefix":{"equals-ignore-case":"AB"}}]', ['"abx"', '"aB"'], ['"xab"']],
  ['[{"suffix":{"equals-ignore-case":".PNG"}}]', ['"x.Png"'], ['"x.png "', '"xpng"']],
  // Wildcards.
  ['[{"wildcard":"*"}]', ['""', '"x"'], ['1', 'null', undefined]],
  ['[{"wildcard":"a*c"}]', ['"ac"', '"abbc"', '"a\\nc"', '"acac"'], ['"abcd"', '"xac"', '"a"']],
  ['[{"wildcard":"*a*b*"}]', ['"ab"', '"xaybz"'], ['"ba"']],
  ['[{"wildcard":"a\\\\*c"}]', ['"a*c"'], ['"abc"']],
  ['[{"wildcard":"a\\\\\\\\*"}]', ['"a\\\\x"'], ['"ax"']],
  ['[{"wildcard":"a.[b]?"}]', ['"a.[b]?"'], ['"axb"']],
  // Anything but.
  ['[{"anything-but":"x"}]', ['"y"', '1', 'null', 'true', '["x","y"]'], ['"x"', '["x"]', '[]']],
  ['[{"anything-but":"x"}]', [], ['{"b":1}', undefined]],
  ['[{"anything-but":[1,2]}]', ['3', '"1"'], ['1.0', '2e0']],
  ['[{"anything-but":["x","y"]}]', ['"z"'], ['"x"', '"y"']],
  ['[{"anything-but":"10.0.0.1"}]', ['"010.0.0.1"'], ['"10.0.0.1"']],
  ['[{"anything-but":{"prefix":["x","y"]}}]', ['"ax"', '5'], ['"xa"', '"ya"']],
  ['[{"anything-but":{"suffix":"x"}}]', ['"xa"'], ['"ax"']],
  ['[{"anything-but":{"equals-ignore-case":["A","b"]}}]', ['"c"', '"ab"'], ['"a"', '"B"']],
  ['[{"anything-but":{"wildcard":"*/x"}}]', ['"a/y"'], ['"a/x"']],
  ['[{"anything-but":"x"},"x"]', ['"x"', '"y"'], [undefined]],
  // Numbers.
  ['[{"numeric":[">",5]}]', ['5.1', '[1,9]'], ['5', '"6"', 'true', 'null', '1e400']],
  ['[{"numeric":[">=",0,"<",10]}]', ['0', '9.99'], ['-0.1', '10']],
  ['[{"numeric":["<=",-1.5]}]', ['-1.50', '-2'], ['-1']],
  ['[{"numeric":["=",100.5]}]', ['100.50', '1.005e2'], ['100.500001']],
  // Addresses.
  ['[{"cidr":"10.0.0.5/24"}]', ['"10.0.0.200"', '["x","10.0.0.1"]'], ['"10.0.1.0"', '"x"', '10']],
  ['[{"cidr":"10.0.0.0/0"}]', ['"8.8.8.8"'], ['"::1"']],
  ['[{"cidr":"10.0.0.0/31"}]', ['"10.0.0.1"'], ['"10.0.0.2"']],
  ['[{"cidr":"10.0.0.0/+8"}]', ['"10.9.9.9"'], ['"11.0.0.0"']],
  ['[{"cidr":"::/127"}]', ['"::1"'], ['"::2"']],
  ['[{"cidr":"::/0"}]', ['"ffff::"'], ['"0.0.0.0"']],
  ['[{"cidr":"2001:db8::/33"}]', ['"2001:db8:7fff::1"'], ['"2001:db8:8000::1"', '"10.0.0.1"']],
  // Existence is of leaves.
  [
    '[{"exists":true}]',
    ['1', 'null', '""', '[1]'],
    ['{"b":1}', '{}', '[]', '[{"b":1}]', undefined],
  ],
  ['[{"exists":false}]', ['{"b":1}', '{}', '[]', '[{"b":1}]', undefined], ['1', 'null']],
  ['[{"exists":false},"x"]', [undefined, '"x"'], ['"y"']],
];

const takenCases = fieldCases.flatMap(([alternatives, taken]) =>
  taken.map((value) => [alternatives, value] as const),
);
const leftCases = fieldCases.flatMap(([alternatives, , left]) =>
  left.map((value) => [alternatives, value] as const),
);

describe('the alternatives of a field', () => {
  it.each(takenCases)('%s take %s', (alternatives, value) => {
    expect(compilePattern(`{"a":${alternatives}}`).matches(eventWith(value))).toBe(true);
  });

  it.each(leftCases)('%s leave %s', (alternatives, value) => {
    expect(compilePattern(`{"a":${alternatives}}`).matches(eventWith(value))).toBe(false);
  });
});

describe('the structure of a pattern', () => {
  it.each<readonly [string, string, string, string]>([
    ['requires every field', '{"a":[1],"b":[2]}', '{"a":1,"b":2}', '{"a":1}'],
    ['nests', '{"a":{"b":[1]}}', '{"a":{"b":1}}', '{"a":1}'],
    ['takes dotted keys as nested ones', '{"a.b":[1]}', '{"a":{"b":1}}', '{"a":1}'],
    ['takes dotted keys of events as nested ones', '{"a":{"b":[1]}}', '{"a.b":1}', '{"a.c":1}'],
    ...['{"a.b":{"c":1}}', '{"a":{"b.c":1}}', '{"a.b.c":1}', '{"a":{"b":{"c":1}}}'].map(
      (event) =>
        [`takes ${event} for nested keys`, '{"a":{"b":{"c":[1]}}}', event, '{"a.b":1}'] as const,
    ),
    ['takes an empty key', '{"":{"a":[1]}}', '{"":{"a":1}}', '{"a":1}'],
    ['takes an empty key in a dotted one', '{"":{"a":[1]}}', '{".a":1}', '{"a.":1}'],
    ['takes an empty key at the end', '{"a":{"":[1]}}', '{"a":{"":1}}', '{"a":1}'],
    ['lets the last of two equal keys win', '{"a":[1],"a":[2]}', '{"a":2}', '{"a":1}'],
    [
      'merges two equal objects',
      '{"a":{"b":[1]},"a":{"c":[2]}}',
      '{"a":{"b":1,"c":2}}',
      '{"a":{"c":2}}',
    ],
    ['does not parse a string', '{"a":{"b":[1]}}', '{"a":{"b":1}}', '{"a":"{\\"b\\":1}"}'],
    ['takes operator names as fields', '{"prefix":["x"]}', '{"prefix":"x"}', '{"prefix":"y"}'],
    ['takes either side of $or', '{"$or":[{"a":[1]},{"b":[2]}]}', '{"b":2}', '{"a":2,"b":1}'],
    [
      'joins $or with its siblings',
      '{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}',
      '{"a":1,"c":3}',
      '{"a":1}',
    ],
    ['takes $or at any depth', '{"d":{"$or":[{"a":[1]},{"b":[2]}]}}', '{"d":{"b":2}}', '{"b":2}'],
    [
      'takes $or in $or',
      '{"$or":[{"a":[1],"$or":[{"b":[2]},{"c":[3]}]},{"d":[4]}]}',
      '{"a":1,"c":3}',
      '{"a":1}',
    ],
    [
      'lets $or replace an earlier path',
      '{"a":["x"],"$or":[{"a":["y"]},{"b":[1]}]}',
      '{"a":"y"}',
      '{"a":"z"}',
    ],
    [
      'lets a later path replace one of $or',
      '{"$or":[{"a":["y"]},{"b":[1]}],"a":["x"]}',
      '{"a":"x"}',
      '{"a":"y"}',
    ],
  ])('%s', (_rule, pattern, matching, other) => {
    const { matches } = compilePattern(pattern);
    expect([matches(matching), matches(other)]).toEqual([true, false]);
  });

  it('matches many patterns against an event that is read once', () => {
    const event = readEvent('{"a":1}');
    expect(['[1]', '[2]'].map((field) => compilePattern(`{"a":${field}}`).matches(event))).toEqual([
      true,
      false,
    ]);
  });

  it.each(['["a"]', '"a"', '{"a":'])('refuses the event %s', (event) => {
    expect(() => compilePattern('{"a":[1]}').matches(event)).toThrow(InvalidEvent);
  });

  it('says why an event is no JSON', () => {
    expect(() => readEvent('{"a":')).toThrow(
      expect.objectContaining({ name: 'InvalidEvent', cause: expect.any(InvalidJson) }),
    );
    expect(() => compilePattern('{"a":')).toThrow(
      expect.objectContaining({ name: 'InvalidEventPattern', cause: expect.any(InvalidJson) }),
    );
  });
});

describe('array consistency', () => {
  it.each([
    ['{"d":{"a":[1],"b":[2]}}', '{"d":[{"a":1,"b":2}]}', '{"d":[{"a":1},{"b":2}]}'],
    [
      '{"d":{"a":[1],"b":[2]}}',
      '{"d":[{"a":1},{"b":2},{"a":1,"b":2}]}',
      '{"d":[{"a":1,"b":3},{"a":3,"b":2}]}',
    ],
    [
      '{"a":{"b":{"x":[1],"y":[2]}}}',
      '{"a":[{"b":[{"x":1,"y":2}]}]}',
      '{"a":[{"b":[{"x":1},{"y":2}]}]}',
    ],
    [
      '{"a":{"p":[1],"b":{"x":[2]}}}',
      '{"a":[{"p":1,"b":[{"x":9},{"x":2}]}]}',
      '{"a":[{"p":1},{"b":[{"x":2}]}]}',
    ],
    [
      '{"d":{"$or":[{"a":[1],"b":[2]},{"c":[3]}]}}',
      '{"d":[{"a":1},{"c":3}]}',
      '{"d":[{"a":1},{"b":2}]}',
    ],
    ['{"d":{"a":[1],"b":[{"exists":false}]}}', '{"d":[{"a":1},{"b":2}]}', '{"d":[{"a":1,"b":2}]}'],
    ['{"d":{"a":[{"exists":false}],"b":[2]}}', '{"d":[{"b":2}]}', '{"d":[{"a":1},{"b":2}]}'],
    // The order of the fields is that of their names, not that of the pattern.
    ['{"d":{"b":[{"exists":false}],"a":[1]}}', '{"d":[{"a":1},{"b":2}]}', '{"d":[{"a":1,"b":2}]}'],
    ['{"d":{"b":[2],"a":[{"exists":false}]}}', '{"d":[{"b":2}]}', '{"d":[{"a":1},{"b":2}]}'],
    // An array in an array is an element of it.
    ['{"d":{"a":[1],"b":[2]}}', '{"d":[[{"a":1,"b":2}],[]]}', '{"d":[[{"a":1}],[{"b":2}]]}'],
    // Two arrays, of which each has to give an element.
    [
      '{"a":{"x":[1]},"c":{"y":[2],"z":[3]}}',
      '{"a":[{"x":1}],"c":[{"y":2,"z":3}]}',
      '{"a":[{"x":1}],"c":[{"y":2},{"z":3}]}',
    ],
    // A key that an event repeats has two arrays.
    [
      '{"d":{"a":[1],"b":[2]}}',
      '{"d":[{"a":1,"b":2}],"d":[{"a":9},{"b":9}]}',
      '{"d":[{"a":1},{"b":2}],"d":[{"a":9},{"b":9}]}',
    ],
    [
      '{"d":{"a":[1],"z":{"y":[{"exists":false}]}}}',
      '{"d":[{"a":1},{"z":[{"y":1}],"z":[{"y":1}]}]}',
      '{"d":[{"a":1,"z":[{"y":1}],"z":[{"y":1}]}]}',
    ],
    // A value beside an array of its own settles on no element of it, and a value in the array
    // does.
    [
      '{"d":[1],"d.y":[{"exists":false}]}',
      '{"d":1,"d":[[1],{"y":1}]}',
      '{"d":1,"d":[[1,{"y":1}]]}',
    ],
    // Two fields settle on one array each; the third must be absent beside both of them.
    [
      '{"z":{"v":[1],"w":[1],"y":[{"exists":false}]}}',
      '{"z":[{"v":1},{"y":1}],"z":[{"w":1},{"y":1}]}',
      '{"z":[{"v":1},{"y":1}],"z":[{"w":1,"y":1}]}',
    ],
    [
      '{"z":{"v":[1],"w":[1],"y":[{"exists":false}]}}',
      '{"z":[{"w":1},{"y":1}],"z":[{"v":1},{"y":1}]}',
      '{"z":[{"w":1},{"y":1}],"z":[{"v":1,"y":1}]}',
    ],
  ])('%s takes both fields from one element', (pattern, consistent, split) => {
    const { matches } = compilePattern(pattern);
    expect([matches(consistent), matches(split)]).toEqual([true, false]);
  });

  it('leaves different arrays independent', () => {
    const { matches } = compilePattern('{"a":{"b":[1]},"c":{"d":[2]}}');
    expect(matches('{"a":[{"b":0},{"b":1}],"c":[{"d":2},{"d":0}]}')).toBe(true);
  });

  it('leaves the scalars of one array and another field independent', () => {
    const { matches } = compilePattern('{"d":{"tags":["b"],"type":["t"]}}');
    expect(matches('{"d":{"tags":["a","b"],"type":"t"}}')).toBe(true);
  });

  it('stays fast on long arrays that do not match', () => {
    const { matches } = compilePattern('{"a":["x"],"b":["x"],"c":["x"],"d":{"e":[1],"f":[2]}}');
    const tags = JSON.stringify(Array.from({ length: 2_000 }, () => 'x'));
    const event = `{"a":${tags},"b":${tags},"c":${tags},"d":[{"e":1},{"f":2}]}`;
    expect(processorMsOf(() => expect(matches(event)).toBe(false))).toBeLessThan(500);
  });
});
