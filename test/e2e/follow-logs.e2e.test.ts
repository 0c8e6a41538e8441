import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder } from './local-app/runner.ts';

const run = (directory: string, ...args: readonly string[]) => {
  const runner = antipodeLocal(directory, args);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

/** A self-check that fails. */
const failing = `export const scenario = () => ({ examples: [], check: async ({ primary, step }) => {
  await step('break it', async () => String(await primary.invoke('notes-notes', { fail: 'broken glass' })));
} });`;

describe('antipode local --logs', () => {
  it('follows all functions or one, until the stack ends or Ctrl-C', async () => {
    const directory = projectFolder(onTestFinished);
    const stack = run(directory, ...freePorts);
    await stack.prints('The self-check passed.');
    const all = run(directory, '--logs');
    await all.prints(/us-west-2 notes-setup +\| START RequestId: /);
    await all.prints(/us-east-1 notes-notes +\| REPORT RequestId: /);
    const one = run(directory, '--logs', 'notes-notes');
    await one.prints(/us-west-2 notes-notes \| START RequestId: /);
    expect(one.output()).not.toContain('notes-setup');

    const [, url = ''] = /(http:\S+)\/function-urls\/notes-notes\//.exec(stack.output()) ?? [];
    const invocations = `${url}/2015-03-31/functions/notes-notes/invocations`;
    await fetch(invocations, { method: 'POST', body: '{"fail":"seen by both"}' });
    await all.prints(/us-east-1 notes-notes +\| \S+\t\S+\tERROR\tInvoke Error .*seen by both/);
    await one.prints('seen by both');

    const wrong = run(directory, '--logs', 'nonsense');
    expect(await wrong.exited).toBe(2);
    expect(wrong.output()).toBe(
      'antipode: there is no function nonsense: choose one of notes-setup, notes-notes, notes-listener\n',
    );

    process.kill(-one.pid, 'SIGINT');
    expect(await one.exited).toBe(0);
    process.kill(-stack.pid, 'SIGINT');
    expect(await all.exited).toBe(0);
    expect(all.output()).toMatch(/antipode: the stack has ended\n$/);
  });

  it('says that no stack runs here, and how to start one', async () => {
    const directory = projectFolder(onTestFinished);
    const runner = run(directory, '--logs');
    expect(await runner.exited).toBe(1);
    expect(runner.output()).toBe(
      `antipode: no stack runs in ${directory}: start one with antipode local\n`,
    );
  });
});

describe('the log files of a run that failed', () => {
  it('stay, alone and where they were, until the next start', async () => {
    const directory = projectFolder(onTestFinished);
    const check = join(directory, 'check.ts');
    writeFileSync(check, failing);
    const failed = run(directory, ...freePorts, '--once', '--check', check);
    expect(await failed.exited).toBe(1);
    const [, kept = ''] =
      /The logs of the functions stay until the next start: (\S+)/.exec(failed.output()) ?? [];
    expect(readdirSync(join(directory, kept, '..')).toSorted()).toEqual([
      'logs',
      'owner.json',
      'stack.json',
    ]);
    const [, file = ''] = /Error: broken glass\n.*\n +(\S+\.log):\d+/.exec(failed.output()) ?? [];
    expect(existsSync(join(directory, file))).toBe(true);

    const follower = run(directory, '--logs');
    expect(await follower.exited).toBe(1);
    expect(follower.output()).toContain(`the logs of the last one are in ${kept}\n`);

    expect(await run(directory, ...freePorts, '--once').exited).toBe(0);
    expect(existsSync(join(directory, '.antipode'))).toBe(false);
  });
});
