import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatTraceparent,
  parseTraceparent,
} from '../../../../src/domain/kernel/observability/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

const digits = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((all) => all.join(''))
    .filter((id) => !/^0+$/.test(id));

describe('a traceparent', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(digits(32), digits(16), fc.boolean(), (trace, span, sampled) => {
        const context = { traceId: trace, spanId: span, sampled };
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
    );
  });

  it.each([
    ['00', '00', '', false],
    ['00', '01', '', true],
    ['00', '03', '', true],
    ['00', 'fe', '', false],
    ['cc', '01', '', true],
    ['01', '01', '-what the future brings', true],
  ])(
    'of version %s with flags %s%s says whether it is sampled',
    (version, flags, more, sampled) => {
      expect(parseTraceparent(`${version}-${traceId}-${spanId}-${flags}${more}`)).toEqual({
        ...{ traceId, spanId, sampled },
      });
    },
  );

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['more behind version 00', `00-${traceId}-${spanId}-01-x`],
    ['more without a dash', `01-${traceId}-${spanId}-01x`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['a short trace id', `00-${traceId.slice(1)}-${spanId}-01`],
    ['flags that are none', `00-${traceId}-${spanId}-0x`],
    ['blanks around it', ` 00-${traceId}-${spanId}-01 `],
    ['a line break behind it', `00-${traceId}-${spanId}-01\n`],
    ['two of them, as HTTP joins them', `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`],
  ])('is none for %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
