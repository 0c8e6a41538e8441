import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  caseMsMax,
  cluster,
  complaints,
  endsOn,
  endsWithNpm,
  endsWithPostgres,
  npmArgs,
  npmStart,
  outcome,
  sandbox,
  stack,
  start,
  startOnOldNode,
} from './local-app/kill-cases.ts';
import { killAll, leftoversIn, looks, processLike } from './local-app/killing.ts';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';

vi.setConfig({ testTimeout: caseMsMax });

describe.concurrent('antipode local, when a process of PostgreSQL is killed,', () => {
  // Both commands hear of the server in the same way: the other processes are killed below the one
  // that starts sooner.
  it.for([
    ['the server', looks.postmaster],
    ['a connection', looks.connection],
  ] as const)('says so in one line and ends with 1: %s', ([_, look], context) =>
    endsWithPostgres(stack, look)(context),
  );

  it('ends a start that is under way', async (context) => {
    const box = sandbox(context);
    const running = stack.start(box);
    await running.prints('PostgreSQL is up');
    const processes = descendantsOf(running.pid);
    process.kill(processLike(running.pid, looks.postmaster), 'SIGKILL');
    expect(await outcome(running, box, processes)).toMatchObject({
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
    ['what supervises it', looks.supervisor, 'SIGKILL'],
    ['the server, politely,', looks.postmaster, 'SIGTERM'],
  ] as const)('says so in one line and ends with 1: %s', ([_, look, signal], context) =>
    endsWithPostgres(cluster, look, signal)(context),
  );

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
    const command = cluster.start(own, '--postgres', server.output().trim());
    await command.prints(cluster.ready);
    process.kill(processLike(server.pid, looks.postmaster), 'SIGKILL');
    expect(await outcome(command, own, [])).toEqual({
      code: 1,
      complaints: [expect.stringMatching(/^antipode: the PostgreSQL at .+ has ended: .+/)],
      survivors: [],
      leftovers: [],
    });
  });

  it.for(['SIGINT', 'SIGHUP'] as const)('ends with 0 on %s', (signal, context) =>
    endsOn(signal)(context),
  );
});

describe.concurrent('when the runner is killed', () => {
  it('the command that synthesizes the app ends too', async (context) => {
    const box = sandbox(context);
    writeFileSync(join(box.project, 'cdk.json'), '{"app":"sleep 61 & sleep 62"}');
    const running = stack.start(box);
    await running.prints('synthesizing');
    await expect.poll(() => descendantsOf(running.pid).length).toBeGreaterThan(2);
    await expect
      .poll(() => processLike(running.pid, /^sleep 61/), { timeout: 10_000 })
      .toBeGreaterThan(0);
    const processes = descendantsOf(running.pid);
    running.child.kill('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
  });

  it.for([
    ['antipode local', stack, []],
    ['antipode local dsql', cluster, []],
    ['antipode local dsql --data', cluster, ['--data', 'data']],
  ] as const)(
    'with everything that it has started, the next start removes what is left: %s',
    async ([_, { start: run, ready }, args], context) => {
      const box = sandbox(context);
      const first = run(box, ...args);
      await first.prints(ready);
      const processes = descendantsOf(first.pid);
      killAll(first.pid);
      await first.ended;
      expect(await survivorsOf(processes)).toEqual([]);
      expect(leftoversIn(box)).not.toEqual([]);
      const next = run(box, ...args);
      await next.prints(ready);
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
      const first = cluster.start(box, ...args);
      await first.prints(cluster.ready);
      const server = processLike(first.pid, looks.postmaster);
      const shells = descendantsOf(first.pid).filter((pid) =>
        looks.supervisor.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')),
      );
      for (const pid of [first.pid, ...shells]) process.kill(pid, 'SIGSTOP');
      for (const pid of [first.pid, ...shells]) process.kill(pid, 'SIGKILL');
      await first.ended;
      expect(existsSync(`/proc/${server}`)).toBe(true);
      const next = cluster.start(box, ...args);
      await next.prints(cluster.ready);
      expect(await survivorsOf([server])).toEqual([]);
      next.child.kill('SIGTERM');
      expect(await outcome(next, box, [])).toMatchObject({ code: 0, leftovers: [] });
    },
  );

  it('leaves a running stack alone', async (context) => {
    const box = sandbox(context);
    const first = cluster.start(box);
    await first.prints(cluster.ready);
    const mine = leftoversIn(box);
    const second = cluster.start(box);
    await second.prints(cluster.ready);
    second.child.kill('SIGTERM');
    await second.ended;
    expect(leftoversIn(box)).toEqual(mine);
    first.child.kill('SIGTERM');
    expect(await outcome(first, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });
});

describe.concurrent('npm start', () => {
  it.for([
    ['SIGTERM', 'own', 'stack'],
    ['SIGHUP', 'own', 'cluster'],
    ['SIGTERM', 'plain', 'cluster'],
    ['SIGKILL', 'plain', 'cluster'],
    ['SIGTERM', 'nested', 'cluster'],
  ] as const)(
    'ends the stack on %s to npm alone, with the %s script',
    ([signal, name, of], context) => endsWithNpm(signal, name, of)(context),
  );

  it('says so when the command is killed', async (context) => {
    const box = sandbox(context);
    const npm = npmStart(box, 'own', npmArgs.cluster);
    await npm.prints(cluster.ready);
    const processes = descendantsOf(npm.pid);
    process.kill(processLike(npm.pid, /antipode\.js local/), 'SIGKILL');
    expect([1, 137, 'SIGKILL']).toContain(await npm.ended);
    expect(await survivorsOf(processes)).toEqual([]);
  });
});

describe.concurrent('the command on a Node that is too old', () => {
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
});
