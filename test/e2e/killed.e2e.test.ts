import { describe, expect, it, vi } from 'vitest';
import {
  caseMsMax,
  cluster,
  endsOn,
  endsWithNpm,
  endsWithPostgres,
  outcome,
  sandbox,
  stack,
  startOnOldNode,
} from './local-app/kill-cases.ts';
import { leftoversSoon, looks, processLike } from './local-app/killing.ts';
import { descendantsOf, survivorsOf } from './local-app/leftovers.ts';

vi.setConfig({ testTimeout: caseMsMax });

describe.concurrent('antipode local dsql', () => {
  it(
    'says in one line that PostgreSQL has ended and ends with 1: a connection',
    endsWithPostgres(cluster, looks.connection),
  );

  it('ends with 0 on SIGTERM', endsOn('SIGTERM'));
});

describe.concurrent('antipode local, when a function is killed,', () => {
  it('says so in one line, starts another and stays', async (context) => {
    const box = sandbox(context);
    const running = stack.start(box);
    await running.prints(stack.ready);
    const [, url] = /(http:\S+\/function-urls\/notes-notes\/)/.exec(running.output()) ?? [];
    const ask = async () => (await fetch(url ?? '', { method: 'POST', body: '{}' })).status;
    expect(await ask()).toBe(200);
    for (;;) {
      const pid = await Promise.resolve()
        .then(() => processLike(running.pid, looks.function))
        .catch(() => undefined);
      if (pid === undefined) break;
      process.kill(pid, 'SIGKILL');
      await survivorsOf([pid]);
    }
    await running.prints(/signal: killed \(process \d+\).*\n +notes-notes in us-east-1\n/);
    expect(await ask()).toBe(200);
    running.child.kill('SIGTERM');
    expect(await outcome(running, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });
});

describe.concurrent('when the runner is killed', () => {
  it('nothing runs on, and the next start removes what is left', async (context) => {
    const box = sandbox(context);
    const running = stack.start(box);
    await running.prints(stack.ready);
    const processes = descendantsOf(running.pid);
    running.child.kill('SIGKILL');
    expect(await running.ended).toBe('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
    const next = cluster.start(box);
    await next.prints(cluster.ready);
    next.child.kill('SIGTERM');
    expect(await outcome(next, box, [])).toMatchObject({ code: 0, leftovers: [] });
  });
});

describe.concurrent('npm start', () => {
  it('ends the stack on SIGKILL to npm alone, with the own script', endsWithNpm('SIGKILL', 'own'));
});

describe.concurrent('the command on a Node that is too old', () => {
  it('ends when it is killed', async (context) => {
    const box = sandbox(context);
    const { command, processes } = await startOnOldNode(box);
    command.child.kill('SIGKILL');
    expect(await survivorsOf(processes)).toEqual([]);
    expect(await leftoversSoon(box)).toEqual([]);
  });
});
