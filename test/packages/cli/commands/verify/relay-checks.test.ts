import { describe, expect, it } from 'vitest';
import type { LogLineView } from '../../../../../packages/cli/src/commands/regions/log-lines.ts';
import type { ScheduleView } from '../../../../../packages/cli/src/commands/regions/region-view.ts';
import type { CheckResult } from '../../../../../packages/cli/src/commands/verify/check.ts';
import { verify } from '../../../../../packages/cli/src/commands/verify/verify.ts';
import { readFilterPattern } from '../../../../../packages/cli/src/local/logs/filter-pattern.ts';
import { fakeService, primary } from './fake-service.ts';

const minuteMs = 60_000;
const choice = { readOnly: true, lagMsMax: 10_000, probeWaitMsMax: 0 };

/** The result of a relay with a schedule of this kind that ran last so long ago, if ever. */
const lastRun = async (
  changes: Partial<ScheduleView>,
  ranAgoMs?: number,
  text = '{"level":"INFO","message":"Outbox relayed"}',
): Promise<CheckResult> => {
  const runs: readonly LogLineView[] =
    ranAgoMs === undefined ? [] : [{ id: '1', at: Date.now() - ranAgoMs, text }];
  const { halves } = fakeService({
    [primary]: ({ schedule }) => ({
      schedule: async (name) => ({ ...(await schedule(name)), ...changes }),
      lastLines: async (_name, pattern, since) => {
        const isWanted = readFilterPattern(pattern);
        const lines = runs.filter(({ at, text }) => at >= since && isWanted?.(text));
        return { lines, hasMore: false };
      },
    }),
  });
  const results: CheckResult[] = [];
  await verify(halves, choice, (result) => results.push(result));
  const found = results.find(
    ({ region, name }) => region === primary && name === 'last run of the relay',
  );
  if (!found) throw new Error('the check is missing');
  return found;
};

describe('the check of the relay', () => {
  it('passes a relay whose schedule is younger than its first run may be', async () => {
    expect(await lastRun({ createdAt: Date.now() - 40_000 })).toMatchObject({
      ok: true,
      detail: 'none yet: its schedule is 40 s old',
    });
  });

  it('fails a relay that has not run although its schedule is older', async () => {
    const { ok, detail } = await lastRun({ createdAt: Date.now() - 6 * minuteMs });
    expect(ok).toBe(false);
    expect(detail).toBe('shop-relay has finished no run within 5 min');
  });

  it('knows a run by its metrics where LOG_LEVEL leaves its line out', async () => {
    const metrics = '{"_aws":{"Timestamp":1},"service":"shop","OutboxRelayed":0,"OutboxDead":0}';
    expect((await lastRun({}, 1_000, metrics)).ok).toBe(true);
    const question = 'END RequestId: 1';
    expect((await lastRun({}, 1_000, question)).ok).toBe(false);
  });

  it('fails a silent relay whose schedule has no time of creation', async () => {
    expect((await lastRun({ createdAt: undefined })).ok).toBe(false);
  });

  it('allows a relay that runs each hour to have run two hours ago', async () => {
    const hourly = { expression: 'rate(1 hour)' };
    expect((await lastRun(hourly, 120 * minuteMs)).ok).toBe(true);
    expect((await lastRun(hourly, 190 * minuteMs)).ok).toBe(false);
    expect((await lastRun({}, 120 * minuteMs)).ok).toBe(false);
  });
});
