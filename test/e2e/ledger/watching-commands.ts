import { beforeAll, describe, expect, it } from 'vitest';
import type { Operator } from './operator.ts';
import type { Operations } from './outbox-commands.ts';

/** The commands that look at both Regions of the local stack. */
export const describeWatching = (started: () => Operations): void => {
  let operator: Operator;
  beforeAll(() => {
    ({ operator } = started());
  });

  describe('the commands about both Regions', () => {
    it('verify a service in which all is well', async () => {
      // A relay that has just started has finished no run yet.
      await expect
        .poll(async () => (await operator.run('verify --local --read-only')).lines.at(-1))
        .toMatch(/^all \d+ checks passed$/);
    });

    it('print the state of both Regions', async () => {
      const { regions } = await operator.json('status --local');
      expect(regions).toMatchObject(
        ['us-east-1', 'us-west-2'].map((region) => ({
          region,
          cluster: { value: { status: 'ACTIVE' } },
          orphans: { value: [] },
          schedules: { value: { count: 1, disabled: [] } },
          outbox: { value: { dead: { count: 0 } } },
        })),
      );
    });

    it('print the lines of one function of both Regions', async () => {
      const regionsOfRuns = async () => {
        const { code, lines } = await operator.run('logs relay --local --since 5m');
        expect(code).toBe(0);
        const runs = lines.filter((line) => line.includes('Outbox relayed'));
        return new Set(runs.map((line) => line.split('  ')[1]));
      };
      // The relay of a Region that has just started may not have run yet.
      await expect
        .poll(regionsOfRuns, { timeout: 30_000 })
        .toEqual(new Set(['us-east-1', 'us-west-2']));
    }, 60_000);
  });
};
