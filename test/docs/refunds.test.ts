import { describe, expect, it } from 'vitest';
import { createBookRefund, createPayOutHandler } from '../../docs/examples/refunds.ts';
import {
  createMemoryCommandRecords,
  createMemoryIdempotencyStore,
  type MemoryRepository,
} from '../../src/adapters/memory/index.ts';
import { systemClock, systemIds } from '../../src/adapters/system/index.ts';
import { declareEvents } from '../../src/domain/kernel/index.ts';
import { asLambda, lambdaContext } from '../support/lambda.ts';
import { acceptingBus, memoryService } from '../support/memory-service.ts';
import { manualClock } from '../support/runtime-ports.ts';

type Account = { readonly id: string; readonly cents: number };

const accounts: MemoryRepository<{ readonly id: string }, Account> = {
  empty: { id: '', cents: 0 },
  load: (transaction, { id }) => transaction.get<Account>('accounts', id) ?? { id, cents: 0 },
  save: (transaction, account) => {
    transaction.put('accounts', account.id, account);
    return undefined;
  },
};

const catalogue = declareEvents('shop.refunds', {});

const refund = { id: 'r-1', account: 'ada', cents: 500 };

describe('the refunds of the documents', () => {
  it('are booked once, and not under the same id with another amount', async () => {
    const { database, runnerOf } = memoryService(manualClock(Date.now()));
    const runner = runnerOf(accounts, { catalogue, publisher: acceptingBus().publisher });
    const book = createBookRefund(createMemoryCommandRecords(database), runner);
    for (const _ of [1, 2]) {
      expect(await book({ ...refund }, lambdaContext())).toEqual({ cents: 500 });
    }
    const another = book({ ...refund, cents: 50_000 }, lambdaContext());
    await expect(another).rejects.toMatchObject({ name: 'IdempotencyValidationError' });
    expect(database.begin().get('accounts', 'ada')).toEqual({ id: 'ada', cents: 500 });
  });

  it('are paid out once, and callers are told in HTTP why not again', async () => {
    const store = createMemoryIdempotencyStore({ clock: systemClock, ids: systemIds });
    const paid: unknown[] = [];
    const begun = Promise.withResolvers<void>();
    const bank = Promise.withResolvers<{ receipt: string }>();
    const handler = asLambda(
      createPayOutHandler(store, (one) => {
        paid.push(one);
        begun.resolve();
        return bank.promise;
      }),
    );
    const send = (changes: object = {}, key = 'k-1') =>
      handler(
        {
          headers: { 'idempotency-key': key, 'x-request': crypto.randomUUID() },
          body: JSON.stringify({ ...refund, ...changes }),
        },
        lambdaContext(),
      );

    const first = send();
    await begun.promise;
    const inProgress = { statusCode: 409, headers: { 'retry-after': '1' } };
    expect(await send()).toMatchObject(inProgress);
    expect(await send({ cents: 50_000 })).toMatchObject({
      statusCode: 409,
      body: expect.stringContaining('IdempotencyKeyReused'),
    });
    expect(await send({}, '')).toMatchObject({ statusCode: 400 });
    bank.resolve({ receipt: '42' });
    const answer = { statusCode: 200, body: '{"receipt":"42"}' };
    expect(await first).toEqual(answer);
    expect(await send()).toEqual(answer);
    expect(paid).toEqual([refund]);
  });
});
