import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { editableProject, type Project } from './local-app/editable-project.ts';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';
import { antipodeLocal, freePorts, projectFolder, type Runner } from './local-app/runner.ts';

const selfCheck = join(import.meta.dirname, 'local-app/self-check.ts');

const run = (
  directory: string,
  args: readonly string[],
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Runner => {
  const runner = antipodeLocal(directory, args);
  atEnd(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

describe('antipode local --logs', () => {
  let project: Project;
  let directory: string;
  let stack: Runner;
  let all: Runner;
  const ends: (() => void | Promise<void>)[] = [];
  const atEnd = (end: () => void | Promise<void>) => void ends.push(end);

  beforeAll(async () => {
    project = editableProject(atEnd);
    directory = project.directory;
    stack = run(directory, [...freePorts, '--no-watch', '--check', selfCheck], atEnd);
    await stack.prints('The self-check passed.');
    all = run(directory, ['--logs'], atEnd);
  });

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it('follows all functions or one, until Ctrl-C', async () => {
    await all.prints(/us-west-2 notes-setup +\| START RequestId: /);
    await all.prints(/us-east-1 notes-notes +\| REPORT RequestId: /);
    const one = run(directory, ['--logs', 'notes-notes']);
    await one.prints(/us-west-2 notes-notes \| START RequestId: /);
    expect(one.output()).not.toContain('notes-setup');

    const [, url = ''] = /(http:\S+)\/function-urls\/notes-notes\//.exec(stack.output()) ?? [];
    const invocations = `${url}/2015-03-31/functions/notes-notes/invocations`;
    await fetch(invocations, { method: 'POST', body: '{"fail":"seen by both"}' });
    await all.prints(/us-east-1 notes-notes +\| \S+\t\S+\tERROR\tInvoke Error .*seen by both/);
    await one.prints('seen by both');
    process.kill(-one.pid, 'SIGINT');
    expect(await one.exited).toBe(0);
  });

  it('shows the old code alone with --no-watch, though a function has changed', async () => {
    project.edit('functions.ts', 'return { written: id };', 'return { written: id, version: 2 };');
    await delay(1_000);
    const [, url = ''] = /(http:\S+)\/function-urls\/notes-notes\//.exec(stack.output()) ?? [];
    const invocations = `${url}/2015-03-31/functions/notes-notes/invocations`;
    const answer = await fetch(invocations, { method: 'POST', body: '{"write":"a"}' });
    expect(await answer.json()).toEqual({ written: 'a' });
    expect(stack.output()).not.toMatch(/new code|changed/);
  });

  it('names the functions that there are', async () => {
    const wrong = run(directory, ['--logs', 'nonsense']);
    expect(await wrong.exited).toBe(2);
    expect(wrong.output()).toBe(
      'antipode: there is no function nonsense: choose one of notes-setup, notes-notes, notes-listener\n',
    );
  });

  it('ends with the stack, which stays up until Ctrl-C and then ends in order', async () => {
    expect(stack.output()).toContain('Ctrl-C ends it.');
    const processes = descendantsOf(stack.pid);
    process.kill(-stack.pid, 'SIGINT');
    expect(await stack.exited).toBe(0);
    expect(await survivorsOf(processes)).toEqual([]);
    expect(await all.exited).toBe(0);
    expect(all.output()).toMatch(/antipode: the stack has ended\n$/);
  });

  it('says that no stack runs here, and how to start one', async () => {
    const elsewhere = projectFolder(onTestFinished);
    const runner = run(elsewhere, ['--logs']);
    expect(await runner.exited).toBe(1);
    expect(runner.output()).toBe(
      `antipode: no stack runs in ${elsewhere}: start one with antipode local\n`,
    );
  });
});
