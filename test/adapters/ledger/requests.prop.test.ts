import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLedgerRequest, supportedOperations } from '../../../src/adapters/ledger/index.ts';
import { InvalidInput } from '../../../src/domain/kernel/index.ts';

const fields = [
  'operation',
  'amount',
  'transaction_id',
  'account_id',
  'from_account',
  'to_account',
  'description',
  'currency',
  'limit',
  'cursor',
  '__proto__',
  'constructor',
];

const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('a', '1.00', 1, 'USD', ...supportedOperations),
  fc.double(),
);

/** Objects that nearly are requests, as JSON delivers them. */
const nearly = fc
  .array(fc.tuple(fc.constantFrom(...fields), value), { maxLength: 8 })
  .map((entries) => {
    const members = entries.map(
      ([name, content]) => `${JSON.stringify(name)}:${JSON.stringify(content) ?? 'null'}`,
    );
    return JSON.parse(`{${members.join(',')}}`) as unknown;
  });

describe('a request', () => {
  it('is read or refused as invalid input, whatever was sent', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue()), (payload) => {
        try {
          expect(supportedOperations).toContain(parseLedgerRequest(payload).operation);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives an amount of money that is exactly the number that was sent', () => {
    const cents = fc.integer({ min: 1, max: 99_999_999_999_999 });
    fc.assert(
      fc.property(cents, (minor) => {
        const payload = JSON.parse(`{"operation":"write","amount":${minor}e-2}`) as unknown;
        expect(parseLedgerRequest(payload)).toMatchObject({ amount: { minor: BigInt(minor) } });
      }),
    );
  });
});
