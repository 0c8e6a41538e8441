import { expect, it, vi } from 'vitest';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { openLines, securityOf } from '../../support/security.ts';

// The proof of the same name does so for every service in every configuration.
it('the ledger with the default settings has no finding without a reason, and no warning', () => {
  // The CDK writes a warning of a deprecated property to the standard error, once in a process.
  const written = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(openLines(securityOf(ledger, { environment: {} }))).toEqual([]);
  expect(written.mock.calls).toEqual([]);
});
