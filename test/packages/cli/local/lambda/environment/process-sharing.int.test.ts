import { expect, onTestFinished, test } from 'vitest';
import {
  createInvokeApi,
  createProcessBudget,
  FunctionThrottled,
  type LocalFunction,
} from '../../../../../../packages/cli/src/local/lambda/index.ts';
import { startHttpServer } from '../../../../../../packages/local-dsql/src/http/http-server.ts';
import { bundle, eventually, functionOf } from '../support.ts';

/**
 * Passes its event on to the first function that the event names, with the others, and waits for
 * the answer.
 */
const caller = `
  export const handler = async ({ then: [next, ...others] }) => {
    if (next === undefined) return 1;
    const url = process.env.API + '/2015-03-31/functions/' + next + '/invocations';
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ then: others }) });
    return 1 + await answer.json();
  };`;

/** Functions of the given names that invoke each other and share a number of processes. */
const start = async (processesMax: number, ...names: readonly string[]) => {
  const functions = new Map<string, LocalFunction>();
  const { url, stop } = await startHttpServer({
    port: 0,
    routes: [
      createInvokeApi({
        region: 'us-east-1',
        accountId: '000000000000',
        functionNamed: (name) => functions.get(name),
      }),
    ],
  });
  onTestFinished(stop);
  const processBudget = createProcessBudget({ processesMax });
  const options = { processBudget, timeoutSeconds: 60, environment: { API: url } };
  for (const name of names) functions.set(name, await functionOf(caller, { ...options, name }));
  return {
    processes: processBudget.processes,
    /** Invokes the first of the names so many times at once, for a chain through all of them. */
    chain: async (times: number, [first = '', ...then]: readonly string[]): Promise<unknown> => {
      const payload = JSON.stringify({ then });
      const invoked = Array.from({ length: times }, () => functions.get(first)?.invoke(payload));
      return (await Promise.all(invoked)).map((result) => result?.payload);
    },
  };
};

const repeated = (times: number, payload: string) => Array.from({ length: times }, () => payload);

test('a function that waits for another gets its answer while all processes are taken', async () => {
  const { chain, processes } = await start(3, 'one', 'two', 'three');
  expect(await chain(8, ['one', 'two', 'three'])).toEqual(repeated(8, '3'));
  await eventually(() => processes() <= 3);
});

test('a function that waits for itself gets its answer while all processes are taken', async () => {
  const { chain, processes } = await start(2, 'one');
  expect(await chain(2, ['one', 'one'])).toEqual(['2', '2']);
  await eventually(() => processes() <= 2);
});

test('functions that wait for each other in a circle get their answers', async () => {
  const { chain } = await start(2, 'one', 'two');
  expect(await chain(2, ['one', 'two', 'one'])).toEqual(['3', '3']);
});

test('functions in turn reuse the places of those that are idle', async () => {
  const { chain, processes } = await start(2, 'one', 'two');
  for (let round = 0; round < 3; round += 1) {
    for (const name of ['one', 'two']) expect(await chain(2, [name])).toEqual(['1', '1']);
    expect(processes()).toBeLessThanOrEqual(3);
  }
});

test('reserved concurrency throttles whatever the budget has', async () => {
  const processBudget = createProcessBudget({ processesMax: 8 });
  const sleeper =
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 300));';
  const reserved = await functionOf(sleeper, { processBudget, reservedConcurrency: 2 });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => reserved.invoke('{}')));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(outcomes[2]).toMatchObject({ reason: expect.any(FunctionThrottled) });
});

test('a function whose code is replaced while all processes are taken answers with both codes', async () => {
  const processBudget = createProcessBudget({ processesMax: 1 });
  const version = (name: string) =>
    `export const handler = (ms) => new Promise((resolve) => setTimeout(resolve, ms, '${name}'));`;
  const target = await functionOf(version('old'), { processBudget });
  const old = target.invoke('1500');
  await eventually(() => target.environments().length === 1);
  const replaced = target.replaceCode(await bundle(version('new')));
  expect((await target.invoke('0')).payload).toBe('"new"');
  expect((await old).payload).toBe('"old"');
  await replaced;
  expect(processBudget.processes()).toBe(1);
});
