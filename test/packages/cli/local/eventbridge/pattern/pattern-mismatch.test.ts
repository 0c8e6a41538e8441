import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';

const event = JSON.stringify({
  'detail-type': 'SeatsReserved',
  source: 'shop.booking',
  detail: { seats: 2, hall: 'blue', tags: ['a', 'b'] },
});

const mismatches = (pattern: object) => compilePattern(JSON.stringify(pattern)).mismatches(event);

describe('the mismatch of a pattern', () => {
  it('is empty for an event that matches', () => {
    expect(mismatches({ source: ['shop.booking'], detail: { seats: [2] } })).toEqual([]);
  });

  it('names the field, the alternatives in the words of the pattern, and the values', () => {
    const pattern = { source: ['shop.booking'], detail: { seats: [{ numeric: ['>', 3] }, 9] } };
    expect(mismatches(pattern)).toEqual([
      { path: 'detail.seats', expected: '[{"numeric":[">",3]},9]', found: ['2'] },
    ]);
  });

  it('names fields of the envelope before those of the detail', () => {
    const pattern = { detail: { hall: ['red'] }, source: ['other'], 'detail-type': ['Other'] };
    expect(mismatches(pattern).map(({ path }) => path)).toEqual([
      'detail-type',
      'source',
      'detail.hall',
    ]);
  });

  it('says that the event has no value at the path', () => {
    expect(mismatches({ detail: { row: ['a'] } })).toEqual([
      { path: 'detail.row', expected: '["a"]', found: [] },
    ]);
  });

  it('names a field that must be absent, and the value that is there', () => {
    expect(mismatches({ detail: { hall: [{ exists: false }] } })).toEqual([
      { path: 'detail.hall', expected: '[{"exists":false}]', found: ['"blue"'] },
    ]);
  });

  it('is that of the nearest alternative of $or', () => {
    const pattern = {
      $or: [{ source: ['x'], 'detail-type': ['y'] }, { detail: { hall: ['red'] } }],
    };
    expect(mismatches(pattern).map(({ path }) => path)).toEqual(['detail.hall']);
  });

  it('tells the first five values of an array', () => {
    const many = compilePattern('{"a":["x"]}').mismatches('{"a":[1,2,3,4,5,6,7]}');
    expect(many).toEqual([{ path: 'a', expected: '["x"]', found: ['1', '2', '3', '4', '5'] }]);
  });
});
