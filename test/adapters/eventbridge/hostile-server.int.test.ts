import dns from 'node:dns';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createEventBridgePublisher,
  createPutEvents,
  type PutEventsEntry,
} from '../../../src/adapters/eventbridge/index.ts';
import { anEvent } from '../../support/counter.ts';

/** The server's reaction to a whole request that it has read. */
type Behaviour = (socket: Socket, head: string) => void;

const http = (status: number, body: unknown, headers: readonly string[] = []): string => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const all = [`content-length: ${Buffer.byteLength(text)}`, ...headers].join('\r\n');
  return `HTTP/1.1 ${status} Status\r\n${all}\r\n\r\n${text}`;
};

const taken = http(200, { FailedEntryCount: 0, Entries: [{ EventId: 'id' }] });
const accept: Behaviour = (socket) => socket.write(taken);
const reset: Behaviour = (socket) => socket.resetAndDestroy();
const hangUp: Behaviour = (socket) => socket.end();
const hang: Behaviour = () => undefined;
const answer =
  (text: string): Behaviour =>
  (socket) =>
    socket.write(text);
const refuse = (status: number, code: string, headers: readonly string[] = []): Behaviour =>
  answer(http(status, { __type: code, message: 'because' }, headers));

/** Each request meets the next behaviour, and after the last one that again. */
let behaviours: readonly Behaviour[] = [accept];
let heads: string[] = [];
let sockets: Socket[] = [];

const serve = (socket: Socket): void => {
  sockets.push(socket);
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const [head = '', ...rest] = received.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (rest.length === 0 || rest.join('\r\n\r\n').length < length) return;
    received = '';
    heads.push(head);
    behaviours[Math.min(heads.length, behaviours.length) - 1]?.(socket, head);
  });
};

const server = createServer(serve);
let url: URL;
beforeEach(async () => {
  [behaviours, heads, sockets] = [[accept], [], []];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const entry: PutEventsEntry = {
  ...{ EventBusName: 'bus', Source: 's', DetailType: 't', Detail: '{}' },
  Time: new Date(0),
};
const credentials = () => ({ accessKeyId: 'a', secretAccessKey: 's' });
const connect = () => createPutEvents({ region: 'us-east-1', url, credentials });
const send = (putEvents = connect(), ms = 5_000) => putEvents([entry], AbortSignal.timeout(ms));
const success = { Entries: [{ EventId: 'id' }] };

describe('a request is sent once more', () => {
  it.each<[string, Behaviour]>([
    ['503 without a body', answer(http(503, ''))],
    ['500 of a gateway, in HTML', answer(http(500, '<html>', ['content-type: text/html']))],
    ['429', answer(http(429, ''))],
    ['a throttled request', refuse(400, 'ThrottlingException')],
    ['a connection that is reset', reset],
    ['a connection that is closed', hangUp],
    [
      'an answer that ends amid its body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Entries'),
    ],
    [
      'an answer that ends amid its headers',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    ],
  ])('after %s', async (_what, first) => {
    behaviours = [first, accept];
    expect(await send()).toEqual(success);
    expect(heads).toHaveLength(2);
  });

  it.each<[Behaviour, object]>([
    [refuse(500, 'InternalException'), { name: 'InternalException', status: 500 }],
    [refuse(400, 'ThrottlingException'), { name: 'ThrottlingException', status: 400 }],
    [reset, { name: 'NoAnswer', code: 'ECONNRESET' }],
  ])('and no more than once', async (always, error) => {
    behaviours = [always];
    await expect(send()).rejects.toMatchObject(error);
    expect(heads).toHaveLength(2);
  });

  it.each([
    ...['Throttling', 'ThrottlingException', 'ThrottledException', 'TooManyRequestsException'],
    ...['RequestThrottled', 'RequestThrottledException', 'RequestLimitExceeded', 'SlowDown'],
  ])('after the refusal %s, which asks for a pause', async (code) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    behaviours = [refuse(400, code), accept];
    expect(await send()).toEqual(success);
    expect(heads).toHaveLength(2);
  });

  it.each([
    [503, 100],
    [429, 500],
  ])('after %i no sooner than chance says, which is %i ms at most', async (status, msMax) => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    behaviours = [answer(http(status, '')), accept];
    const began = performance.now();
    expect(await send()).toEqual(success);
    // A timer may come a moment early.
    expect(performance.now() - began).toBeGreaterThan(0.9 * msMax);
  });

  it.each([
    ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
    ...['EAI_AGAIN', 'ENOTFOUND'],
  ])('when it cannot connect for %s', async (code) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((...[, , done]: readonly [string, object, (error: Error) => void]) =>
        setImmediate(done, Object.assign(new Error(code), { code }))) as never);
    url = new URL('http://events.example');
    await expect(send()).rejects.toMatchObject({ name: 'NoAnswer', code });
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  it('when nothing listens, which is told then', async () => {
    const putEvents = connect();
    await new Promise((resolve) => server.close(resolve));
    await expect(send(putEvents)).rejects.toMatchObject({
      name: 'NoAnswer',
      code: 'ECONNREFUSED',
      message: expect.stringContaining('No answer from EventBridge: connect ECONNREFUSED'),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('but not where the deadline comes first, and then the first error is told', async () => {
    behaviours = [answer(http(503, { __type: 'Busy', message: 'm' }))];
    const deadline = new AbortController();
    // It is asked for once, when the wait begins.
    const random = vi.spyOn(Math, 'random').mockImplementation(() => {
      deadline.abort();
      return 0.99;
    });
    const sent = connect()([entry], deadline.signal);
    await expect(sent).rejects.toMatchObject({ name: 'Busy' });
    random.mockRestore();
    expect(heads).toHaveLength(1);
  });
});

describe('a request is sent once only', () => {
  it.each<[string, Behaviour, object]>([
    ['a refusal', refuse(400, 'AccessDeniedException'), { name: 'AccessDeniedException' }],
    ['a request that is too large', refuse(413, 'RequestEntityTooLarge'), { status: 413 }],
    ['garbage', answer('garbage\r\n\r\n'), { name: 'NoAnswer', code: /^HPE_/ }],
    ['a page instead of results', answer(http(200, '<html>')), { name: 'UnknownError' }],
    [
      'headers without end',
      answer(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
      { code: 'HPE_HEADER_OVERFLOW' },
    ],
    [
      'another protocol',
      answer('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'),
      { name: 'NoAnswer' },
    ],
    [
      'an answer of megabytes',
      answer(http(200, { Entries: [], x: 'x'.repeat(5_000_000) })),
      { message: expect.stringContaining('larger than 262144 bytes') },
    ],
  ])('after %s', async (_what, first, { code, ...error }: { code?: unknown }) => {
    behaviours = [first, accept];
    const thrown = await send().catch((one: unknown) => one);
    expect(thrown).toMatchObject(error);
    if (code !== undefined) expect((thrown as { code: string }).code).toMatch(code as string);
    expect(heads).toHaveLength(1);
  });

  it('after an answer that is one byte too large, and not after the largest', async () => {
    const sized = (bytes: number): Behaviour => {
      const body = JSON.stringify({ Entries: [{ EventId: 'id' }], x: '' });
      const rest = 'x'.repeat(bytes - body.length);
      return answer(http(200, body.replace('"x":""', `"x":"${rest}"`)));
    };
    behaviours = [sized(262_144), sized(262_145)];
    expect(await send()).toEqual(success);
    await expect(send()).rejects.toMatchObject({ name: 'NoAnswer' });
    expect(heads).toHaveLength(2);
  });

  it.each([301, 302, 303, 307, 308])(
    'after a redirect (%i), which is not followed',
    async (status) => {
      const location = `location: ${url.href}elsewhere`;
      behaviours = [answer(http(status, '', [location])), accept];
      await expect(send()).rejects.toMatchObject({ name: 'UnknownError', status });
      expect(heads).toHaveLength(1);
    },
  );

  it('although its results have another content type, as those of an emulator may', async () => {
    const body = { Entries: [{ EventId: 'id' }] };
    behaviours = [answer(http(200, body, ['content-type: text/html; charset=utf-8']))];
    expect(await send()).toEqual(success);
  });
});

describe('the deadline ends', () => {
  const partial: Behaviour = (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{');
  const endless: Behaviour = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const timer = setInterval(() => socket.write('1\r\nx\r\n'), 5);
    socket.on('close', () => clearInterval(timer));
  };
  it.each<[string, Behaviour]>([
    ['a request that is never answered', hang],
    ['an answer that stops amid its body', partial],
    ['an answer that never ends', endless],
  ])('%s', async (_what, first) => {
    // It comes soon after the request has been read, however slow the machine is.
    const deadline = new AbortController();
    const over = new DOMException('over', 'TimeoutError');
    const end: Behaviour = (socket, head) => {
      first(socket, head);
      setTimeout(() => deadline.abort(over), 20);
    };
    behaviours = [end];
    await expect(connect()([entry], deadline.signal)).rejects.toBe(over);
    expect(heads).toHaveLength(1);
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true));
  });

  it('a search for keys that never ends', async () => {
    const never = new Promise<never>(() => undefined);
    const putEvents = createPutEvents({ region: 'us-east-1', url, credentials: () => never });
    await expect(send(putEvents, 50)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(heads).toEqual([]);
  });

  it('a request before it is sent, and before keys are searched for', async () => {
    const credentials = vi.fn(() => new Promise<never>(() => undefined));
    const putEvents = createPutEvents({ region: 'us-east-1', url, credentials });
    await expect(putEvents([entry], AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(credentials).not.toHaveBeenCalled();
    expect(heads).toEqual([]);
  });

  it('through the publisher, as a failure of each event that may be tried again', async () => {
    behaviours = [hang];
    const publisher = createEventBridgePublisher({ busName: 'bus', putEvents: connect() });
    const results = await publisher.publish([anEvent(), anEvent()], Date.now() + 100);
    const failed = { ok: false, retryable: true, reason: expect.stringMatching(/^TimeoutError/) };
    expect(results).toEqual([failed, failed]);
  });
});

describe('connections', () => {
  it('are used again', async () => {
    const putEvents = connect();
    for (let count = 0; count < 5; count += 1) await send(putEvents);
    expect([heads.length, sockets.length]).toEqual([5, 1]);
  });

  it('that died while nothing used them are replaced at once, all of them', async () => {
    const putEvents = connect();
    await Promise.all([send(putEvents), send(putEvents), send(putEvents)]);
    expect(sockets).toHaveLength(3);
    behaviours = [accept, accept, accept, reset, accept];
    // A process that was frozen learns of a reset only by its next request.
    expect(await send(putEvents)).toEqual(success);
    expect([heads.length, sockets.length]).toEqual([5, 4]);
    await vi.waitFor(() =>
      expect(sockets.slice(0, 3).map(({ destroyed }) => destroyed)).toEqual([true, true, true]),
    );
    expect(sockets[3]?.destroyed).toBe(false);
  });

  it('are all replaced also when one has become idle in the same millisecond', async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    const putEvents = connect();
    await Promise.all([send(putEvents), send(putEvents)]);
    behaviours = [accept, accept, reset, accept];
    expect(await send(putEvents)).toEqual(success);
    await vi.waitFor(() => expect(sockets[0]?.destroyed && sockets[1]?.destroyed).toBe(true));
    expect(sockets).toHaveLength(3);
  });

  it('are kept when a request is answered, though with a failure', async () => {
    behaviours = [accept, answer(http(503, '')), accept];
    const putEvents = connect();
    await Promise.all([send(putEvents), send(putEvents)]);
    await send(putEvents);
    expect([heads.length, sockets.length]).toEqual([4, 2]);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it('that were idle for a minute by the clock on the wall are not used again', async () => {
    const putEvents = connect();
    await send(putEvents);
    vi.useFakeTimers({ now: Date.now() + 59_000, toFake: ['Date'] });
    await send(putEvents);
    expect(sockets).toHaveLength(1);
    vi.setSystemTime(Date.now() + 61_000);
    await send(putEvents);
    expect(sockets).toHaveLength(2);
  });

  it('are limited to fifty at once', async () => {
    const putEvents = connect();
    await Promise.all(Array.from({ length: 120 }, () => send(putEvents)));
    expect(heads).toHaveLength(120);
    expect(sockets.length).toBeLessThanOrEqual(50);
  });
});

describe('a clock that is wrong', () => {
  /** Takes only signatures of the last and the next five minutes of its own clock. */
  const strict =
    (aheadMs: number, code = 'InvalidSignatureException'): Behaviour =>
    (socket, head) => {
      const now = Date.now() + aheadMs;
      const [, date = '', time = ''] = /x-amz-date: (\d{8})T(\d{6})Z/.exec(head) ?? [];
      const iso = `${date}T${time}`.replace(/(....)(..)(..)T(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z');
      const isRight = Math.abs(Date.parse(iso) - now) < 5 * 60_000;
      const header = `date: ${new Date(now).toUTCString()}`;
      const error = { __type: code, message: 'Signature expired' };
      socket.write(isRight ? taken : http(403, error, [header]));
    };

  it.each([3_600_000, -3_600_000])(
    'is corrected by the service’s (%i ms), once',
    async (aheadMs) => {
      behaviours = [strict(aheadMs)];
      const putEvents = connect();
      expect(await send(putEvents)).toEqual(success);
      expect(heads).toHaveLength(2);
      expect(await send(putEvents)).toEqual(success);
      expect(heads).toHaveLength(3);
    },
  );

  it.each([
    ...['InvalidSignatureException', 'SignatureDoesNotMatch', 'AuthFailure'],
    ...['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed'],
  ])('is corrected after the refusal %s', async (code) => {
    behaviours = [strict(3_600_000, code)];
    expect(await send()).toEqual(success);
    expect(heads).toHaveLength(2);
  });

  it('is not blamed for a wrong signature when both clocks agree', async () => {
    const date = `date: ${new Date().toUTCString()}`;
    behaviours = [refuse(403, 'InvalidSignatureException', [date])];
    await expect(send()).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(heads).toHaveLength(1);
  });

  it('is not blamed for another refusal', async () => {
    const date = `date: ${new Date(Date.now() + 3_600_000).toUTCString()}`;
    behaviours = [refuse(403, 'AccessDeniedException', [date])];
    await expect(send()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(heads).toHaveLength(1);
  });

  it('is told when the service does not say its own time', async () => {
    behaviours = [refuse(403, 'InvalidSignatureException')];
    await expect(send()).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: 'because',
    });
    expect(heads).toHaveLength(1);
  });
});
