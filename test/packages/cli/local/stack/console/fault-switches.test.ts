import { describe, expect, it } from 'vitest';
import {
  createBusNetwork,
  noInjectedFailures,
  switchableFailures,
} from '../../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createFaultSwitches } from '../../../../../../packages/cli/src/local/stack/console/fault-switches.ts';

const stackWith = () => {
  const done: unknown[] = [];
  const running = new Map([
    ['us-east-1', true],
    ['us-west-2', true],
  ]);
  const regions = [...running.keys()].map((region) => ({
    region,
    isRunning: () => running.get(region) === true,
    stop: async () => void running.set(region, false),
    start: async () => void running.set(region, true),
    dsql: {
      failures: {
        clear: () => done.push('clear'),
        set: (plan: { readonly conflict?: number }) => done.push(plan.conflict ?? 0),
      },
    },
  }));
  const network = createBusNetwork();
  const switched = switchableFailures(noInjectedFailures);
  // Only the members that switches use.
  const stack = { regions, network } as unknown as Parameters<typeof createFaultSwitches>[0];
  const switches = createFaultSwitches(stack, switched, 'seed=1');
  return { done, running, network, failures: switched.failures, switches };
};

describe('the switches of a stack', () => {
  it('tell the failures of the start, then those that were set', async () => {
    const { switches } = stackWith();
    expect(switches.text()).toBe('seed=1');
    await switches.set('seed=7,duplicate=1');
    expect(switches.text()).toBe('seed=7,duplicate=1');
  });

  it('inject failures into buses and clusters from now on, and end them', async () => {
    const { switches, failures, done } = stackWith();
    expect(failures.copies()).toHaveLength(1);
    await switches.set('seed=7,duplicate=1,refused-entry=1,crash-after-publish=1,oc000=0.5');
    expect(failures.copies()).toHaveLength(2);
    expect(failures.refusesEntry?.()).toBe(true);
    const process = { region: 'us-east-1', functionName: 'api', accessKeyId: 'a' };
    expect(failures.crash?.(process)).toBe('after');
    expect(done).toEqual(['clear', 'clear', 0.5, 0.5]);
    await switches.set('');
    expect([failures.copies().length, failures.refusesEntry?.()]).toEqual([1, false]);
    expect(done.slice(4, 6)).toEqual(['clear', 'clear']);
    expect(switches.text()).toBe('');
  });

  it('keep the failures that hold where a list is wrong', async () => {
    const { switches, failures } = stackWith();
    await switches.set('seed=7,duplicate=1');
    await expect(switches.set('duplicate=2')).rejects.toThrow('give a number from 0 to 1');
    expect(failures.copies()).toHaveLength(2);
    expect(switches.text()).toBe('seed=7,duplicate=1');
  });

  it('stop and start a Region, and refuse one that is not here', async () => {
    const { switches, running } = stackWith();
    await switches.setRunning('us-west-2', false);
    expect(running.get('us-west-2')).toBe(false);
    await switches.setRunning('us-west-2', true);
    expect(running.get('us-west-2')).toBe(true);
    await expect(switches.setRunning('eu-west-1', true)).rejects.toThrow('no Region eu-west-1');
  });

  it('cut and mend the link', () => {
    const { switches, network } = stackWith();
    switches.setCut(true);
    expect(network.isCut('us-east-1', 'us-west-2')).toBe(true);
    switches.setCut(false);
    expect(network.isCut('us-east-1', 'us-west-2')).toBe(false);
  });
});
