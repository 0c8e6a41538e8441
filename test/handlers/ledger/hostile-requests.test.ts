import { describe, expect, it } from 'vitest';
import { memoryLedger, openedLedger } from '../../support/ledger/memory-api.ts';

describe('a hostile request', () => {
  const megabyte = 'x'.repeat(1_000_000);
  const hostile: Readonly<Record<string, unknown>> = {
    'an unknown operation': { operation: 'delete' },
    'no amount': { operation: 'write' },
    'a negative amount': { operation: 'write', amount: -1 },
    'an amount of NaN': { operation: 'write', amount: 'NaN' },
    'a huge amount': { operation: 'write', amount: 1e300 },
    'an over-precise amount': { operation: 'write', amount: 0.001 },
    'a string of a megabyte': { operation: 'write', amount: 1, description: megabyte },
    'an amount of a megabyte': { operation: 'write', amount: megabyte },
    'a key of a megabyte': { operation: 'write', amount: 1, [megabyte]: 1 },
    'a __proto__ key': JSON.parse('{"operation":"write","amount":1,"__proto__":{"amount":2}}'),
    'an id of 10,000 characters': {
      operation: 'write',
      amount: 1,
      transaction_id: 'x'.repeat(1e4),
    },
    'a limit of 0': { operation: 'list', limit: 0 },
    'a limit of 10,000': { operation: 'list', limit: 10_000 },
    'a bad cursor': { operation: 'list', cursor: 'bad' },
    'a list': [{ operation: 'write', amount: 1 }],
    'a text': 'write',
  };

  it.each(Object.keys(hostile))(
    'with %s gets one line of JSON and changes nothing',
    async (name) => {
      const { ask, http, outbox, publisher, state } = await openedLedger();
      const before = state();
      const json = JSON.stringify(hostile[name]);
      const [direct, sent] = [await ask(hostile[name]), await http(json)];
      const overHttp = json.length > 256 * 1024 ? [413, 'ContentTooLarge'] : [400, 'InvalidInput'];
      expect([direct.status, direct.body.error.code]).toEqual([400, 'InvalidInput']);
      expect([sent.status, sent.body.error.code]).toEqual(overHttp);
      for (const { body } of [direct, sent]) {
        expect(JSON.stringify(body).length).toBeLessThan(1_000);
      }
      expect(state()).toBe(before);
      expect(publisher.published).toHaveLength(2);
      expect(await outbox.status()).toMatchObject({ pending: { count: 0 } });
    },
  );

  it('that is no JSON gets one line of JSON and changes nothing', async () => {
    const { http, state } = await openedLedger();
    const before = state();
    for (const body of ['', '{', 'operation=write&amount=1', '{"amount":NaN}']) {
      expect(await http(body)).toMatchObject({
        status: 400,
        body: { error: { code: 'InvalidInput', message: 'The body must be a JSON object' } },
      });
    }
    expect(state()).toBe(before);
  });

  it('learns every wrong field at once', async () => {
    const { ask } = await memoryLedger();
    const { body } = await ask({ operation: 'transfer', amount: -1, from_account: '', limit: 1 });
    const fields = body.error.issues.map(({ field }: { field: string }) => field);
    expect(fields.toSorted()).toEqual([
      'amount',
      'from_account',
      'limit',
      'to_account',
      'transaction_id',
    ]);
  });
});
