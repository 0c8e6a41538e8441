import { describe, expect, it } from 'vitest';
import { openedLedger } from '../../support/ledger/memory-api.ts';

const write = { operation: 'write', account_id: 'a', amount: '1.00' };
const transfer = { operation: 'transfer', from_account: 'a', to_account: 'b', amount: '1.00' };

const setUp = async () => {
  const ledger = await openedLedger();
  const post = (payload: unknown, key?: string, api = ledger.primary) =>
    ledger.http(JSON.stringify(payload), api, key === undefined ? {} : { 'idempotency-key': key });
  return { ...ledger, post };
};

describe('the ledger over HTTP', () => {
  it('reads by GET, and does nothing by a method that is not POST', async () => {
    const { request, state } = await setUp();
    const before = state();
    expect(await request('GET')).toMatchObject({ statusCode: 200 });
    const body = JSON.stringify({ ...write, transaction_id: 't' });
    expect(await request('GET', '/', body)).toMatchObject({ statusCode: 400 });
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT']) {
      expect(await request(method, '/', body)).toMatchObject({
        statusCode: 405,
        headers: { allow: 'GET, HEAD, OPTIONS, POST' },
      });
    }
    expect(await request('POST', '/transactions', body)).toMatchObject({ statusCode: 404 });
    expect(state()).toBe(before);
  });
});

describe('an Idempotency-Key of the ledger', () => {
  it('is the id of a transaction that has none, in either Region', async () => {
    const { ask, post, secondary } = await setUp();
    const first = await post(write, '"key-1"');
    expect(first).toMatchObject({ status: 200, body: { transaction_id: 'key-1' } });
    const again = { status: 200, body: first.body, headers: { 'idempotent-replayed': 'true' } };
    expect(await post(write, 'key-1', secondary)).toMatchObject(again);
    expect(await post({ ...write, transaction_id: 'key-1' })).toMatchObject(again);
    const { body } = await ask({ operation: 'balance', account_id: 'a' });
    expect(body.balance).toBe('11.00');
  });

  it('is the id of a transfer too', async () => {
    const { post } = await setUp();
    const first = await post(transfer, 'key-1');
    expect(first).toMatchObject({ status: 200, body: { transaction_id: 'key-1' } });
    expect((await post(transfer, '"key-1"')).body).toEqual(first.body);
  });

  it('may be sent beside the same transaction_id', async () => {
    const { post } = await setUp();
    const both = { ...write, transaction_id: 'key-1' };
    expect(await post(both, '"key-1"')).toMatchObject({ status: 200 });
  });

  it.each([write, transfer])('must not differ from the transaction_id: %o', async (command) => {
    const { post, state } = await setUp();
    const before = state();
    expect(await post({ ...command, transaction_id: 'key-2' }, 'key-1')).toMatchObject({
      status: 400,
      body: {
        error: {
          issues: [
            {
              field: 'Idempotency-Key',
              message: 'must be the same as transaction_id where both are sent',
            },
          ],
        },
      },
    });
    expect(state()).toBe(before);
  });

  it.each([
    ['another amount', { ...write, amount: '2.00' }],
    ['another operation', transfer],
  ])('that was used with %s is refused with 422', async (_, other) => {
    const { post, state } = await setUp();
    await post(write, 'key-1');
    const before = state();
    expect(await post(other, 'key-1')).toMatchObject({
      status: 422,
      body: { error: { code: 'IdempotencyKeyReused' } },
    });
    expect(await post({ ...other, transaction_id: 'key-1' })).toMatchObject({
      status: 409,
      body: { error: { code: 'TransactionExists' } },
    });
    expect(state()).toBe(before);
  });

  it.each([
    ['"a b"', 'may have letters, digits and _ . : @ / + = - only'],
    ['x'.repeat(129), 'must have at most 128 characters'],
  ])('must be an id of the ledger, which %.8s is not', async (key, message) => {
    const { post, state } = await setUp();
    const before = state();
    for (const command of [write, transfer]) {
      expect(await post(command, key)).toMatchObject({
        status: 400,
        body: { error: { issues: [{ field: 'Idempotency-Key', message }] } },
      });
    }
    expect(state()).toBe(before);
  });

  it('says nothing about an operation that reads', async () => {
    const { post } = await setUp();
    const read = { operation: 'read', transaction_id: 'open-a' };
    expect(await post(read, 'key-1')).toMatchObject({ status: 200 });
    expect(await post({ operation: 'balance', account_id: 'a' }, 'key-1')).toMatchObject({
      status: 200,
    });
  });
});
