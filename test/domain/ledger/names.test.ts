import { describe, expect, it } from 'vitest';
import {
  isTransactionKind,
  ledgerEventSource,
  ledgerEventVersion,
} from '../../../src/domain/ledger/index.ts';

describe('a transaction', () => {
  it('is of a kind that this release knows', () => {
    expect(['deposit', 'transfer'].map(isTransactionKind)).toEqual([true, true]);
    for (const other of ['refund', '', 'constructor', ['deposit'], null, undefined]) {
      expect(isTransactionKind(other)).toBe(false);
    }
  });
});

describe('the events of the ledger', () => {
  it('have the source that rules of both Regions wait for, in their first version', () => {
    expect([ledgerEventSource, ledgerEventVersion]).toEqual(['antipode.ledger', 1]);
  });
});
