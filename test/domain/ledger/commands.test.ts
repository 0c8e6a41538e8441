import { describe, expect, it } from 'vitest';
import type { WorkRunner } from '../../../src/domain/kernel/index.ts';
import {
  type Account,
  type LedgerEvent,
  type LedgerQuery,
  type LedgerState,
  type RecordTransaction,
  recordTransaction,
  type Transfer,
  transfer,
} from '../../../src/domain/ledger/index.ts';

type Runner = WorkRunner<LedgerQuery, LedgerState, LedgerEvent>;
type Work = Parameters<Runner['run']>[0];

const now = Date.parse('2026-01-02T03:04:05.678Z');
const context = { now, deadline: now + 1_000, causation: { correlationid: 'r' } };
const amount = { minor: 500n, currency: 'USD' };
const accounts: readonly Account[] = ['a', 'b'].map((id) => ({ id, balance: amount, version: 1 }));

/** A view of a transaction: its id. */
const idOf = ({ id }: { readonly id: string }) => id;

/** The work that a use case asks for. */
const workOf = async (use: (ledger: Runner) => Promise<unknown>): Promise<Work> => {
  const asked: Work[] = [];
  await use({
    run: async (work) => {
      asked.push(work as Work);
      return { status: 'committed', result: null };
    },
  } as Runner);
  const [work, ...others] = asked;
  if (!work || others.length > 0) throw new Error(`It has asked for work ${asked.length} times`);
  return work;
};

const fingerprintOf = ({ once }: Work): unknown =>
  once && 'fingerprint' in once && once.fingerprint;

/** The fingerprints of commands that all differ by their content. */
const expectDistinct = (works: readonly Work[]): void => {
  const fingerprints = works.map(fingerprintOf);
  for (const fingerprint of fingerprints) expect(fingerprint).toBeTypeOf('string');
  expect(new Set(fingerprints).size).toBe(works.length);
};

describe('recording a transaction', () => {
  const command: RecordTransaction = {
    type: 'RecordTransaction',
    transactionId: 't-1',
    amount,
    accountId: 'a',
    region: 'us-east-1',
  };
  const ask = (changes: Partial<RecordTransaction> = {}) =>
    workOf((ledger) => recordTransaction(ledger, idOf)({ ...command, ...changes }, context));

  it('takes effect once per transaction id', async () => {
    expect(await ask()).toMatchObject({ ...context, once: { kind: 'command', key: 't-1' } });
  });

  it('is another request with another amount, currency, account or description, and not from another Region', async () => {
    const { accountId: _, ...nobodys } = command;
    expectDistinct([
      await ask(),
      await ask({ amount: { ...amount, minor: 501n } }),
      await ask({ amount: { ...amount, currency: 'EUR' } }),
      await ask({ accountId: 'b' }),
      await workOf((ledger) => recordTransaction(ledger, idOf)(nobodys, context)),
      await ask({ description: 'rent' }),
    ]);
    expect(fingerprintOf(await ask({ region: 'us-west-2' }))).toBe(fingerprintOf(await ask()));
  });

  it('reads the account that it names, and nothing where it names none', async () => {
    expect((await ask()).load).toEqual({ accountIds: ['a'] });
    const { accountId: _, ...nobodys } = command;
    const work = await workOf((ledger) => recordTransaction(ledger, idOf)(nobodys, context));
    expect(work.load).toBeNull();
  });

  it('records nothing of what it does not name', async () => {
    const { accountId: _, ...nobodys } = command;
    const work = await workOf((ledger) => recordTransaction(ledger, idOf)(nobodys, context));
    const decision = work.decide({ accounts: [], transactions: [] });
    const [transaction] = decision.accepted ? decision.state.transactions : [];
    expect(Object.keys(transaction ?? {}).toSorted()).toEqual([
      'amount',
      'id',
      'kind',
      'recordedAt',
      'region',
    ]);
  });

  it('gives its caller the view of the transaction, or its refusal', async () => {
    const { decide } = await ask();
    expect(decide({ accounts, transactions: [] })).toMatchObject({ result: 't-1' });
    const euros = accounts.map((one) => ({ ...one, balance: { minor: 1n, currency: 'EUR' } }));
    expect(decide({ accounts: euros, transactions: [] })).toMatchObject({
      accepted: false,
      code: 'CurrencyMismatch',
    });
  });

  it('decides on what was read, at the time of its context', async () => {
    const { decide } = await ask();
    expect(decide({ accounts, transactions: [] })).toMatchObject({
      accepted: true,
      state: {
        accounts: [{ id: 'a', balance: { minor: 1_000n }, version: 2 }],
        transactions: [{ recordedAt: now }],
      },
      events: [
        {
          type: 'TransactionRecorded',
          schemaVersion: 1,
          subject: 't-1',
          aggregateVersion: 1,
        },
      ],
    });
  });
});

describe('a transfer', () => {
  const command: Transfer = {
    type: 'Transfer',
    transactionId: 't-2',
    fromAccount: 'a',
    toAccount: 'b',
    amount,
    region: 'us-east-1',
  };
  const ask = (changes: Partial<Transfer> = {}) =>
    workOf((ledger) => transfer(ledger, () => null)({ ...command, ...changes }, context));

  it('takes effect once per transaction id', async () => {
    expect(await ask()).toMatchObject({ ...context, once: { kind: 'command', key: 't-2' } });
  });

  it('is another request with another amount, currency, account or description, and not from another Region', async () => {
    expectDistinct([
      await ask(),
      await ask({ amount: { ...amount, minor: 501n } }),
      await ask({ amount: { ...amount, currency: 'EUR' } }),
      await ask({ fromAccount: 'c' }),
      await ask({ toAccount: 'c' }),
      await ask({ fromAccount: 'b', toAccount: 'a' }),
      await ask({ description: 'rent' }),
    ]);
    expect(fingerprintOf(await ask({ region: 'us-west-2' }))).toBe(fingerprintOf(await ask()));
  });

  it('reads both accounts', async () => {
    expect((await ask()).load).toEqual({ accountIds: ['a', 'b'] });
  });

  it('decides on what was read, at the time of its context', async () => {
    const { decide } = await ask();
    expect(decide({ accounts, transactions: [] })).toMatchObject({
      accepted: true,
      state: {
        transactions: [
          {
            kind: 'transfer',
            id: 't-2',
            fromAccount: 'a',
            toAccount: 'b',
            amount,
            region: 'us-east-1',
            recordedAt: now,
          },
        ],
      },
      events: [
        {
          type: 'TransferCompleted',
          schemaVersion: 1,
          subject: 't-2',
          aggregateVersion: 1,
        },
      ],
    });
  });

  it('records no description where it has none', async () => {
    const decision = (await ask()).decide({ accounts, transactions: [] });
    const [transaction] = decision.accepted ? decision.state.transactions : [];
    expect(transaction).toBeDefined();
    expect(transaction).not.toHaveProperty('description');
  });

  it('and a transaction of the same id and content are two requests', async () => {
    const recorded = await workOf((ledger) =>
      recordTransaction(ledger, idOf)(
        { type: 'RecordTransaction', transactionId: 't-2', amount, region: 'us-east-1' },
        context,
      ),
    );
    expectDistinct([await ask(), recorded]);
  });
});
