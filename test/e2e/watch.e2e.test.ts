import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AtEnd, editableProject, type Project } from './local-app/editable-project.ts';
import { antipodeLocal, freePorts, type Runner } from './local-app/runner.ts';

/** A start and several syntheses on a busy machine. */
const timeoutMs = 180_000;

const start = async (directory: string, atEnd: AtEnd): Promise<Runner> => {
  const runner = antipodeLocal(directory, freePorts);
  atEnd(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  await runner.prints('Ctrl-C ends it.');
  return runner;
};

const end = async (runner: Runner): Promise<void> => {
  runner.child.kill('SIGINT');
  expect(await runner.exited).toBe(0);
};

/** The text that is printed from now on. */
const saidFromNow = (runner: Runner) => {
  const { length } = runner.output();
  const before = new RegExp(`^[\\s\\S]{${length}}`).source;
  return {
    text: (): string => runner.output().slice(length),
    /** Waits until a text has been printed so many times. */
    prints: async (text: string, times = 1): Promise<void> => {
      await runner.prints(new RegExp(`${before}(?:[\\s\\S]*${text}){${times}}`));
    },
  };
};

const invoke = async (runner: Runner, event: unknown): Promise<Record<string, unknown>> => {
  const [, url = ''] = /Lambda, EventBridge, SQS +(\S+)/.exec(runner.output()) ?? [];
  const answer = await fetch(`${url}/2015-03-31/functions/notes-notes/invocations`, {
    method: 'POST',
    body: JSON.stringify(event),
  });
  expect([answer.status, answer.headers.get('x-amz-function-error')]).toEqual([200, null]);
  return (await answer.json()) as Record<string, unknown>;
};

const outputsOf = (directory: string): readonly string[] => {
  const [run = ''] = readdirSync(join(directory, '.antipode'));
  return readdirSync(join(directory, '.antipode', run)).filter((name) =>
    name.startsWith('cdk.out'),
  );
};

describe('antipode local, while files change,', () => {
  let project: Project;
  let runner: Runner;
  const ends: (() => void | Promise<void>)[] = [];
  const atEnd = (end: () => void | Promise<void>) => void ends.push(end);

  beforeAll(async () => {
    project = editableProject(atEnd);
    runner = await start(project.directory, atEnd);
  }, timeoutMs);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it('runs the new code of a function once it is saved, without losing an invocation', {
    timeout: timeoutMs,
  }, async () => {
    const { edit } = project;
    const ids: string[] = [];
    let edited = false;
    const load = async (): Promise<void> => {
      while (!(edited && runner.output().includes('new code: '))) {
        const id = `n-${ids.length}`;
        ids.push(id);
        expect(await invoke(runner, { write: id })).toMatchObject({ written: id });
        // The load leaves the processor to the new code.
        await delay(20);
      }
    };
    const loads = Promise.all([load(), load(), load()]);
    edit('functions.ts', 'return { written: id };', 'return { written: id, version: 2 };');
    edited = true;
    await runner.prints('functions.ts changed: synthesizing');
    await runner.prints('new code: notes-');
    await loads;
    expect(await invoke(runner, { write: 'last' })).toEqual({ written: 'last', version: 2 });
    const { ids: stored } = await invoke(runner, {});
    expect(stored).toEqual([...ids, 'last'].toSorted());
    expect(runner.output()).not.toContain('restart to apply');
  });

  it('says why the new code cannot be built, and goes on with the old one until it can', {
    timeout: timeoutMs,
  }, async () => {
    const { edit } = project;
    const said = saidFromNow(runner);
    edit('functions.ts', "import pg from 'pg';", "import pg from 'pgg';");
    await said.prints('functions keep their old code');
    const [, reason = ''] = /\n *\S+ s {2}`node app\.ts` failed: (.*)\n/.exec(said.text()) ?? [];
    expect(reason).toContain('Could not resolve "pgg"');
    expect(await invoke(runner, { write: 'a' })).toEqual({ written: 'a', version: 2 });
    edit('functions.ts', "import pg from 'pgg';", "import pg from 'pg';");
    edit('functions.ts', 'version: 2 };', 'version: 3 };');
    await said.prints('new code: notes-');
    expect(await invoke(runner, { write: 'b' })).toEqual({ written: 'b', version: 3 });
  });

  it('names what needs a restart, and keeps no output that nothing runs', {
    timeout: timeoutMs,
  }, async () => {
    const { directory, edit } = project;
    const said = saidFromNow(runner);
    const kept = outputsOf(directory);
    edit('app.ts', 'Timeout: 20', 'Timeout: 21');
    await said.prints('restart to apply: .*notes-primary\\/Notes');
    expect(said.text()).toContain('no function has changed');
    // A comment is not in the bundle.
    edit('functions.ts', '/** Takes events, and says so. ', '/** Takes events. ');
    await said.prints('no function has changed', 2);
    edit('app.ts', 'Timeout: 21', 'Timeout: 20');
    await said.prints('no function has changed', 3);
    expect(said.text().match(/restart to apply/g)).toHaveLength(1);
    await expect.poll(() => outputsOf(directory), { timeout: 10_000 }).toEqual(kept);
  });

  it('sees a file in a folder that was made after the start', { timeout: timeoutMs }, async () => {
    const { directory, edit } = project;
    const said = saidFromNow(runner);
    mkdirSync(join(directory, 'words/short'), { recursive: true });
    writeFileSync(join(directory, 'words/short/two.ts'), "export const two = 'two';");
    await said.prints('two.ts changed: synthesizing');
    await said.prints('no function has changed');
    edit(
      'functions.ts',
      "import pg from 'pg';",
      "import pg from 'pg';\nimport { two } from './words/short/two.ts';",
    );
    edit('functions.ts', 'version: 3 };', 'two };');
    await said.prints('new code: notes-');
    expect(await invoke(runner, { write: 'c' })).toEqual({ written: 'c', two: 'two' });
  });

  it('ends in order', () => end(runner));
});
