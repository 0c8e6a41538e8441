import { describe, expect, it } from 'vitest';
import { quoteIdentifier } from '../../../../src/adapters/dsql/index.ts';

describe('an identifier', () => {
  it('is quoted, whatever is in it', () => {
    expect(quoteIdentifier('ledger')).toBe('"ledger"');
    expect(quoteIdentifier('a"; DROP SCHEMA b; --')).toBe('"a""; DROP SCHEMA b; --"');
  });
});
