import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledger } from '../../../src/adapters/ledger/index.ts';
import type { Decision, EventEnvelope } from '../../../src/domain/kernel/index.ts';
import {
  decideRecordTransaction,
  decideTransfer,
  emptyLedger,
  formatAmount,
  incrementOf,
  type LedgerEvent,
  type LedgerState,
} from '../../../src/domain/ledger/index.ts';
import { deposit, movement } from './arbitraries.ts';

const eventOf = (decision: Decision<LedgerState, unknown, LedgerEvent>) => {
  if (!decision.accepted) throw new Error(decision.message);
  const [event] = decision.events;
  if (!event) throw new Error('no event');
  const origin = {
    region: 'us-east-1',
    time: '2026-01-01T00:00:00.000Z',
  };
  return ledger.catalogue.envelop(event, crypto.randomUUID(), origin, { correlationid: 'r' });
};

const recordedEvent = deposit.map(({ id, recordedAt, kind: _, ...fields }) =>
  eventOf(
    decideRecordTransaction(
      emptyLedger,
      { type: 'RecordTransaction', transactionId: id, ...fields },
      recordedAt,
    ),
  ),
);

const completedEvent = movement
  .filter(({ fromAccount, toAccount }) => fromAccount !== toAccount)
  .map(({ id, recordedAt, kind: _, ...fields }) => {
    const { fromAccount, toAccount, amount } = fields;
    const accounts = [
      { id: fromAccount, balance: amount, version: 1 },
      { id: toAccount, balance: { ...amount, minor: 0n }, version: 1 },
    ];
    const command = { type: 'Transfer' as const, transactionId: id, ...fields };
    return eventOf(decideTransfer({ accounts, transactions: [] }, command, recordedAt));
  });

/** Each event, as the domain makes it. */
const madeBy: Readonly<Record<LedgerEvent['type'], fc.Arbitrary<EventEnvelope>>> = {
  TransactionRecorded: recordedEvent,
  TransferCompleted: completedEvent,
};

const refusalOf = (wire: unknown): unknown => {
  try {
    return ledger.catalogue.parse(wire);
  } catch (error) {
    return error;
  }
};

describe("the ledger's catalogue", () => {
  it('accepts every event that the domain makes, unchanged, and the totals can add it', () => {
    fc.assert(
      fc.property(fc.oneof(...Object.values(madeBy)), (event) => {
        const parsed = ledger.catalogue.parse(JSON.parse(JSON.stringify(event)));
        expect(parsed).toEqual(event);
        expect(formatAmount(incrementOf(parsed).amount)).toBe(parsed.data.amount);
      }),
    );
  });

  it.each([
    ['amount', '1e3'],
    ['amount', '-1.00'],
    ['amount', 100.5],
    ['amount', '1.00000'],
    ['amount', '0.00'],
    ['amount', '9999999999999999'],
    ['currency', 'XAU'],
    ['currency', 'usd'],
    ['transaction_id', 7],
    ['recorded_at', 'yesterday'],
  ])('refuses an event whose %s is %j, and names it', (field, value) => {
    const [event] = fc.sample(recordedEvent, 1);
    const data = { ...(event?.data as object), [field]: value };
    expect(refusalOf({ ...event, data })).toMatchObject({
      name: 'InvalidInput',
      issues: [{ field: `data.${field}` }],
    });
  });

  it.each([
    ['1.234', 'USD'],
    ['1.5', 'JPY'],
  ])('refuses an amount of %s in %s, which has no such unit', (amount, currency) => {
    const [event] = fc.sample(recordedEvent, 1);
    const data = { ...(event?.data as object), amount, currency };
    expect(refusalOf({ ...event, data })).toMatchObject({
      name: 'InvalidInput',
      message: 'Event TransactionRecorded does not fit its schema: data.amount',
    });
  });
});
