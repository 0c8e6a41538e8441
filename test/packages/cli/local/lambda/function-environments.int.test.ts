import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FunctionStopped } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { eventually, functionOf, isRunning } from './support.ts';

const errorOf = (payload: string): { errorType: string; errorMessage: string; trace?: string[] } =>
  JSON.parse(payload);

/** Takes the runner's timeouts in hand; those of the functions' processes run on. */
const fakeTimeouts = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
};

/** Answers its process id, after as many milliseconds as the event says. */
const sleeper = `
  export const handler = async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return process.pid;
  };`;

const reportOf = (logTail: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (logTail.match(/^REPORT .*$/m)?.[0] ?? '')
      .split('\t')
      .map((field) => field.replace(/^REPORT /, '').split(': ') as [string, string]),
  );

test('reports the init phase with the first invocation of an environment alone', async () => {
  const target = await functionOf(`
    await new Promise((resolve) => setTimeout(resolve, 50));
    export const handler = async () => {};`);
  const first = reportOf((await target.invoke('{}')).logTail);
  const second = reportOf((await target.invoke('{}')).logTail);
  expect(Number.parseFloat(first['Init Duration'] ?? '')).toBeGreaterThanOrEqual(50);
  expect(Number.parseFloat(first['Billed Duration'] ?? '')).toBeGreaterThanOrEqual(50);
  expect(second).not.toHaveProperty('Init Duration');
  expect(first['Memory Size']).toBe('256 MB');
});

test('reports the most memory that an environment has had', async () => {
  const megabytes = 200;
  const target = await functionOf(`
    export const handler = async ({ bytes }) => Buffer.alloc(bytes, 1).length;`);
  const used = async (bytes: number): Promise<number> => {
    const { logTail } = await target.invoke(JSON.stringify({ bytes }));
    return Number.parseInt(reportOf(logTail)['Max Memory Used'] ?? '', 10);
  };
  const before = await used(1);
  expect(before).toBeGreaterThan(20);
  // Of the function's process, not of the one that started it.
  expect(before).toBeLessThan(megabytes);
  expect(await used(megabytes * 1024 * 1024)).toBeGreaterThan(megabytes);
  expect(await used(1)).toBeGreaterThan(megabytes);
});

test.each([
  ['a timeout', 'await new Promise(() => setInterval(() => {}, 1000));', 1, 'timeout', undefined],
  ['an exit', 'process.exit(3);', 20, 'error', 'Runtime.ExitError'],
  ['an error of the function', `throw new Error('no');`, 20, undefined, undefined],
])('says in the report that an invocation ended by %s', async (_, body, seconds, status, type) => {
  const target = await functionOf(`export const handler = async () => { ${body} };`, {
    timeoutSeconds: seconds,
  });
  const report = reportOf((await target.invoke('{}')).logTail);
  expect([report['Status'], report['Error Type']]).toEqual([status, type]);
  expect(Number.parseFloat(report['Duration'] ?? '')).toBeLessThanOrEqual(seconds * 1000);
});

test('gives the process nothing of the developer’s environment', async () => {
  process.env['ANTIPODE_DEVELOPER_SECRET'] = 'seen';
  const inspector = await functionOf('export const handler = async () => process.env;', {
    environment: { DSQL_USER: 'ledger_app', NODE_EXTRA_CA_CERTS: '/tmp/ca.pem' },
  });
  const seen: Record<string, string> = JSON.parse((await inspector.invoke('{}')).payload);
  expect(seen).toMatchObject({
    DSQL_USER: 'ledger_app',
    NODE_EXTRA_CA_CERTS: '/tmp/ca.pem',
    AWS_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    TZ: ':UTC',
    _HANDLER: 'index.handler',
  });
  const expected =
    /^(AWS_\w+|LAMBDA_\w+|_HANDLER|_X_AMZN_TRACE_ID|LANG|PATH|TZ|DSQL_USER|NODE_EXTRA_CA_CERTS)$/;
  expect(Object.keys(seen).filter((name) => !expected.test(name))).toEqual([]);
  expect(seen['PATH']).not.toBe(process.env['PATH']);
});

test('refuses a variable that Lambda reserves', async () => {
  await expect(functionOf('', { environment: { AWS_REGION: 'eu-west-1' } })).rejects.toThrow(
    'antipode-sample sets AWS_REGION, which Lambda reserves: remove it from its environment',
  );
});

test('starts an environment ahead of the first invocation', async () => {
  const warm = await functionOf(sleeper);
  await Promise.all([warm.warmUp(), warm.warmUp()]);
  const [pid, ...others] = warm.environments();
  expect(others).toEqual([]);
  expect((await warm.invoke('{"ms":0}')).payload).toBe(String(pid));
});

test('ends every process when stopped, whatever is under way', async () => {
  const deaf = `process.on('SIGTERM', () => {}); ${sleeper}`;
  const busy = await functionOf(deaf, { concurrencyMax: 1, timeoutSeconds: 60 });
  await busy.warmUp();
  const [pid = 0] = busy.environments();
  const underWay = busy.invoke('{"ms":60000}');
  const waiting = busy.invoke('{"ms":0}');
  const refused = [underWay, waiting].map((one) => expect(one).rejects.toThrow(FunctionStopped));
  await busy.stop();
  await Promise.all(refused);
  expect(isRunning(pid)).toBe(false);
  await expect(busy.invoke('{}')).rejects.toThrow(FunctionStopped);
});

test('ends an init phase that takes over ten seconds', async () => {
  const stuck = await functionOf('await new Promise((resolve) => setTimeout(resolve, 60_000));');
  fakeTimeouts();
  const invoked = stuck.invoke('{}');
  await delay(300);
  vi.advanceTimersByTime(10_000);
  const { payload, requestId } = await invoked;
  expect(errorOf(payload)).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 10.00 seconds`,
  });
});

test('ends an environment that was idle for five minutes, not one in use', async () => {
  const target = await functionOf(sleeper);
  await target.warmUp();
  await target.invoke('{"ms":0}');
  fakeTimeouts();
  await target.invoke('{"ms":0}');
  vi.advanceTimersByTime(299_000);
  await target.invoke('{"ms":0}');
  vi.advanceTimersByTime(299_000);
  await delay(100);
  expect(target.environments()).toHaveLength(1);
  vi.advanceTimersByTime(1000);
  await eventually(() => target.environments().length === 0);
});

test('ends a process that is still in its init phase when stopped', async () => {
  const stuck = await functionOf('await new Promise((resolve) => setTimeout(resolve, 60_000));');
  const waiting = expect(stuck.invoke('{}')).rejects.toThrow(FunctionStopped);
  await stuck.stop();
  await waiting;
});
