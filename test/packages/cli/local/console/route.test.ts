import { describe, expect, it } from 'vitest';
import { createRecorder } from '../../../../../packages/cli/src/local/console/recorder.ts';
import { consoleRoute } from '../../../../../packages/cli/src/local/console/route.ts';
import {
  type HttpResponse,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/index.ts';

const recorder = createRecorder({ now: () => 0 });
recorder.add({
  region: 'us-east-1',
  kind: 'published',
  outcome: 'ok',
  eventId: 'e',
  payload: '{}',
});

/** Changes of switches. */
const turned: unknown[] = [];

const route = consoleRoute({
  recorder,
  view: () => ({ regions: [], links: [] }),
  regions: [],
  linesOf: (region, name) =>
    ['START RequestId: r1', 'other', '{"requestId":"r1"}'].map((text) => ({
      text: `${text} ${region} ${name}`,
    })),
  switches: {
    text: () => 'seed=7',
    set: async (text) => {
      if (text === 'wrong') throw new Error('failure "wrong": give a rate');
      turned.push(text);
    },
    setRunning: async (...change) => void turned.push(change),
    setCut: (cut) => void turned.push(cut),
  },
});

const ask = async (path: string, method = 'GET'): Promise<HttpResponse | undefined> => {
  const url = new URL(`http://127.0.0.1${path}`);
  return route({
    ...{ method, path: url.pathname, query: url.searchParams, rawQuery: url.search.slice(1) },
    ...{ headers: {}, body: Buffer.alloc(0) },
  });
};

const bodyOf = async (path: string) => JSON.parse(String((await ask(path))?.body));

const base = '/_antipode/console';

describe('the console', () => {
  it('leaves requests for other paths to the services', async () => {
    expect(await ask('/2015-03-31/functions/')).toBeUndefined();
    expect(await ask('/_antipode/consoles/')).toBeUndefined();
  });

  it('leads to its page', async () => {
    expect(await ask(base)).toMatchObject({ status: 308, headers: { location: `${base}/` } });
  });

  it('has a page without a script or a style of its own, under a strict policy', async () => {
    const { headers, body } = (await ask(`${base}/`)) ?? {};
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    const policy = String(headers?.['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(String(body)).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
  });

  it('serves each module that its modules import, and no name that a browser cannot read', async () => {
    const seen = new Set<string>();
    const open = [`${base}/main.js`];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, body, headers } = (await ask(path)) ?? {};
      expect([path, status]).toEqual([path, 200]);
      expect(headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' });
      const code = String(body).replaceAll(/\/\*\*.*?\*\//g, '');
      for (const [, name = ''] of code.matchAll(/\bfrom\s*["']([^"']+)["']/g)) {
        expect(name).toMatch(/^[./]/);
        open.push(new URL(name, `http://x${path}`).pathname);
      }
    }
    expect([...seen]).toContain(`${base}/vendor/preact/hooks.js`);
  });

  it.each(['entry.ts', 'tsconfig.json', '../recorder.ts', 'vendor/yaml.js', 'vendor/__proto__.js'])(
    'does not serve %s',
    async (name) => {
      const query = new URLSearchParams();
      const answer = await route({
        ...{ method: 'GET', path: `${base}/${name}`, query, rawQuery: '' },
        ...{ headers: {}, body: Buffer.alloc(0) },
      });
      expect(answer).toMatchObject({ status: 404 });
    },
  );

  it('answers with the path of an id and with one step', async () => {
    expect(await bodyOf(`${base}/api/path?id=e`)).toMatchObject({
      entries: [{ seq: 1, payload: '{}' }],
    });
    expect(await bodyOf(`${base}/api/entries?seq=1`)).toMatchObject({ eventId: 'e' });
    expect(await ask(`${base}/api/entries?seq=9`)).toMatchObject({ status: 404 });
    expect(await ask(`${base}/api/path`)).toMatchObject({ status: 400 });
    expect(await bodyOf(`${base}/api/stack`)).toEqual({
      ...{ run: recorder.run, regions: [], links: [] },
    });
  });

  const postTo = async (name: string, headers: Readonly<Record<string, string>>, body = '{}') =>
    route({
      ...{ method: 'POST', path: `${base}/api/${name}`, query: new URLSearchParams() },
      ...{ rawQuery: '', headers, body: Buffer.from(body) },
    });
  const json = { 'content-type': 'application/json' };
  const ownPage = { ...json, origin: 'http://127.0.0.1:4100' };

  it('answers with the lines of a function about one request', async () => {
    const query = 'region=us-east-1&function=api&request=r1';
    expect(await bodyOf(`${base}/api/log?${query}`)).toEqual([
      'START RequestId: r1 us-east-1 api',
      '{"requestId":"r1"} us-east-1 api',
    ]);
    expect(await bodyOf(`${base}/api/log?region=us-east-1&function=api`)).toEqual([]);
  });

  it('turns the switches of the stack, and says why one cannot be turned', async () => {
    const turn = async (name: string, asked: object) =>
      JSON.parse(String((await postTo(name, ownPage, JSON.stringify(asked)))?.body));
    expect(await bodyOf(`${base}/api/faults`)).toEqual({ text: 'seed=7' });
    expect(await turn('faults', { text: 'seed=8' })).toMatchObject({ done: true });
    expect(await turn('region', { region: 'us-west-2', running: false })).toEqual({
      done: true,
      message: 'us-west-2 is stopped.',
    });
    expect(await turn('link', { cut: true })).toMatchObject({ done: true });
    expect(turned).toEqual(['seed=8', ['us-west-2', false], true]);
    expect(await turn('faults', { text: 'wrong' })).toEqual({
      done: false,
      message: 'failure "wrong": give a rate',
    });
  });

  it('has no work but what it names', async () => {
    expect(await postTo('stack', ownPage)).toMatchObject({ status: 405 });
    expect(await postTo('constructor', ownPage)).toMatchObject({ status: 405 });
    for (const name of ['redrive', 'send']) {
      expect(await postTo(name, ownPage)).toMatchObject({ status: 200 });
      expect(await postTo(name, ownPage, '{')).toMatchObject({ status: 400 });
    }
  });

  it('does no work for a request that does not come from its page', async () => {
    expect(await postTo('send', json)).toMatchObject({ status: 403 });
    const form = { ...ownPage, 'content-type': 'application/x-www-form-urlencoded' };
    expect(await postTo('send', form)).toMatchObject({ status: 403 });
  });
});

describe('the console at a port', () => {
  it('streams steps until the client leaves, and refuses other hosts and origins', async () => {
    const server = await startHttpServer({ port: 0, routes: [route] });
    try {
      const address = `${server.url}${base}/api/stream`;
      const leaving = new AbortController();
      const answer = await fetch(address, { signal: leaving.signal });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('event: entries')) text += (await reader?.read())?.value ?? '';
      expect(text).toContain(`id: ${recorder.run}:1`);
      leaving.abort();
      const foreign = { headers: { origin: 'http://example.com' } };
      expect((await fetch(address, foreign)).status).toBe(403);
    } finally {
      await server.stop();
    }
  });
});
