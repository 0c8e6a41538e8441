import { expect, test } from 'vitest';
import { FunctionThrottled } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { eventually, functionOf } from './support.ts';

const errorOf = (payload: string): { errorType: string; errorMessage: string; trace?: string[] } =>
  JSON.parse(payload);

/** Answers its process id, after as many milliseconds as the event says. */
const sleeper = `
  export const handler = async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return process.pid;
  };`;

/** Says when its handler begins, so that a test can act in the middle of an invocation. */
const announcing = `
  export const handler = async (event) => {
    console.log('begun');
    await new Promise((resolve) => setTimeout(resolve, event.ms));
    return 'done';
  };`;

test('returns what the handler returns, as JSON', async () => {
  const echo = await functionOf('export const handler = async (event) => ({ got: event });');
  const result = await echo.invoke('{"amount":"100.50","text":"ä€😀"}');
  expect(result.functionError).toBeUndefined();
  expect(JSON.parse(result.payload)).toEqual({ got: { amount: '100.50', text: 'ä€😀' } });
});

test('answers null for a handler that returns nothing', async () => {
  const silent = await functionOf('export const handler = async () => {};');
  expect((await silent.invoke('{}')).payload).toBe('null');
});

test('gives the handler the context that Lambda gives', async () => {
  const context = await functionOf(`
    export const handler = async (event, context) =>
      ({ ...context, remaining: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID });`);
  const result = await context.invoke('{}', { clientContext: '{"custom":{"name":"Zoë"}}' });
  expect(JSON.parse(result.payload)).toMatchObject({
    functionName: 'antipode-sample',
    functionVersion: '$LATEST',
    memoryLimitInMB: '256',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample',
    awsRequestId: result.requestId,
    logGroupName: '/aws/lambda/antipode-sample',
    clientContext: { custom: { name: 'Zoë' } },
    remaining: expect.closeTo(5000, -3),
    trace: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
  });
});

test('refuses a client context that is not JSON, and serves the next invocation', async () => {
  const target = await functionOf('export const handler = async () => 1;');
  await expect(target.invoke('{}', { clientContext: '{' })).rejects.toThrow(SyntaxError);
  expect((await target.invoke('{}')).payload).toBe('1');
});

test('reports a thrown error with its type, message and trace', async () => {
  const thrower = await functionOf(
    `export const handler = async () => { throw new TypeError('no such account'); };`,
  );
  const { payload, functionError } = await thrower.invoke('{}');
  expect(functionError).toBe('Unhandled');
  expect(errorOf(payload)).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'no such account',
    trace: expect.arrayContaining(['TypeError: no such account']),
  });
});

test('keeps the environment, and its module scope, after a thrown error', async () => {
  const counter = await functionOf(`
    let calls = 0;
    export const handler = async ({ fail }) => { calls += 1; if (fail) throw new Error('no'); return calls; };`);
  await counter.invoke('{"fail":true}');
  await counter.invoke('{}');
  expect((await counter.invoke('{}')).payload).toBe('3');
  expect(counter.environments()).toHaveLength(1);
});

test('ends the process of a handler that takes too long, and serves the next from a new one', async () => {
  const slow = await functionOf(sleeper, { timeoutSeconds: 1 });
  const { payload, requestId, functionError } = await slow.invoke('{"ms":10000}');
  expect(functionError).toBe('Unhandled');
  expect(errorOf(payload)).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
  });
  await eventually(() => slow.environments().length === 0);
  expect((await slow.invoke('{"ms":0}')).functionError).toBeUndefined();
});

test('ends the process of a handler that never yields', async () => {
  const busy = await functionOf('export const handler = () => { for (;;); };', {
    timeoutSeconds: 1,
  });
  expect(errorOf((await busy.invoke('{}')).payload).errorType).toBe('Sandbox.Timedout');
  await eventually(() => busy.environments().length === 0);
});

test('reports how the process exited when the handler ends it', async () => {
  const leaver = await functionOf('export const handler = async ({ code }) => process.exit(code);');
  const failed = await leaver.invoke('{"code":3}');
  expect(errorOf(failed.payload)).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${failed.requestId} Error: Runtime exited with error: exit status 3`,
  });
  expect(errorOf((await leaver.invoke('{"code":0}')).payload).errorMessage).toMatch(
    /Error: Runtime exited without providing a reason$/,
  );
});

test('answers an error for a process killed mid-invocation, and serves the next from a new one', async () => {
  const lines: string[] = [];
  const victim = await functionOf(announcing, { onLog: (line) => lines.push(line) });
  const invoked = victim.invoke('{"ms":10000}');
  await eventually(() => lines.some((line) => line.endsWith('begun')));
  const [pid = 0] = victim.environments();
  process.kill(pid, 'SIGKILL');
  const result = await invoked;
  expect(errorOf(result.payload)).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${result.requestId} Error: Runtime exited with error: signal: killed`,
  });
  expect((await victim.invoke('{"ms":0}')).payload).toBe('"done"');
  expect(victim.environments()).not.toContain(pid);
});

test('replaces a process that was killed between invocations', async () => {
  const victim = await functionOf(sleeper);
  await victim.invoke('{"ms":0}');
  const [pid = 0] = victim.environments();
  process.kill(pid, 'SIGKILL');
  await eventually(() => victim.environments().length === 0);
  expect((await victim.invoke('{"ms":0}')).functionError).toBeUndefined();
});

test.each([
  ['a module that throws', `throw new RangeError('bad setting');`, 'RangeError'],
  ['a module that does not parse', 'export const handler = {', 'Runtime.UserCodeSyntaxError'],
  ['a module without the handler', 'export const other = 1;', 'Runtime.HandlerNotFound'],
  [
    'a handler with a callback',
    'export const handler = (e, c, done) => {};',
    'Runtime.CallbackHandlerDeprecated',
  ],
  ['a module that exits', 'process.exit(1);', 'Runtime.ExitError'],
])('reports %s as an error of the init phase, to every invocation', async (_, code, errorType) => {
  const broken = await functionOf(code);
  for (let call = 0; call < 2; call += 1) {
    const { payload, functionError } = await broken.invoke('{}');
    expect(functionError).toBe('Unhandled');
    expect(errorOf(payload).errorType).toBe(errorType);
  }
  expect(broken.environments()).toEqual([]);
});

test('reports a handler whose file is missing', async () => {
  const broken = await functionOf('', { handler: 'other.handler' });
  expect(errorOf((await broken.invoke('{}')).payload).errorType).toBe('Runtime.ImportModuleError');
});

test('says so when the folder of the bundle is missing', async () => {
  const lines: string[] = [];
  const lost = await functionOf('', {
    codeDir: '/nowhere/at/all',
    onLog: (line) => lines.push(line),
  });
  expect(errorOf((await lost.invoke('{}')).payload).errorType).toBe('Runtime.ExitError');
  expect(lines.join()).toContain('cannot be started');
});

test('runs a middy-style handler of two parameters', async () => {
  const composed = await functionOf(`
    const middy = (base) => {
      const handler = async (event, context) => base({ ...event, id: context.awsRequestId });
      handler.use = () => handler;
      return handler;
    };
    export const handler = middy(async (event) => event.id).use();`);
  const { payload, requestId } = await composed.invoke('{}');
  expect(JSON.parse(payload)).toBe(requestId);
});

test('runs invocations that overlap in processes of their own, and reuses them', async () => {
  const parallel = await functionOf(sleeper);
  const run = async (ms: number) => {
    const results = await Promise.all([1, 2, 3].map(() => parallel.invoke(`{"ms":${ms}}`)));
    return results.map(({ payload }) => payload).sort();
  };
  // The first of them still runs when the process of the third has started, also on a busy machine.
  const first = await run(4_000);
  expect(new Set(first).size).toBe(3);
  expect(await run(500)).toEqual(first);
});

test('lets invocations above the local cap wait instead of throttling them', async () => {
  const capped = await functionOf(sleeper, { concurrencyMax: 2 });
  const results = await Promise.all([1, 2, 3, 4, 5].map(() => capped.invoke('{"ms":50}')));
  expect(results.every(({ functionError }) => functionError === undefined)).toBe(true);
  expect(new Set(results.map(({ payload }) => payload)).size).toBeLessThanOrEqual(2);
});

test('gives a waiting invocation a new process when the one before it ends', async () => {
  const single = await functionOf(sleeper, { concurrencyMax: 1, timeoutSeconds: 1 });
  const [late, next] = await Promise.all([single.invoke('{"ms":5000}'), single.invoke('{"ms":0}')]);
  expect([late.functionError, next.functionError]).toEqual(['Unhandled', undefined]);
});

test('uses the environment that was used last', async () => {
  const stacked = await functionOf(sleeper);
  await Promise.all([stacked.invoke('{"ms":300}'), stacked.invoke('{"ms":600}')]);
  const { payload: last } = await stacked.invoke('{"ms":300}');
  expect((await stacked.invoke('{"ms":0}')).payload).toBe(last);
});

test('throttles above the reserved concurrency', async () => {
  const reserved = await functionOf(sleeper, { reservedConcurrency: 1 });
  const first = reserved.invoke('{"ms":300}');
  await expect(reserved.invoke('{"ms":0}')).rejects.toThrow(FunctionThrottled);
  await first;
  expect((await reserved.invoke('{"ms":0}')).functionError).toBeUndefined();
});

test('refuses a response above 6,291,556 bytes and keeps the environment', async () => {
  const large = await functionOf(
    `export const handler = async ({ bytes }) => 'x'.repeat(bytes - 2);`,
  );
  expect((await large.invoke('{"bytes":6291556}')).payload).toHaveLength(6_291_556);
  const [pid] = large.environments();
  const { payload, functionError } = await large.invoke('{"bytes":6291557}');
  expect(functionError).toBe('Unhandled');
  expect(errorOf(payload)).toEqual({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  });
  await large.invoke('{"bytes":30000000}');
  expect((await large.invoke('{"bytes":10}')).functionError).toBeUndefined();
  expect(large.environments()).toEqual([pid]);
});

test('passes on each line of the log and keeps the last 4 KB of the invocation', async () => {
  const lines: string[] = [];
  const talker = await functionOf(
    `console.log('init');
     export const handler = async ({ times }) => {
       for (let i = 0; i < times; i += 1) console.log('line ' + i + '\\nsecond');
       process.stderr.write('no end of line');
     };`,
    { onLog: (line) => lines.push(line) },
  );
  const short = await talker.invoke('{"times":1}');
  const initAt = lines.findIndex((line) => /INFO\tinit$/.test(line));
  expect(lines.slice(initAt + 1, initAt + 3)).toEqual([
    `START RequestId: ${short.requestId} Version: $LATEST`,
    expect.stringMatching(/INFO\tline 0\nsecond$/),
  ]);
  expect(short.logTail).toMatch(/^START RequestId: .*\n.*INFO\tline 0\nsecond\nEND RequestId: /);
  expect(short.logTail).toContain(`REPORT RequestId: ${short.requestId}\tDuration: `);
  const long = await talker.invoke('{"times":500}');
  expect(Buffer.byteLength(long.logTail)).toBe(4096);
  expect(long.logTail).toContain('line 499');
});
