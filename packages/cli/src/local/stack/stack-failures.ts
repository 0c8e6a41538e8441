import { isRegionName } from 'antipode/internal/domain';
import { type FailurePlan, parseFailurePlan } from 'antipode-local-dsql';
import type { FailureShares } from '../eventbridge/index.ts';
import { setLinksCut } from './links.ts';
import type { LocalStack, StackFailures } from './local-stack.ts';

/** A stack in which nothing fails. */
export const noFailures: StackFailures = {
  ...{ events: { seed: 0 }, dsql: {} },
  ...{ stopped: [], isLinkCut: false },
};

/** A day: no delivery is retried for longer. */
const delayMsMax = 86_400_000;

type Share = Exclude<keyof FailureShares, 'seed' | 'delayMsMax'>;

const shares: Readonly<Record<string, Share>> = {
  duplicate: 'duplicateShare',
  'refused-entry': 'refusedEntryShare',
  'crash-before-publish': 'crashBeforePublishShare',
  'crash-after-publish': 'crashAfterPublishShare',
};

const readNumber = (part: string, text: string, max: number): number => {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value <= max) return value;
  throw new Error(`failure "${part}": give a number from 0 to ${max}`);
};

/** Takes one part of the list; `undefined` for one that is none of the stack's own. */
const withPart = (failures: StackFailures, part: string): StackFailures | undefined => {
  const [name = '', value = ''] = part.split('=', 2);
  const { events } = failures;
  const share = shares[name];
  if (share) return { ...failures, events: { ...events, [share]: readNumber(part, value, 1) } };
  if (name === 'delay') {
    return { ...failures, events: { ...events, delayMsMax: readNumber(part, value, delayMsMax) } };
  }
  if (name === 'stopped') {
    if (isRegionName(value)) return { ...failures, stopped: [...failures.stopped, value] };
    throw new Error(`failure "${part}": give a Region, such as stopped=us-west-2`);
  }
  if (name === 'link') {
    if (value === 'cut') return { ...failures, isLinkCut: true };
    throw new Error(`failure "${part}": give link=cut`);
  }
  return undefined;
};

const readPlan = (text: string): FailurePlan => {
  try {
    return parseFailurePlan(text);
  } catch (cause) {
    const own = Object.keys(shares).join(', ');
    throw new Error(`${(cause as Error).message}, ${own}, delay=MS, stopped=REGION or link=cut`, {
      cause,
    });
  }
};

/**
 * Reads failures as they are written on a command line:
 * `seed=7,crash-before-publish=0.02,crash-after-publish=0.02,refused-entry=0.05,stopped=us-west-2`.
 * Parts that are none of these are those of `antipode local dsql --faults`.
 *
 * @throws {Error} with one line that names the wrong part
 */
export const parseStackFailures = (text: string): StackFailures => {
  const parts = text.split(',').map((part) => part.trim());
  const dsql: string[] = [];
  let failures = noFailures;
  for (const part of parts) {
    const taken = withPart(failures, part);
    if (taken) failures = taken;
    else dsql.push(part);
  }
  if (dsql.length === 0) return failures;
  const plan = readPlan(dsql.join(','));
  return { ...failures, dsql: plan, events: { ...failures.events, seed: plan.seed } };
};

/**
 * Begins the failures of a stack that is up.
 *
 * @throws {Error} with one line for a Region that the stack is not in
 */
export const beginFailures = async (
  { regions, network }: Pick<LocalStack, 'regions' | 'network'>,
  { dsql, stopped, isLinkCut }: StackFailures,
): Promise<void> => {
  const names = regions.map(({ region }) => region);
  const unknown = stopped.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--faults stopped=${unknown}: the app is in ${names.join(' and ')}`);
  }
  for (const region of regions) region.dsql?.failures.set(dsql);
  if (isLinkCut) setLinksCut({ regions, network }, true);
  const losing = regions.filter(({ region }) => stopped.includes(region));
  await Promise.all(losing.map((region) => region.stop()));
};
