import { describe, expect, it } from 'vitest';
import type { RegionView } from '../../../../../packages/cli/src/commands/regions/region-view.ts';
import { statusOptions } from '../../../../../packages/cli/src/commands/status/options.ts';
import { readRegionStatus } from '../../../../../packages/cli/src/commands/status/region-status.ts';
import { statusLines } from '../../../../../packages/cli/src/commands/status/report.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';
import { answering, clusterArn, fakeService, primary, refusal } from '../verify/fake-service.ts';

const now = Date.parse('2026-11-23T10:00:00.000Z');

const statusOf = async (change: (healthy: RegionView) => Partial<RegionView>) => {
  const [half] = fakeService({ [primary]: change }).halves;
  if (!half?.view) throw new Error('the fake has no view');
  const status = await readRegionStatus(half.view, 0);
  return { status, text: statusLines(status, now).join('\n') };
};

describe('the status of a Region', () => {
  it('names its parts in one line each', async () => {
    const { text } = await statusOf(() => ({
      lastLines: async () => ({ lines: [], hasMore: false }),
    }));
    expect(text.split('\n')).toEqual([
      'us-east-1  shop-us-east-1',
      '  cluster    useast1cluster ACTIVE, witness us-east-2',
      '  rules      2 rules, enabled',
      '  schedules  1 schedule, enabled',
      '  queues     all are empty',
      '  outbox     0 wait; 0 dead',
      '  functions  5 functions',
      '    shop-api      0 errors',
      '    shop-totals   0 errors',
      '    shop-audit    0 errors',
      '    shop-relay    0 errors',
      '    shop-migrate  0 errors',
    ]);
  });

  it('tells what is disabled, what waits, and which error came last', async () => {
    const error = JSON.stringify({
      level: 'ERROR',
      message: 'Invocation failed',
      error: { message: 'no' },
    });
    const { text } = await statusOf((healthy) => ({
      ...answering('outbox', () => ({
        ...{ pending: { count: 3 }, dead: { count: 1 }, oldestAgeMs: 180_000 },
      }))(healthy),
      rule: async () => ({ isEnabled: false, targets: 1 }),
      schedule: async (name) => ({ ...(await healthy.schedule(name)), isEnabled: false }),
      queue: async () => ({ messages: 2, isOfWork: false }),
      lastLines: async (name) => ({
        lines: name === 'shop-api' ? [{ id: '1', at: now - 60_000, text: error }] : [],
        hasMore: name === 'shop-relay',
      }),
    }));
    expect(text).toContain('disabled: shop|shop-totals, shop|shop-to-peer');
    expect(text).toContain('1 schedule, disabled: shop-relay');
    expect(text).toContain('shop-totals-failures 2, shop-totals 2');
    expect(text).toContain('3 wait, the oldest for 3 min; 1 dead');
    expect(text).toMatch(/shop-api\s+1 error\s+60 s ago: .*no/);
    expect(text).toMatch(/shop-relay\s+0 errors or more/);
  });

  it('names a cluster of the same name that is not its own', async () => {
    const orphan = {
      arn: `${clusterArn(primary)}orphan`,
      status: 'ACTIVE',
      name: 'shop-us-east-1',
    };
    const { text, status } = await statusOf(({ clusters }) => ({
      clusters: async () => [...(await clusters()), orphan],
    }));
    expect(text).toContain(`orphan clusters, which nothing uses: ${orphan.arn}`);
    expect(status.orphans).toEqual({ value: [orphan] });
  });

  it('goes on where a part cannot be read', async () => {
    const { text } = await statusOf(() => ({
      cluster: () => Promise.reject(refusal('AccessDenied', 'not allowed\nat all')),
    }));
    expect(text).toContain('cluster    cannot be read: not allowed');
    expect(text).toContain('2 rules, enabled');
  });
});

describe('the options of antipode status', () => {
  it('are the ages of errors and of looks', () => {
    expect(statusOptions(['--watch', '10s', '--since', '2h'])).toMatchObject({
      ...{ watchMs: 10_000, sinceMs: 7_200_000, json: false },
    });
    expect(statusOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--watch', '1s'], 'give 2s or more'],
    [['more'], 'one argument too many'],
    [['--peer-stack', 'a'], 'together'],
  ])('are refused: %j', (args, reason) => {
    expect(() => statusOptions(args)).toThrow(UsageError);
    expect(() => statusOptions(args)).toThrow(reason);
  });
});
