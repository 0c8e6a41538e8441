import { describe, expect, it } from 'vitest';
import { memoryLedger, openedLedger } from '../../support/ledger/memory-api.ts';

/** Memory answers at once. */
const anyTime = Number.POSITIVE_INFINITY;

describe('writing', () => {
  it('answers the recorded transaction, which either Region reads', async () => {
    const { ask, clock, secondary } = await memoryLedger();
    const recorded = {
      transaction_id: 'test-001',
      kind: 'deposit',
      amount: '100.50',
      currency: 'USD',
      region: 'us-east-1',
      recorded_at: new Date(clock.now()).toISOString(),
    };
    const write = { operation: 'write', transaction_id: 'test-001', amount: 100.5 };
    expect(await ask(write)).toMatchObject({ status: 200, body: recorded });
    const read = { operation: 'read', transaction_id: 'test-001' };
    expect(await ask(read, secondary)).toMatchObject({ status: 200, body: recorded });
  });

  it('takes its id from the request where it has none', async () => {
    const { ask } = await memoryLedger();
    const { body } = await ask({ operation: 'create', amount: 1 });
    expect(body.transaction_id).toBe('request-1');
  });

  it('replays the same transaction, in either Region, without effect', async () => {
    const { ask, publisher, queries, secondary } = await memoryLedger();
    const write = { operation: 'write', transaction_id: 't', account_id: 'a', amount: '1.00' };
    const first = await ask(write);
    const second = await ask({ ...write, amount: 1 }, secondary);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(publisher.published).toHaveLength(1);
    expect(await queries.account('a', anyTime)).toMatchObject({ balance: { minor: 100n } });
  });

  it.each([
    ['amount', { amount: '2.00' }],
    ['currency', { currency: 'EUR' }],
    ['account', { account_id: 'b' }],
    ['description', { description: 'other' }],
  ])('refuses a used id with another %s', async (_, changes) => {
    const { ask, state } = await memoryLedger();
    const write = { operation: 'write', transaction_id: 't', account_id: 'a', amount: '1.00' };
    await ask(write);
    const before = state();
    expect(await ask({ ...write, ...changes })).toMatchObject({
      status: 409,
      body: { error: { code: 'TransactionExists' } },
    });
    expect(state()).toBe(before);
  });

  it('refuses a used id with another operation', async () => {
    const { ask, state } = await openedLedger();
    const before = state();
    const transfer = { operation: 'transfer', from_account: 'a', to_account: 'b', amount: 1 };
    expect(await ask({ ...transfer, transaction_id: 'open-a' })).toMatchObject({ status: 409 });
    expect(state()).toBe(before);
  });

  it('refuses another currency than the account has', async () => {
    const { ask } = await openedLedger();
    const write = { operation: 'write', account_id: 'a', amount: 1, currency: 'JPY' };
    expect(await ask(write)).toMatchObject({
      status: 422,
      body: { error: { code: 'CurrencyMismatch', message: 'Account a is in USD, not JPY' } },
    });
  });

  it('sent fifty times at once, half to each Region, is one transaction, one event, fifty equal answers', async () => {
    const { ask, primary, publisher, queries, secondary } = await memoryLedger();
    const write = { operation: 'write', transaction_id: 't', account_id: 'a', amount: '1.00' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(write, index % 2 === 0 ? primary : secondary)),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(publisher.published).toHaveLength(1);
    expect(await queries.list({ limit: 100 }, anyTime)).toHaveLength(1);
    expect(await queries.account('a', anyTime)).toMatchObject({
      balance: { minor: 100n },
      version: 1,
    });
  });
});

describe('transferring', () => {
  const transfer = {
    operation: 'transfer',
    transaction_id: 't',
    from_account: 'a',
    to_account: 'b',
    amount: '2.50',
  };

  it('answers both balances', async () => {
    const { ask } = await openedLedger();
    expect(await ask(transfer)).toMatchObject({
      status: 200,
      body: {
        transaction_id: 't',
        amount: '2.50',
        currency: 'USD',
        from: { account_id: 'a', balance: '7.50', currency: 'USD' },
        to: { account_id: 'b', balance: '3.50', currency: 'USD' },
      },
    });
  });

  it.each([
    ['overdraws', { amount: '10.01' }, 422, 'InsufficientFunds'],
    ['goes nowhere', { to_account: 'a' }, 422, 'SameAccount'],
    ['has another currency', { currency: 'EUR' }, 422, 'CurrencyMismatch'],
    ['comes from an account that does not exist', { from_account: 'x' }, 404, 'AccountNotFound'],
    ['goes to an account that does not exist', { to_account: 'x' }, 404, 'AccountNotFound'],
  ])('is refused when it %s, and changes nothing', async (_, changes, status, code) => {
    const { ask, publisher, state } = await openedLedger();
    const before = state();
    expect(await ask({ ...transfer, ...changes })).toMatchObject({
      status,
      body: { error: { code } },
    });
    expect(state()).toBe(before);
    expect(publisher.published).toHaveLength(2);
  });

  it.each([
    ['amount', { amount: '2.51' }],
    ['currency', { currency: 'EUR' }],
    ['source', { from_account: 'b', to_account: 'c' }],
    ['destination', { to_account: 'c' }],
    ['description', { description: 'other' }],
  ])('is refused under a used id with another %s', async (_, changes) => {
    const { ask, state } = await openedLedger();
    await ask({ operation: 'write', account_id: 'c', amount: '9.00' });
    await ask(transfer);
    const before = state();
    expect(await ask({ ...transfer, ...changes })).toMatchObject({
      status: 409,
      body: { error: { code: 'TransactionExists' } },
    });
    expect(state()).toBe(before);
  });

  it('may succeed under the same id after it was refused', async () => {
    const { ask } = await openedLedger();
    expect(await ask({ ...transfer, amount: '10.01' })).toMatchObject({ status: 422 });
    expect(await ask(transfer)).toMatchObject({ status: 200 });
  });

  it('two hundred times at once, among five accounts and in both Regions, conserves the sum', async () => {
    const { ask, primary, queries, secondary } = await memoryLedger();
    const accounts = ['a', 'b', 'c', 'd', 'e'];
    for (const account_id of accounts)
      await ask({ operation: 'write', account_id, amount: '20.00' });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ask(
          {
            operation: 'transfer',
            transaction_id: `t-${index}`,
            from_account: accounts[index % 5],
            to_account: accounts[(index * 3 + 1) % 5],
            amount: String(1 + (index % 9)),
          },
          index % 2 === 0 ? primary : secondary,
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 422]));
    const balances = await Promise.all(accounts.map((id) => queries.account(id, anyTime)));
    const minors = balances.map((account) => account?.balance.minor ?? 0n);
    expect(minors.reduce((sum, minor) => sum + minor, 0n)).toBe(10_000n);
    expect(minors.every((minor) => minor >= 0n)).toBe(true);
  });
});

describe('reading', () => {
  it('answers totals per Region, kind and currency, and the newest transactions', async () => {
    const { ask, clock, deliver, secondary } = await openedLedger();
    await ask({ operation: 'write', amount: 100, currency: 'JPY' }, secondary);
    await ask({
      operation: 'transfer',
      transaction_id: 't',
      from_account: 'a',
      to_account: 'b',
      amount: 1,
    });
    await deliver();
    await deliver();
    const { status, body } = await ask({});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      count: 4,
      totals: [
        { region: 'us-east-1', kind: 'deposit', currency: 'USD', count: 2, amount: '11.00' },
        { region: 'us-east-1', kind: 'transfer', currency: 'USD', count: 1, amount: '1.00' },
        { region: 'us-west-2', kind: 'deposit', currency: 'JPY', count: 1, amount: '100' },
      ],
      as_of: new Date(clock.now()).toISOString(),
    });
    expect(body.recent).toHaveLength(4);
  });

  it('answers totals of nothing before the first event', async () => {
    const { ask } = await memoryLedger();
    expect(await ask({ operation: 'count' })).toMatchObject({
      status: 200,
      body: { count: 0, totals: [], as_of: null, recent: [] },
    });
  });

  it('says that a transaction is not recorded', async () => {
    const { ask } = await memoryLedger();
    expect(await ask({ transaction_id: 'none' })).toMatchObject({
      status: 404,
      body: { error: { code: 'TransactionNotFound' } },
    });
  });

  it('answers a balance, or that there is no such account', async () => {
    const { ask } = await openedLedger();
    const balance = (account_id: string) => ask({ operation: 'balance', account_id });
    expect(await balance('a')).toMatchObject({
      status: 200,
      body: { account_id: 'a', balance: '10.00', currency: 'USD' },
    });
    expect(await balance('x')).toMatchObject({
      status: 404,
      body: { error: { code: 'AccountNotFound', message: 'Account x does not exist' } },
    });
  });
});

describe('listing', () => {
  it('pages through all transactions, newest first, each once', async () => {
    const { ask, clock } = await memoryLedger();
    for (let index = 0; index < 7; index += 1) {
      await ask({ operation: 'write', transaction_id: `t-${index}`, amount: 1 });
      // Some within the same millisecond.
      if (index % 2 === 0) clock.advance(1);
    }
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { body } = await ask({ operation: 'list', limit: 3, ...(cursor ? { cursor } : {}) });
      pages.push(body.transactions.map((one: { transaction_id: string }) => one.transaction_id));
      cursor = body.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages).toEqual([['t-6', 't-5', 't-4'], ['t-3', 't-2', 't-1'], ['t-0']]);
  });

  it('of nothing is an empty page without a next one', async () => {
    const { ask } = await memoryLedger();
    const body = { transactions: [], next_cursor: null };
    expect(await ask({ operation: 'recent' })).toMatchObject({ status: 200, body });
  });
});
