import { describe, expect, it } from 'vitest';
import {
  compilePattern,
  InvalidEventPattern,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';

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
