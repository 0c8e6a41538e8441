import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder, type Runner } from './local-app/runner.ts';

/** A start and several syntheses on a busy machine. */
const timeoutMs = 180_000;
const localApp = fileURLToPath(new URL('local-app', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

type Project = {
  readonly directory: string;
  /** Replaces a text in a file, as an editor saves it. */
  readonly edit: (file: string, before: string, after: string) => void;
};

/** A project with sources of its own: its functions, and the app that they belong to. */
const editableProject = (): Project => {
  const directory = projectFolder(onTestFinished);
  for (const file of ['app.ts', 'functions.ts']) {
    copyFileSync(join(localApp, file), join(directory, file));
  }
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'cdk.json'), JSON.stringify({ app: 'node app.ts' }));
  return {
    directory,
    edit: (file, before, after) => {
      const path = join(directory, file);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(before);
      writeFileSync(path, text.replace(before, after));
    },
  };
};

const start = async (directory: string, ...args: readonly string[]): Promise<Runner> => {
  const runner = antipodeLocal(directory, [...freePorts, ...args]);
  onTestFinished(async () => {
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

/** Waits until a text has been printed so many times. */
const printsTimes = async (runner: Runner, text: string, times: number): Promise<void> => {
  await runner.prints(new RegExp(`(?:${text}[\\s\\S]*){${times}}`));
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

it(
  'runs the new code of a function once it is saved, without losing an invocation',
  async () => {
    const { directory, edit } = editableProject();
    const runner = await start(directory);
    const ids: string[] = [];
    let edited = false;
    const load = async (): Promise<void> => {
      while (!(edited && runner.output().includes('new code: '))) {
        const id = `n-${ids.length}`;
        ids.push(id);
        expect(await invoke(runner, { write: id })).toMatchObject({ written: id });
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
    await end(runner);
  },
  timeoutMs,
);

it(
  'says why the new code cannot be built, and goes on with the old one until it can',
  async () => {
    const { directory, edit } = editableProject();
    const runner = await start(directory);
    edit('functions.ts', "import pg from 'pg';", "import pg from 'pgg';");
    await runner.prints('functions keep their old code');
    const [, reason = ''] =
      /\n *\S+ s {2}`node app\.ts` failed: (.*)\n/.exec(runner.output()) ?? [];
    expect(reason).toContain('Could not resolve "pgg"');
    expect(await invoke(runner, { write: 'a' })).toEqual({ written: 'a' });
    edit('functions.ts', "import pg from 'pgg';", "import pg from 'pg';");
    edit('functions.ts', 'return { written: id };', 'return { written: id, version: 3 };');
    await runner.prints('new code: notes-');
    expect(await invoke(runner, { write: 'b' })).toEqual({ written: 'b', version: 3 });
    await end(runner);
  },
  timeoutMs,
);

it(
  'names what needs a restart, and keeps no output that nothing runs',
  async () => {
    const { directory, edit } = editableProject();
    const runner = await start(directory);
    edit('app.ts', 'Timeout: 20', 'Timeout: 21');
    await runner.prints(/restart to apply: .*notes-primary\/Notes/);
    expect(runner.output()).toContain('no function has changed');
    // A comment is not in the bundle.
    edit('functions.ts', '/** Takes events, and says so. */', '/** Takes events. */');
    await printsTimes(runner, 'no function has changed', 2);
    edit('app.ts', 'Timeout: 21', 'Timeout: 20');
    await printsTimes(runner, 'no function has changed', 3);
    expect(runner.output().match(/restart to apply/g)).toHaveLength(1);
    await expect.poll(() => outputsOf(directory), { timeout: 10_000 }).toEqual(['cdk.out']);
    await end(runner);
  },
  timeoutMs,
);

it(
  'sees a file in a folder that was made after the start',
  async () => {
    const { directory, edit } = editableProject();
    const runner = await start(directory);
    mkdirSync(join(directory, 'words/short'), { recursive: true });
    writeFileSync(join(directory, 'words/short/two.ts'), "export const two = 'two';");
    await runner.prints('two.ts changed: synthesizing');
    await printsTimes(runner, 'no function has changed', 1);
    edit(
      'functions.ts',
      "import pg from 'pg';",
      "import pg from 'pg';\nimport { two } from './words/short/two.ts';",
    );
    edit('functions.ts', 'return { written: id };', 'return { written: id, two };');
    await runner.prints('new code: notes-');
    expect(await invoke(runner, { write: 'a' })).toEqual({ written: 'a', two: 'two' });
    await end(runner);
  },
  timeoutMs,
);

it(
  'leaves functions alone with --no-watch, and says nothing of new code',
  async () => {
    const { directory, edit } = editableProject();
    const runner = await start(directory, '--no-watch');
    edit('functions.ts', 'return { written: id };', 'return { written: id, version: 2 };');
    await delay(1_000);
    expect(await invoke(runner, { write: 'a' })).toEqual({ written: 'a' });
    expect(runner.output()).not.toMatch(/new code|changed/);
    await end(runner);
  },
  timeoutMs,
);
