import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import {
  type Command,
  killAll,
  launcher,
  leftoversIn,
  leftoversSoon,
  looks,
  openFolder,
  processLike,
  type Sandbox,
  startCommand,
} from './local-app/killing.ts';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';
import { freePorts, projectFolder } from './local-app/runner.ts';

const up = 'Ctrl-C ends it.';

/** Makes this Node say that it is too old for the command, so that another runs it. */
const oldNode = [
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.20.0"}})',
];

/** Cases run beside each other, and share the processor. */
vi.setConfig({ testTimeout: 240_000 });

/** Each case has its own, whose end it ends with. */
type Box = Sandbox & Pick<TestContext, 'onTestFinished'>;

const sandbox = ({ onTestFinished }: TestContext): Box => {
  const project = projectFolder(onTestFinished);
  const config = join(project, 'cdk.json');
  // No case needs the self-check, which takes a good part of a start.
  const { app } = JSON.parse(readFileSync(config, 'utf8')) as { readonly app: string };
  writeFileSync(config, JSON.stringify({ app }));
  return { project, temporary: openFolder(onTestFinished, 0o1777), onTestFinished };
};

const start = (box: Box, command: readonly string[]): Command =>
  startCommand(box.onTestFinished, box, command);

const local = (box: Box, ...args: readonly string[]): Command =>
  start(box, [process.execPath, launcher, 'local', ...freePorts, ...args]);

const dsql = (box: Box, ...args: readonly string[]): Command =>
  start(box, [process.execPath, launcher, 'local', 'dsql', '--port', '0', ...args]);

/** Lines that the command addresses to the person. */
const complaints = (command: Command): readonly string[] =>
  command
    .errors()
    .split('\n')
    .filter((line) => line !== '');

/** How a command ended, what it said last, and what it left. */
const outcome = async (command: Command, box: Box, processes: readonly number[]) => ({
  code: await command.ended,
  complaints: complaints(command),
  survivors: await survivorsOf(processes),
  leftovers: await leftoversSoon(box),
});

describe.concurrent('antipode local, when a process of PostgreSQL is killed,', () => {
  // Both commands hear of the server in the same way: the other processes are killed below the one that starts sooner.
  it.for([
    ['the server', looks.postmaster],
    ['a connection', looks.connection],
  ] as const)('says so in one line and ends with 1: %s', async ([_, look], context) => {
    const box = sandbox(context);
    const stack = local(box);
    await stack.prints(up);
    const processes = descendantsOf(stack.pid);
    process.kill(processLike(stack.pid, look), 'SIGKILL');
    expect(await outcome(stack, box, processes)).toEqual({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: PostgreSQL has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  });

  it('ends a start that is under way', async (context) => {
    const box = sandbox(context);
    const stack = local(box);
    await stack.prints('PostgreSQL is up');
    const processes = descendantsOf(stack.pid);
    process.kill(processLike(stack.pid, looks.postmaster), 'SIGKILL');
    expect(await outcome(stack, box, processes)).toMatchObject({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: PostgreSQL has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  });
});

describe.concurrent('antipode local dsql, when a process of PostgreSQL is killed,', () => {
  it.for([
    ['the server', looks.postmaster, 'SIGKILL'],
    ['a process of the server', looks.checkpointer, 'SIGKILL'],
    ['a connection', looks.connection, 'SIGKILL'],
    ['what supervises it', looks.supervisor, 'SIGKILL'],
    ['the server, politely,', looks.postmaster, 'SIGTERM'],
  ] as const)('says so in one line and ends with 1: %s', async ([_, look, signal], context) => {
    const box = sandbox(context);
    const command = dsql(box);
    await command.prints('"ready":true');
    const processes = descendantsOf(command.pid);
    process.kill(processLike(command.pid, look), signal);
    expect(await outcome(command, box, processes)).toEqual({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: PostgreSQL has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  });

  it('says so of one that it was given', async (context) => {
    const [own, other] = [sandbox(context), sandbox(context)];
    const script = join(other.project, 'postgres.mjs');
    const postgres = new URL('../../packages/local-dsql/src/postgres/postgres.ts', import.meta.url)
      .href;
    writeFileSync(
      script,
      `const { startPostgres } = await import('${postgres}');
       const { host, port, password } = await startPostgres();
       console.log('postgres://postgres:' + password + '@x:' + port + '/postgres?host=' + host);
       setInterval(() => {}, 1000);`,
    );
    const server = start(other, [process.execPath, script]);
    await server.prints(/\n/);
    const command = dsql(own, '--postgres', server.output().trim());
    await command.prints('"ready":true');
    process.kill(processLike(server.pid, looks.postmaster), 'SIGKILL');
    expect(await outcome(command, own, [])).toEqual({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: the PostgreSQL at .+ has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  });

  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with 0 on %s', async (signal, context) => {
    const box = sandbox(context);
    const command = dsql(box);
    await command.prints('"ready":true');
    const processes = descendantsOf(command.pid);
    command.child.kill(signal);
    expect(await outcome(command, box, processes)).toEqual({
      code: 0,
      complaints: [],
      survivors: [],
      leftovers: [],
    });
  });
});

describe.concurrent('antipode local, when a function is killed,', () => {
  it('says so in one line, starts another and stays', async (context) => {
    const box = sandbox(context);
    const stack = local(box);
    await stack.prints(up);
    const [, url] = /(http:\S+\/function-urls\/notes-notes\/)/.exec(stack.output()) ?? [];
    const ask = async () => (await fetch(url ?? '', { method: 'POST', body: '{}' })).status;
    expect(await ask()).toBe(200);
    for (;;) {
      const pid = await Promise.resolve()
        .then(() => processLike(stack.pid, looks.function))
        .catch(() => undefined);
      if (pid === undefined) break;
      process.kill(pid, 'SIGKILL');
      await survivorsOf([pid]);
    }
    await stack.prints(/signal: killed \(process \d+\).*\n +notes-notes in us-east-1\n/);
    expect(await ask()).toBe(200);
    stack.child.kill('SIGTERM');
    expect(await outcome(stack, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });
});

describe.concurrent('when the runner is killed', () => {
  it('nothing runs on, and the next start removes what is left', async (context) => {
    const box = sandbox(context);
    const stack = local(box);
    await stack.prints(up);
    const processes = descendantsOf(stack.pid);
    stack.child.kill('SIGKILL');
    expect(await stack.ended).toBe('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
    const next = dsql(box);
    await next.prints('"ready":true');
    next.child.kill('SIGTERM');
    expect(await outcome(next, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });

  it('what synthesizes the app ends too', async (context) => {
    const box = sandbox(context);
    writeFileSync(join(box.project, 'cdk.json'), '{"app":"sleep 61 & sleep 62"}');
    const stack = local(box);
    await stack.prints('synthesizing');
    await expect.poll(() => descendantsOf(stack.pid).length).toBeGreaterThan(2);
    await expect
      .poll(() => processLike(stack.pid, /^sleep 61/), { timeout: 10_000 })
      .toBeGreaterThan(0);
    const processes = descendantsOf(stack.pid);
    stack.child.kill('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
  });

  it.for([
    ['antipode local', (box: Box) => local(box), up],
    ['antipode local dsql', (box: Box) => dsql(box), '"ready":true'],
    [
      'antipode local dsql --data',
      (box: Box) => dsql(box, '--data', join(box.project, 'data')),
      '"ready":true',
    ],
  ] as const)(
    'with everything that it has started, the next start removes what is left: %s',
    async ([_, run, text], context) => {
      const box = sandbox(context);
      const first = run(box);
      await first.prints(text);
      const processes = descendantsOf(first.pid);
      killAll(first.pid);
      await first.ended;
      expect(await survivorsOf(processes)).toEqual([]);
      expect(leftoversIn(box)).not.toEqual([]);
      const next = run(box);
      await next.prints(text);
      next.child.kill('SIGTERM');
      expect(await outcome(next, box, [])).toMatchObject({ code: 0, leftovers: [] });
    },
  );

  it.for([
    ['temporary', []],
    ['kept', ['--data', 'data']],
  ] as const)(
    'with what supervises PostgreSQL, the next start ends the server: %s data',
    async ([_, args], context) => {
      const box = sandbox(context);
      const first = dsql(box, ...args);
      await first.prints('"ready":true');
      const server = processLike(first.pid, looks.postmaster);
      const shells = descendantsOf(first.pid).filter((pid) =>
        looks.supervisor.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')),
      );
      for (const pid of [first.pid, ...shells]) process.kill(pid, 'SIGSTOP');
      for (const pid of [first.pid, ...shells]) process.kill(pid, 'SIGKILL');
      await first.ended;
      expect(existsSync(`/proc/${server}`)).toBe(true);
      const next = dsql(box, ...args);
      await next.prints('"ready":true');
      expect(await survivorsOf([server])).toEqual([]);
      next.child.kill('SIGTERM');
      expect(await outcome(next, box, [])).toMatchObject({ code: 0, leftovers: [] });
    },
  );

  it('leaves a running stack alone', async (context) => {
    const box = sandbox(context);
    const first = dsql(box);
    await first.prints('"ready":true');
    const mine = leftoversIn(box);
    const second = dsql(box);
    await second.prints('"ready":true');
    second.child.kill('SIGTERM');
    await second.ended;
    expect(leftoversIn(box)).toEqual(mine);
    first.child.kill('SIGTERM');
    expect(await outcome(first, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });
});

describe.concurrent('npm start', () => {
  /** The script of this repository, or one of somebody else's package: a shell stays between npm and the command. */
  const scripts = {
    own: (
      JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
        readonly scripts: { readonly start: string };
      }
    ).scripts.start.replace('bin/antipode.js', launcher),
    plain: `node ${launcher} local`,
    nested: 'npm run plain --',
  };

  /** The signals come to both commands in the same way; the cluster alone starts sooner. */
  const cluster = { args: ['dsql', '--port', '0'], ready: '"ready":true' };
  const stack = { args: freePorts, ready: up };

  const npmStart = (box: Box, script: string, args: readonly string[]): Command => {
    writeFileSync(
      join(box.project, 'package.json'),
      JSON.stringify({ name: 'x', private: true, scripts: { ...scripts, start: script } }),
    );
    return start(box, ['npm', 'start', '--', ...args]);
  };

  it.for([
    ['SIGTERM', 'own', stack],
    ['SIGHUP', 'own', cluster],
    ['SIGKILL', 'own', cluster],
    ['SIGTERM', 'plain', cluster],
    ['SIGKILL', 'plain', cluster],
    ['SIGTERM', 'nested', cluster],
  ] as const)(
    'ends the stack on %s to npm alone, with the %s script',
    async ([signal, name, { args, ready }], context) => {
      const box = sandbox(context);
      const npm = npmStart(box, scripts[name], args);
      await npm.prints(ready);
      const processes = descendantsOf(npm.pid);
      npm.child.kill(signal);
      await npm.ended;
      expect(await survivorsOf(processes)).toEqual([]);
      expect(await leftoversSoon(box)).toEqual([]);
      // npm itself says nothing in its own favour when it is told to end.
      if (signal === 'SIGTERM' && name === 'own') expect(await npm.ended).toBe(0);
    },
  );

  it('says so when the command is killed', async (context) => {
    const box = sandbox(context);
    const npm = npmStart(box, scripts.own, cluster.args);
    await npm.prints(cluster.ready);
    const processes = descendantsOf(npm.pid);
    process.kill(processLike(npm.pid, /antipode\.js local/), 'SIGKILL');
    expect([1, 137, 'SIGKILL']).toContain(await npm.ended);
    expect(await survivorsOf(processes)).toEqual([]);
  });
});

describe.concurrent('the command on a Node that is too old', () => {
  const startOnOldNode = async (box: Box) => {
    const words = [launcher, 'local', 'dsql', '--port', '0'];
    const command = start(box, [process.execPath, ...oldNode, ...words]);
    await command.prints('"ready":true');
    return { command, processes: descendantsOf(command.pid) };
  };

  it('says so when the Node that runs it is killed', async (context) => {
    const box = sandbox(context);
    const { command, processes } = await startOnOldNode(box);
    process.kill(processLike(command.pid, /antipode\.js local dsql/), 'SIGKILL');
    expect(await command.ended).toBe(1);
    expect(complaints(command)).toEqual([
      expect.stringMatching(/^antipode: .*was killed \(SIGKILL\)/),
    ]);
    expect(await survivorsOf(processes)).toEqual([]);
  });

  it('ends when it is killed', async (context) => {
    const box = sandbox(context);
    const { command, processes } = await startOnOldNode(box);
    command.child.kill('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
    expect(await leftoversSoon(box)).toEqual([]);
  });
});
