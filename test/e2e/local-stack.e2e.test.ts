import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';
import { antipodeLocal, freePorts, projectFolder, type Runner } from './local-app/runner.ts';
import { failure, run } from './local-app/stack-runs.ts';

/** A self-check that fails. */
const failing = `export const scenario = () => ({ examples: [], check: async ({ primary, step }) => {
  await step('break it', async () => String(await primary.invoke('notes-notes', { fail: 'broken glass' })));
} });`;

describe('antipode local --once', () => {
  let directory: string;
  /** A kept folder, elsewhere. The failed run has none, and its data are gone. */
  let data: string;
  let failed: Runner;
  let kept: string;
  const ends: (() => void)[] = [];

  beforeAll(async () => {
    directory = projectFolder((end) => ends.push(end));
    data = join(
      projectFolder((end) => ends.push(end)),
      'data',
    );
    const check = join(directory, 'check.ts');
    writeFileSync(check, failing);
    failed = antipodeLocal(directory, [...freePorts, '--once', '--check', check]);
    await failed.exited;
    rmSync(check);
    [, kept = ''] =
      /The logs of the functions stay until the next start: (\S+)/.exec(failed.output()) ?? [];
  });

  afterAll(() => {
    for (const end of ends) end();
  });

  it('ends with 1 and the reason when the self-check fails', async () => {
    expect(await failed.exited).toBe(1);
    expect(failed.output()).toContain(
      'The self-check FAILED: break it: notes-notes failed: Error: broken glass',
    );
  });

  it('then leaves the log files, alone and where they were', async () => {
    expect(readdirSync(join(directory, kept, '..')).toSorted()).toEqual([
      'logs',
      'owner.json',
      'stack.json',
    ]);
    const [, file = ''] = /Error: broken glass\n.*\n +(\S+\.log):\d+/.exec(failed.output()) ?? [];
    expect(existsSync(join(directory, file))).toBe(true);
    const follower = antipodeLocal(directory, ['--logs']);
    expect(await follower.exited).toBe(1);
    expect(follower.output()).toContain(`the logs of the last one are in ${kept}\n`);
  });

  it('starts, checks itself and ends, and leaves nothing, not even those log files', async () => {
    const runner = run(['--once', '--data', data], {}, directory);
    await runner.prints('Self-check');
    const processes = descendantsOf(runner.pid);
    expect(processes.length).toBeGreaterThan(2);
    expect(await runner.exited).toBe(0);
    expect(runner.output()).toMatch(/us-east-1 \(primary\)[\s\S]*us-west-2 \(secondary\)/);
    expect(runner.output()).toMatch(/export AWS_CONFIG_FILE=.*\.antipode/);
    expect(runner.output()).toMatch(/first answer \d+\.\d s after the start/);
    expect(runner.output()).toContain('The self-check passed.');
    expect(await survivorsOf(processes)).toEqual([]);
    expect(readdirSync(directory)).toEqual(['cdk.json']);
  });

  it('then finds its data and its stacks in a kept folder, and changes nothing of them', async () => {
    const check = join(directory, 'check.ts');
    writeFileSync(
      check,
      `export const scenario = () => ({ examples: [], check: async ({ secondary, step }) => {
        await step('list', async () => JSON.stringify(await secondary.invoke('notes-notes', {})));
      } });`,
    );
    const again = run(['--once', '--data', data, '--check', check], {}, directory);
    expect(await again.exited).toBe(0);
    expect(again.output()).toContain('{"ids":["checked"],"migrated":"Create"}');
  }, 180_000);
});

describe('antipode local', () => {
  it('ends at Ctrl-C while it starts', async () => {
    const runner = run();
    await runner.prints('synthesizing');
    const processes = descendantsOf(runner.pid);
    process.kill(-runner.pid, 'SIGINT');
    expect(await runner.exited).toBe(130);
    expect(await survivorsOf(processes)).toEqual([]);
  });
});

describe('antipode local says in one line, and ends with 1,', () => {
  it.each([
    ['what fails to synthesize', 'synth', /^antipode: `node .*` failed: Error: the app is broken$/],
    ['why a custom resource failed', 'migration', /notes-primary\/Migration .*: the table is gone/],
  ])('%s', async (_, fault, reason) => {
    const { code, errors } = await failure(run(['--once'], { BREAK: fault }));
    expect(code).toBe(1);
    expect(errors[0]).toMatch(reason);
    // Each Region has the fault, except where the first one ends the start.
    expect(errors.length).toBeLessThanOrEqual(2);
  });

  it('that the data folder cannot be written', async () => {
    const file = join(projectFolder(onTestFinished), 'file');
    writeFileSync(file, '');
    const { code, errors } = await failure(run(['--data', join(file, 'data')]));
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringContaining(file)]);
  });

  it('that cdk.json is not JSON', async () => {
    const directory = projectFolder(onTestFinished);
    writeFileSync(join(directory, 'cdk.json'), '{');
    const { code, errors } = await failure(run([], {}, directory));
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringContaining(`cannot read ${join(directory, 'cdk.json')}`)]);
  });

  it('that there is no app to run, which is wrong usage', async () => {
    const directory = projectFolder(onTestFinished);
    writeFileSync(join(directory, 'cdk.json'), '{}');
    const { code, errors } = await failure(run([], {}, directory));
    expect(code).toBe(2);
    expect(errors).toEqual([expect.stringContaining('no app to run: give --app')]);
  });

  it('that the folder for its own files cannot be written', async () => {
    const directory = projectFolder(onTestFinished);
    writeFileSync(join(directory, '.antipode'), '');
    const { code, errors } = await failure(run([], {}, directory));
    expect(code).toBe(1);
    expect(errors).toEqual([
      expect.stringContaining(`cannot write to ${join(directory, '.antipode')}`),
    ]);
  });
});
