import { describe, expect, it } from 'vitest';
import {
  booleanOf,
  structuresOf,
  textOf,
  textsOf,
} from '../../../../packages/cli/src/local/query-parameters.ts';

const parameters = new URLSearchParams([
  ['Tags.member.10.Key', 'j'],
  ['Tags.member.2.Key', 'b'],
  ['Tags.member.2.Value', '2'],
  ['Tags.member.1.Key', 'a'],
  ['Capabilities.member.1', 'CAPABILITY_IAM'],
  ['Capabilities.member.2', 'CAPABILITY_NAMED_IAM'],
  ['Empty', ''],
  ['Flag', 'false'],
]);

describe('parameters of the query protocol', () => {
  it('have structures in the order of their numbers', () => {
    expect(structuresOf(parameters, 'Tags')).toEqual([
      { Key: 'a' },
      { Key: 'b', Value: '2' },
      { Key: 'j' },
    ]);
  });

  it('have lists of texts', () => {
    expect(textsOf(parameters, 'Capabilities')).toEqual(['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']);
    expect(textsOf(parameters, 'Others')).toEqual([]);
  });

  it('tell an absent value from a given one', () => {
    expect(textOf(parameters, 'Empty')).toBeUndefined();
    expect(booleanOf(parameters, 'Flag')).toBe(false);
    expect(booleanOf(parameters, 'Absent')).toBeUndefined();
  });
});
