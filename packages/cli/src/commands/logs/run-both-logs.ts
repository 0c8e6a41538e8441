import { setTimeout as delay } from 'node:timers/promises';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { plainJson, plainLine } from '../../plain-text.ts';
import { createRegionView, type RegionView } from '../regions/region-view.ts';
import { findHalves, type ServiceHalf } from '../regions/service-halves.ts';
import type { BothLogsOptions } from './options.ts';

/** A line of one function. */
type Line = {
  readonly region: string;
  readonly functionName: string;
  readonly at: number;
  readonly text: string;
};

/** Lines of one function that one look reads at most. */
const linesMax = 10_000;

/** CloudWatch has a line a few seconds after it was written. Milliseconds. */
const pollMs = 2_000;

/** A line may come later than one with a later time. Milliseconds. */
const lateMs = 30_000;

type Source = {
  readonly view: RegionView;
  readonly functionName: string;
  /** Ids of the lines that were printed and may be found again. */
  readonly seen: Map<string, number>;
  from: number;
  /** Whether the last look has left lines unread. */
  hasMore: boolean;
  /** Whether it has read no line, and would read no other the next time. */
  isStuck: boolean;
  isToldStuck: boolean;
};

const isMeant = (wanted: string | undefined, name: string): boolean =>
  wanted === undefined || name === wanted || name.endsWith(`-${wanted}`);

const sourcesOf = (
  views: readonly RegionView[],
  { functionName: wanted, since }: BothLogsOptions,
): readonly Source[] => {
  const all = views.flatMap((view) =>
    view.ids('AWS::Lambda::Function').map((functionName) => ({ view, functionName })),
  );
  const meant = all.filter(({ functionName }) => isMeant(wanted, functionName));
  if (meant.length === 0) {
    const names = [...new Set(all.map(({ functionName }) => functionName))].join(', ');
    throw new UsageError(`logs: there is no function ${wanted}: choose one of ${names}`);
  }
  return meant.map((source) => ({
    ...source,
    ...{ seen: new Map(), from: since, hasMore: false, isStuck: false, isToldStuck: false },
  }));
};

/** A text as a pattern of CloudWatch Logs. */
const patternOf = (text: string | undefined): string =>
  text === undefined ? '' : `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;

/** The lines of one function that have not been read yet. */
const readNew = async (source: Source, pattern: string): Promise<readonly Line[]> => {
  const { view, functionName, seen } = source;
  const { lines: found, hasMore } = await view.lines(functionName, pattern, source.from, linesMax);
  const fresh = found.filter(({ id }) => !seen.has(id));
  for (const { id, at } of fresh) seen.set(id, at);
  const latest = Math.max(source.from, ...found.map(({ at }) => at));
  source.isStuck = hasMore && fresh.length === 0;
  source.hasMore = hasMore && !source.isStuck;
  // A look that was full of the same lines again would never get behind them.
  source.from = source.hasMore ? latest : Math.max(source.from, latest - lateMs);
  for (const [id, at] of seen) if (at < source.from) seen.delete(id);
  return fresh.map(({ at, text }) => ({ region: view.region, functionName, at, text }));
};

const shownLine = ({ region, functionName, at, text }: Line, json: boolean): string =>
  json
    ? plainJson({ time: new Date(at).toISOString(), region, function: functionName, text })
    : plainLine(`${new Date(at).toISOString()}  ${region}  ${functionName}  ${text}`);

/** Reads one Region after the other: CloudWatch takes a few of these requests a second. */
const readAll = async (sources: readonly Source[], pattern: string): Promise<readonly Line[]> => {
  const byRegion = [...Map.groupBy(sources, ({ view }) => view).values()];
  const lines = await Promise.all(
    byRegion.map(async (own) => {
      const read: Line[] = [];
      for (const source of own) read.push(...(await readNew(source, pattern)));
      return read;
    }),
  );
  return lines.flat().toSorted((one, other) => one.at - other.at);
};

const warnOfMore = (sources: readonly Source[], { warn }: Pick<Terminal, 'warn'>): void => {
  for (const { view, functionName, from } of sources.filter(({ hasMore }) => hasMore)) {
    const since = new Date(from).toISOString();
    warn(`${functionName} in ${view.region} has more lines: give --since ${since}`);
  }
};

/** Says once of each log that its next line is further away than one look reads. */
const warnOfStuck = (sources: readonly Source[], { warn }: Pick<Terminal, 'warn'>): void => {
  for (const source of sources.filter(({ isStuck, isToldStuck }) => isStuck && !isToldStuck)) {
    source.isToldStuck = true;
    const { view, functionName } = source;
    warn(
      `${functionName} in ${view.region} has more lines than one look reads: give a later --since`,
    );
  }
};

/**
 * Prints the lines of the functions of both Regions, and each new one where that was asked for.
 *
 * @param views the Regions that answer
 * @param waitMs between two looks at the logs
 */
export const printLogs = async (
  views: readonly RegionView[],
  options: BothLogsOptions,
  terminal: Pick<Terminal, 'print' | 'warn' | 'interrupted'>,
  waitMs = pollMs,
): Promise<void> => {
  const { print, interrupted } = terminal;
  const sources = sourcesOf(views, options);
  const pattern = patternOf(options.correlation);
  for (;;) {
    for (const line of await readAll(sources, pattern)) print(shownLine(line, options.json));
    if (!options.follow) warnOfMore(sources, terminal);
    warnOfStuck(sources, terminal);
    if (!options.follow || interrupted.aborted) return;
    await delay(waitMs, undefined, { signal: interrupted }).catch(() => undefined);
    if (interrupted.aborted) return;
  }
};

const warnOfLost = (halves: readonly ServiceHalf[], { warn }: Terminal): void => {
  for (const { region, error } of halves) {
    if (error) warn(`the logs of ${region} are not read: ${plainLine(error.message)}`);
  }
  if (halves.length === 1) {
    warn('the logs of the other Region are not read: give --peer-stack and --peer-region');
  }
};

/**
 * `antipode logs`: prints the lines of the functions of both Regions in the order of their times.
 *
 * @throws {UsageError} for a function that the service does not have
 * @throws {Error} with one line where no half of the service is found
 */
export const runBothLogs = async (options: BothLogsOptions, terminal: Terminal): Promise<void> => {
  const halves = await findHalves(options, terminal);
  warnOfLost(halves, terminal);
  const views = halves.flatMap(({ service }) => (service ? [createRegionView(service)] : []));
  try {
    await printLogs(views, options, terminal);
  } finally {
    for (const view of views) view.close();
  }
};
