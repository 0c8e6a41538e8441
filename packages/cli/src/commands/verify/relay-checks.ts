import { shownAge } from '../service/tables.ts';
import { type Check, CheckFailed } from './check.ts';
import { relayOf } from './database-checks.ts';
import type { Half } from './half.ts';
import { readLogs } from './remedies.ts';

/** The line that a run of the relay ends with. */
const runLine = '"Outbox relayed"';

/** A relay runs each minute unless set; two runs may be late. Milliseconds. */
export const silentMsMax = 5 * 60_000;

/** Lines that are read; the last one counts. */
const linesMax = 1_000;

const checkLastRun = async (half: Half, now: number): Promise<string> => {
  const { view } = half;
  const name = relayOf(half);
  const lines = await view.lines(name, runLine, now - silentMsMax, linesMax);
  const last = lines.reduce((latest, { at }) => Math.max(latest, at), 0);
  if (last > 0) return `${shownAge(now - last)} ago`;
  throw new CheckFailed(
    `${name} has finished no run within ${shownAge(silentMsMax)}`,
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
