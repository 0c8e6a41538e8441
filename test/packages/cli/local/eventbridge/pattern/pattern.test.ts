import { describe, expect, it } from 'vitest';
import { InvalidJson } from '../../../../../../packages/cli/src/local/eventbridge/pattern/json-text.ts';
import {
  compilePattern,
  InvalidEventPattern,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';
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

describe('a pattern that EventBridge refuses', () => {
  it.each<readonly [string, string, number | undefined]>([
    ['{}', 'Empty objects are not allowed', 3],
    ['{"a":{}}', 'Empty objects are not allowed', 8],
    ['{"a":[]}', 'Empty arrays are not allowed', 8],
    ['{"a":"x"}', '"a" must be an object or an array', 7],
    ['["a"]', 'Filter is not an object', 2],
    ['{"a":[["x"]]}', 'Match value must be String, number, true, false, or null', 8],
    ['{"a":[{}]}', 'Match expression name not found', 9],
    ['{"a":[{"regex":"x"}]}', 'Unrecognized match type regex', 17],
    ['{"a":[{"constructor":"x"}]}', 'Unrecognized match type constructor', 23],
    ['{"a":[{"prefix":"x","suffix":"y"}]}', 'Only one key allowed in match expression', 31],
    ['{"a":[{"anything-but":"x","prefix":"y"}]}', 'Too many elements in numeric expression', 37],
    ['{"a":[{"exactly":1}]}', 'exact match pattern must be a string', 19],
    ['{"a":[{"prefix":["a"]}]}', 'prefix match pattern must be a string', 18],
    ['{"a":[{"suffix":null}]}', 'suffix match pattern must be a string', 21],
    ['{"a":[{"prefix":{}}]}', 'Prefix expression name not found', 19],
    ['{"a":[{"suffix":{"foo":"x"}}]}', 'Unsupported suffix pattern: foo', 25],
    [
      '{"a":[{"equals-ignore-case":["x"]}]}',
      'equals-ignore-case match pattern must be a string',
      30,
    ],
    ['{"a":[{"wildcard":1}]}', 'wildcard match pattern must be a string', 20],
    ['{"a":[{"wildcard":"a**b"}]}', 'Consecutive wildcard characters at pos 2', 25],
    ['{"a":[{"wildcard":"éa\\\\b"}]}', 'Invalid escape character at pos 4', 26],
    ['{"a":[{"wildcard":"a\\\\"}]}', 'Invalid escape character at pos 2', 24],
    ['{"a":[{"exists":"true"}]}', 'exists match pattern must be either true or false.', 18],
    [
      '{"a":[{"anything-but":true}]}',
      'Value of anything-but must be an array or single string/number value.',
      27,
    ],
    [
      '{"a":[{"anything-but":["x",1]}]}',
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      30,
    ],
    [
      '{"a":[{"anything-but":[]}]}',
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      25,
    ],
    [
      '{"a":[{"anything-but":[null]}]}',
      'Inside anything but list, start|null|boolean is not supported.',
      28,
    ],
    [
      '{"a":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}',
      'Unsupported anything-but pattern: cidr',
      32,
    ],
    ['{"a":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed', 35],
    [
      '{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}',
      'Value of anything-but must be an array or single string/number value.',
      34,
    ],
    ['{"a":[{"numeric":5}]}', 'Value of numeric must be an array.', 19],
    ['{"a":[{"numeric":[]}]}', 'Invalid member in numeric match: ]', 20],
    ['{"a":[{"numeric":["!=",5]}]}', 'Unrecognized numeric range operator: !=', 25],
    ['{"a":[{"numeric":[">","5"]}]}', 'Value of > must be numeric', 24],
    ['{"a":[{"numeric":["="]}]}', 'Value of equals must be numeric', 23],
    ['{"a":[{"numeric":["<",10,">",0]}]}', 'Too many elements in numeric expression', 27],
    ['{"a":[{"numeric":[">",0,">",1]}]}', 'Bad numeric range operator: >', 28],
    ['{"a":[{"numeric":[">",0,5]}]}', 'Bad value in numeric range: 5', 26],
    ['{"a":[{"numeric":[">",0,"<",9,"<",8]}]}', 'Too many terms in numeric range expression', 32],
    ['{"a":[{"numeric":[">=",5,"<=",5]}]}', 'Bottom must be less than top', 33],
    [
      '{"a":[{"numeric":["=",12345678901234567891]}]}',
      'Cannot compare number : 12345678901234567891',
      44,
    ],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required", undefined],
    ['{"a":[{"cidr":"10.0.0.0/a"}]}', 'Malformed CIDR, mask bits must be an integer', undefined],
    ['{"a":[{"cidr":"10.0.0.0/-1"}]}', 'Malformed CIDR, mask bits must not be negative', undefined],
    ['{"a":[{"cidr":"10.0.0.0/32"}]}', 'IPv4 mask bits must be < 32', undefined],
    ['{"a":[{"cidr":"::/128"}]}', 'IPv6 mask bits must be < 128', undefined],
    ['{"a":[{"cidr":"300.0.0.0/8"}]}', 'Invalid IP address: 300.0.0.0', undefined],
    ['{"a":[{"cidr":"10.0.0/24"}]}', 'Nonstandard IP address: 10.0.0', undefined],
    ['{"$or":{"a":["x"]}}', 'It must be an Array followed with $or.', 9],
    ['{"$or":[{"a":["x"]}]}', 'There must have at least 2 Objects in $or relationship.', 21],
    ['{"$or":["x",{"a":["x"]}]}', 'Only JSON object is allowed in array of $or relationship.', 10],
    ['{"$or":[{},{"a":["x"]}]}', 'Empty objects are not allowed', 11],
    [
      '{"$or":[{"numeric":["x"]},{"a":["x"]}]}',
      'numeric is Ruler reserved fieldName which cannot be used inside $or.',
      21,
    ],
    [
      '{"a":[{"prefix":{"equals-ignore-case":5}}]}',
      'equals-ignore-case match pattern must be a string',
      40,
    ],
    [
      '{"a":[{"prefix":{"equals-ignore-case":"x","b":1}}]}',
      'Only one key allowed in match expression',
      48,
    ],
    ['{"a":[{"anything-but":{}}]}', 'Anything-But expression name not found', 25],
    [
      '{"a":[{"anything-but":{"prefix":"x","suffix":"y"}}]}',
      'Too many elements in numeric expression',
      47,
    ],
    ['{"a":[{"anything-but":{"prefix":5}}]}', 'prefix/suffix match pattern must be a string', 34],
    [
      '{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}',
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
      47,
    ],
    ['{"a":[{"anything-but":{"wildcard":1}}]}', 'wildcard match pattern must be a string', 36],
    ['{"a":[{"anything-but":{"wildcard":"**"}}]}', 'Consecutive wildcard characters at pos 1', 39],
    [
      '{"a":[{"anything-but":[12345678901234567891]}]}',
      'Cannot compare number : 12345678901234567891',
      44,
    ],
    ['{"a":[{"numeric":[5]}]}', 'Invalid member in numeric match: 5', 20],
    ['{"a":[{"numeric":[[]]}]}', 'Invalid member in numeric match: [', 20],
    ['{"a":[{"numeric":[{}]}]}', 'Invalid member in numeric match: {', 20],
    ['{"a":[{"numeric":[null]}]}', 'Invalid member in numeric match: null', 23],
    ['{"a":[{"numeric":["!="]}]}', 'Unrecognized numeric range operator: !=', 24],
    ['{"a":[{"numeric":["<",1,"<",2]}]}', 'Too many elements in numeric expression', 26],
    ['{"a":[{"numeric":[">",0,"<"]}]}', 'Value of < must be numeric', 29],
    ['{"a":[{"numeric":[">",0,"<","x"]}]}', 'Value of < must be numeric', 30],
    ['{"a":[{"numeric":[">",0,"="]}]}', 'Bad numeric range operator: =', 28],
    ['{"a":[{"numeric":[">",5,"<",4]}]}', 'Bottom must be less than top', 31],
    ['{"a":true}', '"a" must be an object or an array', 10],
    ['{"a":5}', '"a" must be an object or an array', 7],
    ['5', 'Filter is not an object', 2],
    ['"x"', 'Filter is not an object', 2],
    ['{"$or":"x"}', 'It must be an Array followed with $or.', 9],
    ['{"$or":[1,{"a":["x"]}]}', 'Only JSON object is allowed in array of $or relationship.', 10],
    ['{"$or":[]}', 'There must have at least 2 Objects in $or relationship.', 10],
    ['{"a":[{"exists":1}]}', 'exists match pattern must be either true or false.', 18],
    ['{"a":[{"exists":null}]}', 'exists match pattern must be either true or false.', 21],
    ['{"a":[{"regex":5}]}', 'Unrecognized match type regex', 17],
    ['{"a":[{"prefix":true}]}', 'prefix match pattern must be a string', 21],
    ['{"a":[{"cidr":5}]}', 'prefix match pattern must be a string', 16],
    ['{"a":[{"cidr":"10.0.0.0/8/8"}]}', "Malformed CIDR, one '/' required", undefined],
    ['{"a":[{"cidr":"/8"}]}', 'Nonstandard IP address: ', undefined],
    ['{"a":[{"cidr":"::g/8"}]}', 'Nonstandard IP address: ::g', undefined],
    ['{"a":[{"cidr":":::/8"}]}', 'Invalid IP address: :::', undefined],
    ['{"a":[{"exactly":["x"]}]}', 'exact match pattern must be a string', 19],
  ])(
    '%s gets the reason %s, and the column %s where AWS stands when it refuses',
    (pattern, reason, column) => {
      const place = `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`;
      const at = column === undefined ? '' : place;
      const message = `Event pattern is not valid. Reason: ${reason}${at}`;
      expect(() => compilePattern(pattern)).toThrow(InvalidEventPattern);
      expect(() => compilePattern(pattern)).toThrow(new InvalidEventPattern(reason + at));
      expect(new InvalidEventPattern(reason + at).message).toBe(message);
    },
  );

  it('is pointed at in its own line', () => {
    const pattern = '{\n  "a": [{"prefix": 5}]\n}';
    expect(() => compilePattern(pattern)).toThrow(
      `\n at [Source: (String)"${pattern}"; line: 2, column: 21]`,
    );
  });

  it('is repeated up to 500 characters', () => {
    const pattern = (length: number): string => `{"${'a'.repeat(length - 6)}":5}`;
    expect(() => compilePattern(pattern(500))).toThrow(`(String)"${pattern(500)}"; line: 1,`);
    const start = pattern(501).slice(0, 500);
    expect(() => compilePattern(pattern(501))).toThrow(
      `(String)"${start}"[truncated 1 chars]; line: 1, column: 501]`,
    );
  });

  it.each([
    ...['exactly', 'equals-ignore-case', 'prefix', 'suffix', 'anything-but', 'exists', 'wildcard'],
    ...['numeric', 'cidr', '=', '<', '<=', '>', '>=', 'regex', 'not-wildcard'],
    ...['not-equals-ignore-case', 'date-after', 'date-on-or-after', 'date-before'],
    ...['date-on-or-before', 'in-date-range', 'ip-address-in-range', 'ip-address-not-in-range'],
  ])('has the name %s inside $or, at any depth of it', (name) => {
    const field = { [name]: ['x'] };
    const refused = `${name} is Ruler reserved fieldName which cannot be used inside $or.`;
    for (const inside of [field, { a: field }, { $or: [field, { a: ['x'] }] }]) {
      const pattern = JSON.stringify({ $or: [{ a: ['x'] }, inside] });
      expect(() => compilePattern(pattern)).toThrow(refused);
    }
    expect(() => compilePattern(JSON.stringify({ a: field }))).not.toThrow();
  });

  it('is not JSON', () => {
    expect(() => compilePattern('{"a":["x"]')).toThrow(/Reason: Unexpected end-of-input/);
  });

  it('is longer than 4,096 characters', () => {
    const pattern = (length: number): string => JSON.stringify({ a: ['x'.repeat(length)] });
    const overhead = pattern(0).length;
    expect(() => compilePattern(pattern(4_096 - overhead))).not.toThrow();
    expect(() => compilePattern(pattern(4_097 - overhead))).toThrow(InvalidEventPattern);
  });

  it('has $or relationships that multiply to more than 1,000 combinations', () => {
    const either = (name: string, count: number): unknown => ({
      $or: Array.from({ length: count }, (_, index) => ({ [name]: [index] })),
    });
    const pattern = (count: number): string =>
      JSON.stringify({ a: either('x', 10), b: either('y', 10), c: either('z', count) });
    expect(() => compilePattern(pattern(10))).not.toThrow();
    expect(() => compilePattern(pattern(11))).toThrow('combinations');
  });
});

describe('the complexity of wildcards', () => {
  const patternOf = (...wildcards: readonly string[]): string =>
    JSON.stringify({ a: wildcards.map((wildcard) => ({ wildcard })) });

  it.each([
    [['/Users/*/dir/dir/dir/dir/dir/doc.txt']],
    [['*a*a*a*a*a']],
    [[...'abcdefghij'].map((letter) => `${letter}*`)],
    [['*abcdefgh*'.repeat(3).replaceAll('**', '*')]],
  ])('of %j is accepted', (wildcards) => {
    expect(() => compilePattern(patternOf(...wildcards))).not.toThrow();
  });

  it.each([
    [['*:*:*:*:*:event-bus/*']],
    [['*a*a*a*a*a*']],
    [['*a', '*ab', '*abc', '*abcd', '*abcde', '*abcdef']],
    [[...'abcdefghijk'].map((letter) => `${letter}*`)],
  ])('of %j is refused', (wildcards) => {
    expect(() => compilePattern(patternOf(...wildcards))).toThrow(
      'Rule is too complex - try using',
    );
  });

  it('counts what anything-but shares between its wildcards once', () => {
    const wildcard = ['a*', '*', 'a*c', '*a*b', '*b*'];
    const shared = JSON.stringify({ a: [{ 'anything-but': { wildcard } }] });
    expect(() => compilePattern(shared)).not.toThrow();
    expect(() => compilePattern(patternOf(...wildcard))).toThrow('Rule is too complex');
  });
});
