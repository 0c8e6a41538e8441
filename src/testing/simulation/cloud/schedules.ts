import type { Machine } from '../machine/process.ts';
import type { Regions } from './regions.ts';

/** How late a tick comes, and a tick that is late. Milliseconds. */
const tickMs = [0, 1_500] as const;
const lateMs = [5_000, 90_000] as const;

/**
 * EventBridge Scheduler in one Region: at least once for each tick, each Region at its own time of
 * the period. A lost Region has no ticks.
 */
export const startSchedule = (
  { scheduler, faults, random }: Machine,
  regions: Regions,
  schedule: {
    readonly region: string;
    readonly rateSeconds: number;
    /** Is told the time for which the tick was scheduled, milliseconds since the epoch. */
    readonly tick: (scheduledAt: number) => void;
  },
): void => {
  const { region, rateSeconds, tick } = schedule;
  const rateMs = rateSeconds * 1_000;
  const come = (scheduledAt: number, delayMs: number): void =>
    scheduler.after(delayMs, undefined, 'tick', () => {
      if (regions.isUp(region)) tick(scheduledAt);
    });
  const next = (): void => {
    const scheduledAt = Math.floor(scheduler.now());
    scheduler.after(rateMs, undefined, 'tick planned', next);
    if (faults.happens('tick skipped')) return;
    come(scheduledAt, random.within(faults.happens('tick late') ? lateMs : tickMs));
    if (faults.happens('tick twice')) come(scheduledAt, random.within(lateMs));
  };
  scheduler.after(random.between(0, rateMs), undefined, 'tick planned', next);
};
