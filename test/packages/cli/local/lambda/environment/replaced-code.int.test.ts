import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FunctionStopped } from '../../../../../../packages/cli/src/local/lambda/index.ts';
import { bundle, eventually, functionOf, isRunning } from '../support.ts';

/**
 * A file in which each invocation writes its number as it begins: one that runs twice is there
 * twice.
 */
const journal = (): { readonly path: string; readonly entries: () => readonly string[] } => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'journal');
  appendFileSync(path, '');
  return { path, entries: () => readFileSync(path, 'utf8').split('\n').filter(Boolean) };
};

const version = (name: string, path: string): string => `
  import { appendFileSync } from 'node:fs';
  export const handler = async ({ number, ms = 0 }) => {
    appendFileSync(${JSON.stringify(path)}, number + '\\n');
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { number, version: '${name}' };
  };`;

const invokeWith = async (
  target: Awaited<ReturnType<typeof functionOf>>,
  event: { readonly number: number; readonly ms?: number },
) => JSON.parse((await target.invoke(JSON.stringify(event))).payload);

test('runs the new code from the next invocation on, and ends the old one after its last', async () => {
  const { path, entries } = journal();
  const target = await functionOf(version('old', path));
  const newer = await bundle(version('new', path));
  const underWay = invokeWith(target, { number: 1, ms: 1500 });
  await eventually(() => entries().length === 1);
  const [oldPid = 0] = target.environments();
  const replaced = target.replaceCode(newer);
  expect(await invokeWith(target, { number: 2 })).toEqual({ number: 2, version: 'new' });
  expect(await underWay).toEqual({ number: 1, version: 'old' });
  await replaced;
  expect(isRunning(oldPid)).toBe(false);
  expect(target.environments()).toHaveLength(1);
  expect(target.configuration.codeDir).toBe(newer);
  expect(entries()).toEqual(['1', '2']);
});

test('ends processes that are idle, and starts none before they are needed', async () => {
  const target = await functionOf(version('old', journal().path));
  await target.warmUp();
  const [oldPid = 0] = target.environments();
  await target.replaceCode(await bundle(version('new', journal().path)));
  expect(isRunning(oldPid)).toBe(false);
  expect(target.environments()).toEqual([]);
});

test('loses and doubles no invocation while its code is replaced again and again', async () => {
  const { path, entries } = journal();
  const target = await functionOf(version('0', path), { concurrencyMax: 3 });
  const numbers = Array.from({ length: 120 }, (_, number) => number);
  const answers: Promise<{ number: number; version: string }>[] = [];
  const replacements: Promise<void>[] = [];
  for (const number of numbers) {
    answers.push(invokeWith(target, { number, ms: number % 7 }));
    if (number % 30 === 29) {
      replacements.push(target.replaceCode(await bundle(version(`${number}`, path))));
      // Half of them meet a version that has begun, the others one that is still starting.
      if (number % 60 === 29) await answers.at(-1);
    }
  }
  const got = await Promise.all(answers);
  await Promise.all(replacements);
  expect(got.map(({ number }) => number)).toEqual(numbers);
  expect(
    entries()
      .map(Number)
      .toSorted((one, other) => one - other),
  ).toEqual(numbers);
  expect(await invokeWith(target, { number: 120 })).toEqual({ number: 120, version: '119' });
  expect(target.environments().length).toBeLessThanOrEqual(3);
});

test('runs a queued event again on the new code when it failed on the old', async () => {
  const { path, entries } = journal();
  const target = await functionOf(
    'export const handler = async () => { throw new Error("old"); };',
  );
  target.enqueue('{"number":7}');
  await eventually(() => target.environments().length === 1);
  await target.replaceCode(await bundle(version('new', path)));
  await target.idle();
  expect(entries()).toEqual(['7']);
});

test('keeps the invocations of the new code apart from an old one that never comes to life', async () => {
  const target = await functionOf('throw new Error("broken");');
  const failed = await target.invoke('{}');
  expect(failed.functionError).toBe('Unhandled');
  const { path } = journal();
  await target.replaceCode(await bundle(version('new', path)));
  expect(await invokeWith(target, { number: 1 })).toEqual({ number: 1, version: 'new' });
});

test('ends both versions when it is stopped between them', async () => {
  const { path, entries } = journal();
  const target = await functionOf(version('old', path));
  const underWay = target.invoke('{"number":1,"ms":60000}').catch((error: unknown) => error);
  await eventually(() => entries().length === 1);
  const replaced = target.replaceCode(await bundle(version('new', path)));
  await invokeWith(target, { number: 2 });
  const pids = target.environments();
  expect(pids).toHaveLength(2);
  await target.stop();
  expect(await underWay).toBeInstanceOf(FunctionStopped);
  await replaced;
  expect(pids.filter(isRunning)).toEqual([]);
  await expect(target.replaceCode('anywhere')).rejects.toThrow(FunctionStopped);
});

test('runs later invocations with changed settings, and ends those before as they began', async () => {
  const code = `export const handler = async ({ ms = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return process.env.SIZE;
  };`;
  const target = await functionOf(code);
  const { codeDir } = target.configuration;
  const answer = async (ms: number) => (await target.invoke(JSON.stringify({ ms }))).payload;
  const underWay = answer(200);
  await eventually(() => target.environments().length === 1);
  const changed = target.reconfigure({
    ...target.configuration,
    codeDir,
    environment: { SIZE: 'large' },
  });
  expect(await answer(0)).toBe('"large"');
  expect(await underWay).not.toBe('"large"');
  await changed;
  expect(target.configuration.environment).toEqual({ SIZE: 'large' });
});
