import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { startEnvironment } from '../../../../../../packages/cli/src/local/lambda/environment/environment.ts';
import { bundle, eventually, functionOf } from '../support.ts';

const sample = {
  name: 'antipode-sample',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample',
  region: 'us-east-1',
  runtime: 'nodejs24.x',
  handler: 'index.handler',
  timeoutSeconds: 5,
  memoryMb: 256,
  environment: {},
};

/** Collects garbage, so that the heap holds only what something refers to. */
const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

const heapMb = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
};

/** Large enough to stand out of a heap that changes by some megabytes for other reasons. */
const answerMb = 0.5;
const answer = `export const handler = async () => 'x'.repeat(${answerMb * 1e6});`;

test('keeps no answer of an environment that lives on', async () => {
  const target = await functionOf(answer);
  await target.invoke('{}');
  const [pid] = target.environments();
  const before = heapMb();
  const invocations = 80;
  for (let number = 0; number < invocations; number += 1) await target.invoke('{}');
  // One that is kept by something else is no leak; each of them would be 40 MB.
  expect(heapMb() - before).toBeLessThan((invocations * answerMb) / 4);
  expect(target.environments()).toEqual([pid]);
});

test.each([
  ['could not be started', '/nowhere', 0],
  ['has ended', undefined, 1],
])('listens to no signal for a process that %s', async (_, folder, listening) => {
  const codeDir = folder ?? (await bundle('export const handler = async () => 1;'));
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const started = await startEnvironment(
    {
      configuration: { ...sample, codeDir },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      onLog: () => undefined,
    },
    stopping.signal,
  );
  const listeners = () => getEventListeners(stopping.signal, 'abort').length;
  expect(listeners()).toBe(listening);
  if (started.kind === 'ready') {
    started.environment.kill();
    await started.environment.exited;
  }
  await eventually(() => listeners() === 0);
});

test('keeps the young generation of a process small, since there are many processes', async () => {
  const target = await functionOf(`
    import { getHeapSpaceStatistics } from 'node:v8';
    const sizeMb = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')
      .space_size / 1048576;
    export const handler = async () => {
      const kept = [];
      for (let n = 0; n < 200_000; n += 1) kept.push({ n, text: 'x' + n });
      return sizeMb();
    };`);
  expect(Number((await target.invoke('{}')).payload)).toBeLessThanOrEqual(8);
});
