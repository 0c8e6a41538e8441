import { describe, expect, it } from 'vitest';
import { envelopeIssues, isEnvelope } from '../../../../src/domain/kernel/events/envelope-check.ts';
import { anEvent } from '../../../support/counter.ts';

const wrong = (changes: object): readonly string[] | undefined =>
  envelopeIssues({ ...anEvent('a'), ...changes })?.map(({ field }) => field);

describe('an envelope', () => {
  it.each([
    ...['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.6Z', '2026-01-02T03:04:05.123456789Z'],
    ...['2026-01-02T03:04:05+01:00', '2026-01-02T03:04:05.678-11:30'],
  ])('takes the time %s', (time) => {
    expect(wrong({ time })).toEqual([]);
  });

  it.each([
    ...['2026-01-02', '2026-01-02T03:04Z', '2026-01-02 03:04:05Z', '2026-01-02T03:04:05'],
    ...['2026-01-02T03:04:05.Z', '2026-01-02T03:04:05.1234567890Z', '2026-13-02T03:04:05Z'],
    ...['x2026-01-02T03:04:05Z', '2026-01-02T03:04:05Zx', '2026-01-02T03:04:05+1:00'],
    ...['12026-01-02T03:04:05Z', '2026-1-02T03:04:05Z', '2026-01-02T25:04:05Z'],
    ...[
      '2026-01-02T03:04:05+01:000',
      '2026-01-02T03:04:05+0100',
      '+012026-01-02T03:04:05Z',
      '',
      undefined,
      null,
    ],
    ...[0, new Date(0), ['2026-01-02T03:04:05Z']],
  ])('refuses the time %j', (time) => {
    expect(wrong({ time })).toEqual(['time']);
  });

  it.each(['schemaversion', 'aggregateversion'])('counts its %s from 1', (name) => {
    for (const version of [1, 2, Number.MAX_SAFE_INTEGER]) {
      expect(wrong({ [name]: version })).toEqual([]);
    }
    for (const version of [0, -1, 1.5, 2 ** 53, Number.NaN, Infinity, '1', 1n, null, undefined]) {
      expect(wrong({ [name]: version })).toEqual([name]);
    }
  });

  it.each(['id', 'source', 'type', 'subject', 'originregion', 'correlationid'])(
    'needs a text as its %s',
    (name) => {
      expect(wrong({ [name]: 'é😀' })).toEqual([]);
      for (const text of ['', '\ud800', 7, null, undefined, ['a']]) {
        expect(wrong({ [name]: text })).toEqual([name]);
      }
    },
  );

  it.each(['causationid', 'traceparent'])('may be without %s', (name) => {
    expect(wrong({ [name]: undefined })).toEqual([]);
    expect(wrong({ [name]: 'a' })).toEqual([]);
    for (const text of ['', '\ud800', 7, null]) expect(wrong({ [name]: text })).toEqual([name]);
  });

  it('names all that is wrong, and how it must be', () => {
    expect(envelopeIssues({})).toEqual([
      { field: 'specversion', message: 'must be "1.0"' },
      ...['id', 'source', 'type', 'subject', 'originregion', 'correlationid'].map((field) => ({
        field,
        message: 'must be a text of Unicode that is not empty',
      })),
      { field: 'time', message: 'must be a time as in RFC 3339' },
      { field: 'schemaversion', message: 'must be a whole number from 1' },
      { field: 'aggregateversion', message: 'must be a whole number from 1' },
      { field: 'data', message: 'must be there' },
    ]);
    expect(wrong({ specversion: 1 })).toEqual(['specversion']);
    expect([null, 0, false, ''].map((data) => wrong({ data }))).toEqual([[], [], [], []]);
  });

  it('is an object', () => {
    expect(isEnvelope(anEvent('a'))).toBe(true);
    expect(isEnvelope({})).toBe(false);
    for (const value of [undefined, null, 'text', 1, () => anEvent('a')]) {
      expect(envelopeIssues(value)).toBeUndefined();
      expect(isEnvelope(value)).toBe(false);
    }
  });
});
