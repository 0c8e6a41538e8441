import type { RegionView, ScheduleView } from '../regions/region-view.ts';
import { shownAge } from '../service/tables.ts';
import { type Check, CheckFailed } from './check.ts';
import { relayOf } from './database-checks.ts';
import type { Half } from './half.ts';
import { readLogs } from './remedies.ts';

/**
 * The line that a run of the relay ends with, or its metrics: it writes those also where
 * `LOG_LEVEL` leaves the line out.
 */
const runLine = '?"Outbox relayed" ?"OutboxRelayed"';

/** How long a relay that runs each minute may be silent. Milliseconds. */
const silentMsMin = 5 * 60_000;

/** Runs of a slower relay that may be missing. */
const missingRunsMax = 3;

const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

/** How long a relay with this schedule may be silent. Milliseconds. */
const silentMsMax = (expression = ''): number => {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const everyMs = Number(count) * (minutesOf[unit] ?? 0) * 60_000;
  return Math.max(silentMsMin, missingRunsMax * everyMs);
};

/** The schedule that invokes a function, if the stack has one. */
const scheduleOf = async (view: RegionView, name: string): Promise<ScheduleView | undefined> => {
  const schedules = await Promise.all(view.ids('AWS::Scheduler::Schedule').map(view.schedule));
  return schedules.find(({ target }) => target.split(':')[6] === name);
};

/** The last line alone counts; a page of others costs no more. */
const linesMax = 100;

const checkLastRun = async (half: Half, now: number): Promise<string> => {
  const { view } = half;
  const name = relayOf(half);
  const schedule = await scheduleOf(view, name);
  const silentMs = silentMsMax(schedule?.expression);
  const { lines } = await view.lastLines(name, runLine, now - silentMs, linesMax);
  const last = lines.reduce((latest, { at }) => Math.max(latest, at), 0);
  if (last > 0) return `${shownAge(now - last)} ago`;
  const ageMs = now - (schedule?.createdAt ?? 0);
  // The documents ask for `antipode verify` after the first deployment, before the first run.
  if (ageMs < silentMs) return `none yet: its schedule is ${shownAge(ageMs)} old`;
  throw new CheckFailed(
    `${name} has finished no run within ${shownAge(silentMs)}`,
    readLogs(view, name),
  );
};

/** The relay of each Region has finished a run a short time ago. */
export const relayChecks = (halves: readonly Half[], now: number): readonly Check[] =>
  halves.map((half) => ({
    region: half.view.region,
    name: 'last run of the relay',
    run: () => checkLastRun(half, now),
  }));
