import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactNumber, isSurelyExact } from '../../../../src/domain/kernel/index.ts';
import {
  nestingMax,
  parseExactJson,
  scanJson,
} from '../../../../src/handlers/runtime/api/exact-json.ts';
import { sameDecimal } from '../../../support/decimal.ts';
import { processorMsOf } from '../../../support/processor-time.ts';

/** The key or index of the first number that `JSON.parse` would change. */
const findInexactNumber = (json: string): string | undefined => scanJson(json).inexact?.field;

describe('a number in JSON', () => {
  it.each([
    '{"amount":100.50}',
    '{"amount":123456789012345}',
    '{"amount":0.000000000000001}',
    '{"amount":1.2345e-10}',
    '{"amount":1e300}',
    '{"amount":"12345678901234567890"}',
    '{"amount":-12345.678}',
    '{"amount":9007199254740992}',
    '{"amount":0.1000000000000000}',
    '{"amount":100000000000000000}',
    '{"amount":0.1}',
    '{"amount":1E+2}',
    '{"amount":-0}',
    '{"amount":0e999999}',
    '{"amount":0.30000000000000004}',
    '{"amount":-1234567890.1234567}',
    '{"amount":1e0000000000000000000000001}',
    '{"1e400":"1e400","a\\"1e400":1}',
    '[1,2,[3]]',
    '7',
    'true',
  ])('is exact in %s', (json) => {
    expect(findInexactNumber(json)).toBeUndefined();
  });

  it.each([
    ['{"amount":1234567890123456.7}', 'amount'],
    ['{"amount":-1234567890.12345671}', 'amount'],
    ['{"amount":1.23456789012345678e-5}', 'amount'],
    ['{"amount":9007199254740993}', 'amount'],
    ['{"amount":0.1000000000000000055511151231257827}', 'amount'],
    ['{"amount":1e400}', 'amount'],
    ['{"amount":-1e400}', 'amount'],
    ['{"amount":1e-400}', 'amount'],
    ['{"amount":123456789012345e-330}', 'amount'],
    ['{"amount":1e99999999999999999999}', 'amount'],
    [`{"amount":0.${'0'.repeat(400)}1}`, 'amount'],
    [`{"amount":${'9'.repeat(400)}}`, 'amount'],
    ['{"amount" : \n 1e400 }', 'amount'],
    ['{"a":1,"b":{"c":1234567890123456789}}', 'c'],
    ['{"a":{"b":1},"c":1e400}', 'c'],
    ['{"a":[{"b":1},[]],"c":1e400}', 'c'],
    ['{"list":[1,1234567890123456789]}', '1'],
    ['{"list":[[1,2],{"a":3},"x",1e400]}', '3'],
    ['{"first":1234567890123456789,"second":1234567890123456789}', 'first'],
    ['{"amount":1e400,"amount":1}', 'amount'],
    ['{"amount":1,"amount":1e400}', 'amount'],
    ['{"am\\u006funt":1e400}', 'amount'],
    ['{"a\\\\":"\\\\\\"","b\\"":1e400}', 'b"'],
    ['{"__proto__":{"amount":1e400}}', 'amount'],
    ['{"__proto__":1e400}', '__proto__'],
    ['1e400', ''],
    ['{"a\\x":1e400', ''],
  ])('is inexact in %s, at %s', (json, field) => {
    expect(findInexactNumber(json)).toBe(field);
  });

  it.each(['', '{', 'NaN', "{'a':1}", '"', '{"a', '{"a\\', ']]}', ',', '{"a":tru'])(
    'is the matter of the parser in %j, which is no JSON',
    (json) => {
      expect(findInexactNumber(json)).toBeUndefined();
      expect(() => parseExactJson(json)).toThrow('The text is not JSON');
    },
  );

  it('is read or refused however deep it stands, and the depth itself has a limit', () => {
    const nested = (levels: number, json: string) =>
      `${'['.repeat(levels)}${json}${']'.repeat(levels)}`;
    for (const levels of [1, nestingMax, 100_000]) {
      expect(findInexactNumber(nested(levels, '1e400'))).toBe('0');
    }
    expect(JSON.stringify(parseExactJson(nested(nestingMax, '1')))).toBe(nested(nestingMax, '1'));
    expect(() => parseExactJson(nested(nestingMax, '1e400'))).toThrow('not valid');
    expect(() => parseExactJson(nested(nestingMax + 1, '1'))).toThrow('1000 levels');
  });

  it('is found in a time that grows with the text and no faster', () => {
    const texts = [
      `[${'0.1,'.repeat(60_000)}1]`,
      `[1${'0'.repeat(250_000)}e-250000]`,
      `[0.${'0'.repeat(250_000)}1e250000]`,
      `"${'\\"'.repeat(120_000)}"`,
      '{"a":'.repeat(50_000),
    ];
    const ms = processorMsOf(() => {
      for (const json of texts) findInexactNumber(json);
    });
    expect(ms).toBeLessThan(2_000);
  });
});

/**
 * Numbers around every border: few and many digits, small, large and absurd exponents, zeros
 * anywhere.
 */
const numbers = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/),
      fc.stringMatching(/^[1-9]0{0,25}$/),
      fc.maxSafeNat().map((value) => String(BigInt(value) * 2n)),
      fc.bigInt({ min: 9007199254740900n, max: 9007199254741100n }).map(String),
    ),
    fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^\.[0-9]{1,25}$/),
      fc.stringMatching(/^\.0{1,25}$/),
    ),
    fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^[eE][+-]?[0-9]{1,2}$/),
      fc.integer({ min: -345, max: 312 }).map((power) => `e${power}`),
    ),
  )
  .map((parts) => parts.join(''));

const doubles = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => String(value).replace('-0', '0'));

const isExact = (text: string): boolean => {
  const value = Number(text);
  return Number.isFinite(value) && sameDecimal(text, String(value));
};

describe('the exactness of a number', () => {
  it('is that of decimal arithmetic', () => {
    fc.assert(
      fc.property(fc.oneof(numbers, doubles), (text) => {
        expect(isExactNumber(text)).toBe(isExact(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is given for whatever JavaScript prints, and for every decimal of fifteen digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(isExactNumber(String(value))).toBe(true);
      }),
    );
    const short = fc.tuple(
      fc.stringMatching(/^-?(0|[1-9][0-9]{0,14})$/),
      fc.integer({ min: -290, max: 290 }),
    );
    fc.assert(
      fc.property(short, ([digits, power]) => {
        expect(isExactNumber(`${digits}e${power}`)).toBe(true);
        expect(isSurelyExact(Number(`${digits}e${power}`))).toBe(true);
      }),
    );
  });

  it('is not given without its text where a longer number may have been rounded', () => {
    for (const value of [0, 0.1, 100.5, 1e21, 1e-7, 100000000000000000, -123456789012345]) {
      expect(isSurelyExact(value)).toBe(true);
    }
    for (const value of [
      9007199254740992,
      0.30000000000000004,
      5e-324,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ]) {
      expect(isSurelyExact(value)).toBe(false);
    }
  });
});

type Written = { readonly json: string; readonly numbers: readonly (readonly [string, string])[] };

/** Documents as texts, with the numbers in them in their order, each with its key. */
const documents = fc.letrec<{ value: Written }>((tie) => {
  const key = fc.oneof(
    fc.constantFrom('a', '__proto__', 'constructor', 'toJSON', '', '1e400', '"', '\\', 'é\n\u2028'),
    fc.string({ maxLength: 6 }),
  );
  const escaped = (text: string, all: boolean) =>
    all
      ? `"${[...Array(text.length).keys()]
          .map((index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join('')}"`
      : JSON.stringify(text);
  const named = ([name, all, { json, numbers: found }]: [string, boolean, Written]): Written => ({
    json: `${escaped(name, all)} : ${json}`,
    numbers: found.map(([at, text]) => [at === '' ? name : at.slice(1), text]),
  });
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      // A key is marked by a letter in front, so that an empty one is told from none.
      numbers.map((text) => ({ json: text, numbers: [['', text] as const] })),
      fc
        .oneof(key, numbers, fc.constantFrom('1e400', '[1e400', '{"a":1e400', '\\"'))
        .map((text) => ({ json: JSON.stringify(text), numbers: [] })),
      fc.constantFrom('true', 'false', 'null', '{}', '[ ]').map((json) => ({ json, numbers: [] })),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
        json: `[${items.map(({ json }) => json).join(' ,')}]`,
        numbers: items.flatMap(({ numbers: found }, index) =>
          found.map(([at, text]) => [at === '' ? `:${index}` : at, text] as const),
        ),
      })),
      fc
        .array(fc.tuple(key, fc.boolean(), tie('value')).map(named), { maxLength: 4 })
        .map((members) => ({
          json: `{${members.map(({ json }) => json).join(',\t')}}`,
          numbers: members.flatMap(({ numbers: found }) =>
            found.map(([at, text]) => [`:${at}`, text] as const),
          ),
        })),
    ),
  };
}).value;

describe('the numbers of a document', () => {
  it('are all read exactly, or the first that is not is named', () => {
    fc.assert(
      fc.property(documents, ({ json, numbers: found }) => {
        JSON.parse(json);
        const first = found.find(([, text]) => !isExact(text));
        const expected = first && (first[0] === '' ? '' : first[0].slice(1));
        expect(findInexactNumber(json)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
