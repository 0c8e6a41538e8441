import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';
import { antipodeLocal, freePorts, projectFolder, type Runner } from './local-app/runner.ts';

const run = (
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  directory = projectFolder(onTestFinished),
): Runner => {
  const runner = antipodeLocal(directory, [...freePorts, ...args], environment);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

/** What a failed start printed on its last lines, and how it ended. */
const failure = async (runner: Runner) => {
  const code = await runner.exited;
  const lines = runner.output().trim().split('\n');
  return { code, errors: lines.filter((line) => line.startsWith('antipode: ')) };
};

describe('antipode local', () => {
  it('starts, checks itself and ends with --once, and leaves nothing', async () => {
    const directory = projectFolder(onTestFinished);
    const runner = run(['--once'], {}, directory);
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

  it('ends with 1 and the reason when the self-check fails', async () => {
    const check = join(projectFolder(onTestFinished), 'check.ts');
    writeFileSync(
      check,
      `export const scenario = () => ({ examples: [], check: async ({ primary, step }) => {
        await step('break it', async () => String(await primary.invoke('notes-notes', { fail: 'broken glass' })));
      } });`,
    );
    const runner = run(['--once', '--check', check]);
    expect(await runner.exited).toBe(1);
    expect(runner.output()).toContain(
      'The self-check FAILED: break it: notes-notes failed: Error: broken glass',
    );
  });

  it('stays up until Ctrl-C, which ends it in order', async () => {
    const runner = run();
    await runner.prints('Ctrl-C ends it.');
    const processes = descendantsOf(runner.pid);
    process.kill(-runner.pid, 'SIGINT');
    expect(await runner.exited).toBe(0);
    expect(await survivorsOf(processes)).toEqual([]);
  });

  it('ends when nobody reads what it prints', async () => {
    const runner = run();
    await runner.prints('Self-check');
    const processes = descendantsOf(runner.pid);
    runner.child.stdout?.destroy();
    expect(await survivorsOf([runner.pid, ...processes])).toEqual([]);
  });

  it('ends at Ctrl-C while it starts', async () => {
    const runner = run();
    await runner.prints('synthesizing');
    const processes = descendantsOf(runner.pid);
    process.kill(-runner.pid, 'SIGINT');
    expect(await runner.exited).toBe(130);
    expect(await survivorsOf(processes)).toEqual([]);
  });

  it('takes everything with it when it is killed', async () => {
    const directory = projectFolder(onTestFinished);
    const runner = run([], {}, directory);
    await runner.prints('Ctrl-C ends it.');
    const processes = descendantsOf(runner.pid);
    runner.child.kill('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
    await run(['--once'], {}, directory).exited;
    expect(existsSync(join(directory, '.antipode'))).toBe(false);
  });

  it('finds its data in a kept folder, and updates its custom resources', async () => {
    const directory = projectFolder(onTestFinished);
    const data = join(directory, 'data');
    await run(['--once', '--data', data], {}, directory).exited;
    const again = run(['--once', '--data', data], {}, directory);
    expect(await again.exited).toBe(0);
    expect(again.output()).toContain('"migrated":"Update"');
    const check = join(directory, 'check.ts');
    writeFileSync(
      check,
      `export const scenario = () => ({ examples: [], check: async ({ secondary, step }) => {
        await step('list', async () => JSON.stringify(await secondary.invoke('notes-notes', {})));
      } });`,
    );
    const third = run(['--once', '--data', data, '--check', check], {}, directory);
    expect(await third.exited).toBe(0);
    expect(third.output()).toContain('{"ids":["checked"],"migrated":"Update"}');
  }, 180_000);

  it('runs in the Regions that it is asked for', async () => {
    const runner = run(['--once', '--regions', 'eu-west-1,eu-west-2']);
    expect(await runner.exited).toBe(0);
    expect(runner.output()).toMatch(/eu-west-1 \(primary\)[\s\S]*eu-west-2 \(secondary\)/);
  });
});

describe('antipode local says in one line, and ends with 1,', () => {
  it.each([
    ['which type it does not run', 'type', /notes-primary\/Table: the type AWS::DynamoDB::Table/],
    ['what fails to synthesize', 'synth', /^antipode: `node .*` failed: Error: the app is broken$/],
    ['which permission AWS would miss', 'permission', /will fail in AWS: .*FromPeer/],
    ['why a custom resource failed', 'migration', /notes-primary\/Migration .*: the table is gone/],
  ])('%s', async (_, fault, reason) => {
    const { code, errors } = await failure(run(['--once'], { BREAK: fault }));
    expect(code).toBe(1);
    expect(errors[0]).toMatch(reason);
    // Each Region has the fault, except where the first one ends the start.
    expect(errors.length).toBeLessThanOrEqual(2);
  });

  it('that another run uses the data folder', async () => {
    const data = join(projectFolder(onTestFinished), 'data');
    await run(['--data', data]).prints('Ctrl-C ends it.');
    const { code, errors } = await failure(run(['--data', data]));
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/data folder .* is in use/)]);
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
