import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';
import { projectFolder } from './local-app/runner.ts';
import { failure, run } from './local-app/stack-runs.ts';

describe('antipode local', () => {
  it('ends when nobody reads what it prints', async () => {
    const runner = run();
    await runner.prints('Self-check');
    const processes = descendantsOf(runner.pid);
    runner.child.stdout?.destroy();
    expect(await survivorsOf([runner.pid, ...processes])).toEqual([]);
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

  it('runs in the Regions that it is asked for', async () => {
    const runner = run(['--once', '--regions', 'eu-west-1,eu-west-2']);
    expect(await runner.exited).toBe(0);
    expect(runner.output()).toMatch(/eu-west-1 \(primary\)[\s\S]*eu-west-2 \(secondary\)/);
  });
});

describe('antipode local says in one line, and ends with 1,', () => {
  // The validation of templates has tests of its own, which `npm test` runs.
  it.each([
    ['which type it does not run', 'type', /notes-primary\/Table: the type AWS::DynamoDB::Table/],
    ['which permission AWS would miss', 'permission', /will fail in AWS: .*FromPeer/],
  ])('%s', async (_, fault, reason) => {
    const { code, errors } = await failure(run(['--once'], { BREAK: fault }));
    expect(code).toBe(1);
    expect(errors[0]).toMatch(reason);
    expect(errors.length).toBeLessThanOrEqual(2);
  });

  it('that another run uses the data folder', async () => {
    const data = join(projectFolder(onTestFinished), 'data');
    await run(['--data', data]).prints('Ctrl-C ends it.');
    const { code, errors } = await failure(run(['--data', data]));
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/data folder .* is in use/)]);
  });
});
