import { expect, it } from 'vitest';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { openLines, securityOf } from '../../support/security.ts';

// The proof of the same name does so for every service in every configuration.
it('the ledger with the default settings has no finding without a reason', () => {
  expect(openLines(securityOf(ledger, { environment: {} }))).toEqual([]);
});
