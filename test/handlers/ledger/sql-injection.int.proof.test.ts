import { describe, expect, it } from 'vitest';
import { refusesInjection } from '../../support/ledger/sql-injection.ts';
import { sqlPayloads } from '../../support/ledger/sql-payloads.ts';

describe('all of SQL in the values of a request', () => {
  it('comes in more than four hundred forms', () => {
    expect(sqlPayloads.length).toBeGreaterThan(400);
  });

  refusesInjection(sqlPayloads, 300_000);
});
