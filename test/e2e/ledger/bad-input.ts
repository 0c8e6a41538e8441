import { beforeAll, describe, expect, it } from 'vitest';
import { badRequests } from './bad-requests.ts';
import type { LedgerStack } from './stack.ts';

let ledger: LedgerStack;

const state = async (): Promise<string> => {
  const [list, balance] = await Promise.all([
    ledger.ask(ledger.primary, { operation: 'list', limit: 100 }),
    ledger.ask(ledger.secondary, { operation: 'balance', account_id: 'rich' }),
  ]);
  return JSON.stringify([list.body, balance.body]);
};

const expectError = (status: number, expected: number, body: string): void => {
  expect(status).toBe(expected);
  expect(body).not.toContain('\n');
  expect(JSON.parse(body)).toMatchObject({
    error: { code: expect.any(String), message: expect.any(String) },
  });
};

/** Requests to a ledger that are not what an operation takes. */
export const describeBadInput = (started: () => LedgerStack): void => {
  beforeAll(async () => {
    ledger = started();
    for (const account_id of ['rich', 'poor']) {
      await ledger.ask(ledger.primary, { operation: 'write', account_id, amount: '100.00' });
    }
  });

  describe('bad input changes nothing and is answered in one line', () => {
    for (const [what, expected, json] of Object.values(badRequests).flat()) {
      it(`${what}: ${expected}`, async () => {
        const before = await state();
        const direct = await ledger.ask(ledger.primary, JSON.parse(json));
        const overflow = json.length > 1_000_000;
        if (!json.includes('__proto__')) {
          expectError(direct.status, expected, JSON.stringify(direct.body));
        }
        const url = ledger.secondary.functionUrls.get('antipode-ledger-api') ?? '';
        const http = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: json,
        });
        expectError(http.status, overflow ? 413 : expected, await http.text());
        expect(await state()).toBe(before);
      });
    }

    it('no JSON: 400, from Lambda itself and over HTTP', async () => {
      const before = await state();
      const { url, functionUrls } = ledger.primary;
      const invoke = await fetch(`${url}/2015-03-31/functions/antipode-ledger-api/invocations`, {
        method: 'POST',
        body: '{"operation":',
      });
      expect(invoke.status).toBe(400);
      expect(await invoke.text()).toMatch(/^\{.*Could not parse request body into json/);
      const http = await fetch(functionUrls.get('antipode-ledger-api') ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"operation":',
      });
      expectError(http.status, 400, await http.text());
      expect(await state()).toBe(before);
    });

    it('a number with more digits than JSON keeps: 400 over HTTP, where its text can be seen', async () => {
      const http = await fetch(ledger.primary.functionUrls.get('antipode-ledger-api') ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"operation":"write","amount":100.500000000000000001}',
      });
      expectError(http.status, 400, await http.text());
    });

    it('another content type: 415', async () => {
      const http = await fetch(ledger.primary.functionUrls.get('antipode-ledger-api') ?? '', {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: '{"operation":"read"}',
      });
      expectError(http.status, 415, await http.text());
    });
  });
};
