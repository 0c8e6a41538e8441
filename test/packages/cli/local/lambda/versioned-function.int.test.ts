import { describe, expect, onTestFinished, test } from 'vitest';
import { createVersionedFunction } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { eventually, functionOptions } from './support.ts';

/** Answers which code runs, and as which version it is known. */
const codeNamed = (name: string) => `
  export const handler = async ({ ms = 0 }, { functionVersion, invokedFunctionArn }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ['${name}', functionVersion, process.env.AWS_LAMBDA_FUNCTION_VERSION, invokedFunctionArn];
  };`;

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:antipode-sample';

/** A function whose draws of a version are those given, one after the other. */
const setUp = async (draws: readonly number[] = []) => {
  const [before, after] = await Promise.all(
    ['old', 'new'].map((name) => functionOptions(codeNamed(name))),
  );
  if (!before || !after) throw new Error('two codes were made');
  const left = [...draws];
  const fn = createVersionedFunction({ ...before, draw: () => left.shift() ?? Number.NaN });
  onTestFinished(fn.stop);
  fn.publish('1', before);
  const run = async (qualifier: string, payload = '{}') => {
    const result = await fn.qualified(qualifier)?.invoke(payload);
    return { ran: JSON.parse(result?.payload ?? 'null'), version: result?.executedVersion };
  };
  const replace = () => fn.reconfigure(after);
  return { fn, run, replace, before, after };
};

describe('a published version', () => {
  test('keeps its code when that of the function is replaced', async () => {
    const { run, replace } = await setUp();
    await replace();
    expect(await run('1')).toEqual({ ran: ['old', '1', '1', `${arn}:1`], version: '1' });
    expect(await run('$LATEST')).toMatchObject({ ran: ['new', '$LATEST', '$LATEST', arn] });
  });

  test('is deleted after its last invocation, and not while an alias leads to it', async () => {
    const { fn, run } = await setUp();
    fn.putAlias('live', { version: '1', others: {} });
    await expect(fn.removeVersion('1')).rejects.toThrow(
      'The function version 1 is in use by alias live: lead the alias elsewhere',
    );
    fn.removeAlias('live');
    const running = run('1', '{"ms":200}');
    await eventually(() => fn.environments().length === 1);
    await fn.removeVersion('1');
    expect(await running).toMatchObject({ version: '1' });
    expect(fn.qualified('1')).toBeUndefined();
    expect(fn.environments()).toEqual([]);
  });

  test('ends with its function', async () => {
    const { fn, run } = await setUp();
    await run('1');
    expect(fn.environments()).toHaveLength(1);
    await fn.stop();
    expect(fn.environments()).toEqual([]);
  });
});

describe('an alias', () => {
  test('leads to its version, under its own name', async () => {
    const { fn, run, replace } = await setUp();
    await replace();
    fn.putAlias('live', { version: '1', others: {} });
    expect(await run('live')).toEqual({ ran: ['old', '1', '1', `${arn}:live`], version: '1' });
    expect(fn.qualified('live')?.configuration.version).toBe('1');
    expect(fn.alias('live')).toEqual({ version: '1', others: {} });
  });

  test('draws a version for each request by its shares', async () => {
    const { fn, run, after } = await setUp([0, 0.0999, 0.1, 0.9999]);
    fn.publish('2', after);
    fn.putAlias('live', { version: '1', others: { 2: 0.1 } });
    const versions = [];
    for (let request = 0; request < 4; request += 1) versions.push((await run('live')).version);
    expect(versions).toEqual(['2', '2', '1', '1']);
  });

  test('leads later requests elsewhere, also for those who have found it before', async () => {
    const { fn, after } = await setUp([0.5, 0.5]);
    fn.publish('2', after);
    fn.putAlias('live', { version: '1', others: {} });
    const found = fn.qualified('live');
    expect((await found?.invoke('{}'))?.executedVersion).toBe('1');
    fn.putAlias('live', { version: '2', others: {} });
    expect((await found?.invoke('{}'))?.executedVersion).toBe('2');
  });

  test('is refused for a version that is not published', async () => {
    const { fn } = await setUp();
    expect(() => fn.putAlias('live', { version: '1', others: { 7: 0.1 } })).toThrow(
      `Function not found: ${arn}:7`,
    );
    expect(fn.qualified('live')).toBeUndefined();
  });
});
