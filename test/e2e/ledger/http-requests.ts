import { type OutgoingHttpHeaders, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerStack } from './stack.ts';

let ledger: LedgerStack;

const json = { 'content-type': 'application/json' };

type Sent = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
};

/** `fetch` refuses to send TRACE, and a body with GET. */
const send = ({ method = 'POST', path = '', headers = json, body = '' }: Sent) =>
  new Promise<{
    readonly status: number | undefined;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: string;
  }>((resolve, reject) => {
    const url = `${ledger.primary.functionUrls.get('antipode-ledger-api')}${path}`;
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.setHeader('content-length', Buffer.byteLength(body));
    sent.end(body);
  });

const balance = async (): Promise<string> => {
  const { body } = await ledger.ask(ledger.secondary, { operation: 'balance', account_id: 'a' });
  return String((body as { readonly balance: string }).balance);
};

const write = (changes: object = {}): string =>
  JSON.stringify({ operation: 'write', account_id: 'a', amount: '1.00', ...changes });

/** Requests over HTTP to a ledger, of which only those that mean a command record something. */
export const describeHttp = (started: () => LedgerStack): void => {
  beforeAll(async () => {
    ledger = started();
    await ledger.ask(ledger.primary, { operation: 'write', account_id: 'a', amount: '100.00' });
  });

  describe('the Function URL of the ledger', () => {
    it('records by POST, as the command of the start shows it', async () => {
      const before = await balance();
      expect(await send({ body: write() })).toMatchObject({ status: 200 });
      expect(await balance()).toBe((Number(before) + 1).toFixed(2));
    });

    it('reads by GET and HEAD', async () => {
      const get = await send({ method: 'GET', headers: {} });
      expect([get.status, Object.keys(JSON.parse(get.body))]).toEqual([
        200,
        ['count', 'totals', 'as_of', 'recent'],
      ]);
      expect(await send({ method: 'HEAD', headers: {} })).toMatchObject({ status: 200, body: '' });
      expect(await send({ method: 'OPTIONS', headers: {} })).toMatchObject({
        status: 204,
        headers: { allow: 'GET, HEAD, OPTIONS, POST' },
      });
    });

    it.each<[string, number, () => Sent]>([
      ['GET with a body', 400, () => ({ method: 'GET', body: write() })],
      ['PUT', 405, () => ({ method: 'PUT', body: write() })],
      ['PATCH', 405, () => ({ method: 'PATCH', body: write() })],
      ['DELETE', 405, () => ({ method: 'DELETE', body: write() })],
      ['TRACE', 405, () => ({ method: 'TRACE', body: write() })],
      ['another path', 404, () => ({ path: 'transactions', body: write() })],
      [
        'a body that is not UTF-8',
        400,
        () => ({ body: Buffer.from(write({ description: 'é' }), 'latin1') }),
      ],
      [
        'a gzip body',
        415,
        () => ({ headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(write()) }),
      ],
      ['a form', 415, () => ({ headers: { 'content-type': 'text/plain' }, body: write() })],
      ['no content type', 415, () => ({ headers: {}, body: write() })],
      [
        'another charset',
        415,
        () => ({ headers: { 'content-type': 'application/json; charset=utf-16' }, body: write() }),
      ],
      ['a body of 300 kB', 413, () => ({ body: write({ description: 'x'.repeat(300_000) }) })],
      ['a currency with a long s', 400, () => ({ body: write({ currency: 'uſd' }) })],
      [
        'an idempotency key of another transaction_id',
        400,
        () => ({
          headers: { ...json, 'Idempotency-Key': '"k-1"' },
          body: write({ transaction_id: 'k-2' }),
        }),
      ],
      [
        'two idempotency keys',
        400,
        () => ({ headers: { ...json, 'Idempotency-Key': ['k-1', 'k-2'] }, body: write() }),
      ],
    ])('records nothing for %s: %i', async (_, status, sent) => {
      const before = await balance();
      const answer = await send(sent());
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toMatchObject({
        error: { code: expect.any(String), message: expect.any(String) },
      });
      expect(answer.body).not.toContain('\n');
      if (status === 405)
        expect(answer.headers).toMatchObject({ allow: 'GET, HEAD, OPTIONS, POST' });
      expect(await balance()).toBe(before);
    });

    it.each(['application/json ; charset=utf-8', 'application/vnd.my_co+json'])(
      'takes the content type %s',
      async (type) => {
        const headers = { 'content-type': type };
        expect(await send({ headers, body: write() })).toMatchObject({ status: 200 });
      },
    );

    it('records once what is sent twice with one Idempotency-Key, quoted or not', async () => {
      const before = await balance();
      const first = await send({ headers: { ...json, 'Idempotency-Key': '"k-9"' }, body: write() });
      const again = await send({ headers: { ...json, 'idempotency-key': 'k-9' }, body: write() });
      expect([first.status, again.status, again.body]).toEqual([200, 200, first.body]);
      expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' });
      const other = await send({
        headers: { ...json, 'idempotency-key': 'k-9' },
        body: write({ amount: '2.00' }),
      });
      expect(other.status).toBe(422);
      expect(await balance()).toBe((Number(before) + 1).toFixed(2));
    });
  });
};
