import { describe, expect, it } from 'vitest';
import { deployAssembly } from '../../../../../../packages/cli/src/local/stack/deployments/deploy.ts';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { createEngine, queue, thing } from '../../deployment/fixture.ts';
import { stack } from '../../template/fixture.ts';

const { signal } = new AbortController();

const assembly = (...stacks: readonly JsonObject[]) => ({
  directory: '/nowhere',
  stacks: stacks.map((Resources, at) =>
    stack(`s${at}`, at === 0 ? 'us-east-1' : 'us-west-2', { Resources }),
  ),
});

describe('deployAssembly', () => {
  it('deploys the stacks one after the other, and changes nothing of those that are the same', async () => {
    const { engine, service } = createEngine();
    await deployAssembly(engine, assembly({ A: queue() }, { B: queue() }), signal);
    expect(service.taken()).toEqual(['create A', 'create B']);
    const changed = assembly({ A: queue() }, { B: queue({ DelaySeconds: 1 }) });
    await deployAssembly(engine, changed, signal);
    expect(service.taken()).toEqual(['update B']);
  });

  it('says in one line which resource failed, and goes on from there when it is mended', async () => {
    const { engine, service } = createEngine();
    service.fail('create Made', 'no such role');
    const app = assembly({ A: queue(), Made: thing({}, { DependsOn: 'A' }) });
    await expect(deployAssembly(engine, app, signal)).rejects.toThrow(
      's0/Made (Custom::Thing) failed: no such role',
    );
    service.mend();
    service.taken();
    await deployAssembly(engine, app, signal);
    expect(service.calls).toEqual(['create Made']);
  });

  it('names every problem of a stack', async () => {
    const { engine } = createEngine({ check: () => ['one is wrong', 'two is wrong'] });
    await expect(deployAssembly(engine, assembly({ A: queue() }), signal)).rejects.toThrow(
      'one is wrong\ntwo is wrong',
    );
  });

  it('begins no stack after the start was aborted', async () => {
    const { engine, service } = createEngine();
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(deployAssembly(engine, assembly({ A: queue() }), aborted)).rejects.toThrow(
      'enough',
    );
    expect(service.calls).toEqual([]);
  });
});
