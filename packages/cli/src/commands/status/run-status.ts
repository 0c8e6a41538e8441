import { setTimeout as delay } from 'node:timers/promises';
import type { Terminal } from 'antipode-local-dsql/process';
import { sdkPackages } from '../regions/halves-options.ts';
import { createRegionView, type RegionView } from '../regions/region-view.ts';
import { findHalves, type ServiceHalf } from '../regions/service-halves.ts';
import { requirePackages } from '../service/sdk.ts';
import { showResult } from '../service/show-result.ts';
import type { StatusOptions } from './options.ts';
import { type RegionStatus, readRegionStatus } from './region-status.ts';
import { statusLines } from './report.ts';

/** A Region whose half was not found. */
type LostRegion = { readonly region: string; readonly problem: string };

const readHalfStatus = async (
  { region, service, error }: ServiceHalf,
  since: number,
): Promise<RegionStatus | LostRegion> => {
  if (!service) return { region, problem: error?.message ?? 'there is no stack' };
  const view: RegionView = createRegionView(service);
  try {
    return await readRegionStatus(view, since);
  } finally {
    view.close();
  }
};

const isLost = (status: RegionStatus | LostRegion): status is LostRegion => 'problem' in status;

const linesOf = (statuses: readonly (RegionStatus | LostRegion)[]): readonly string[] =>
  statuses.flatMap((status) =>
    isLost(status)
      ? [`${status.region}  cannot be read: ${status.problem}`]
      : statusLines(status, Date.now()),
  );

/** One look at both halves. @returns whether both could be read */
const look = async (options: StatusOptions, terminal: Terminal): Promise<boolean> => {
  const halves = await findHalves(options, terminal);
  const since = Date.now() - options.sinceMs;
  const statuses = await Promise.all(halves.map((half) => readHalfStatus(half, since)));
  showResult(options, terminal)({ regions: statuses }, linesOf(statuses));
  return !statuses.some(isLost);
};

/**
 * `antipode status`: prints the state of a deployed service in both Regions. It changes nothing.
 *
 * @returns whether both Regions could be read
 * @throws {Error} with one line where packages of the AWS SDK are missing, or where no half of the
 * service is found
 */
export const runStatus = async (options: StatusOptions, terminal: Terminal): Promise<boolean> => {
  requirePackages(sdkPackages);
  const { watchMs } = options;
  const { interrupted } = terminal;
  let isRead = await look(options, terminal);
  while (watchMs !== undefined && !interrupted.aborted) {
    await delay(watchMs, undefined, { signal: interrupted }).catch(() => undefined);
    if (!interrupted.aborted) isRead = await look(options, terminal);
  }
  return isRead;
};
