import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HandledProbe, PublishedProbes } from 'antipode/internal/domain';
import { type Check, CheckFailed } from './check.ts';
import { relayOf } from './database-checks.ts';
import type { Half } from './half.ts';
import { at, readLogs } from './remedies.ts';

const checkWrite = async (from: Half, to: Half): Promise<string> => {
  const key = `verify-${randomUUID()}`;
  const answer = await from.view.ask(relayOf(from), { name: 'write', key });
  const { fence = '' } = answer as { readonly fence?: string };
  const writtenAt = performance.now();
  try {
    const { found } = (await to.view.ask(relayOf(to), { name: 'read', key })) as {
      readonly found: boolean;
    };
    if (!found) {
      throw new CheckFailed(
        `${to.view.region} does not see what ${from.view.region} has committed`,
        `antipode verify ${at(from.view)}`,
      );
    }
    return `read in ${to.view.region} ${Math.round(performance.now() - writtenAt)} ms later`;
  } finally {
    await from.view.ask(relayOf(from), { name: 'remove', key, fence });
  }
};

/** A row that one Region commits is there in the other one, both ways. */
export const writeChecks = (halves: readonly Half[]): readonly Check[] =>
  halves.flatMap((from) =>
    halves
      .filter((to) => to !== from)
      .map((to) => ({
        region: from.view.region,
        name: `write, and read in ${to.view.region}`,
        run: () => checkWrite(from, to),
      })),
  );

/** How long a probe may be on its way, and when it counts as slow. Milliseconds. */
export type ProbeTimes = { readonly waitMsMax: number; readonly lagMsMax: number };

/** Between two looks at the inbox. Milliseconds. */
const pollMs = 500;

/** A probe that one consumer of one Region has to record. */
type Expected = {
  readonly half: Half;
  /** The Region whose bus has taken it. */
  readonly from: Half;
  readonly consumer: string;
  readonly functionName: string;
  readonly id: string;
  readonly publishedAt: number;
};

const expectedOf = (
  halves: readonly Half[],
  published: ReadonlyMap<Half, PublishedProbes>,
): readonly Expected[] =>
  halves.flatMap((half) =>
    [...published].flatMap(([from, { probes, publishedAt }]) =>
      probes.flatMap(({ id, consumers }) =>
        consumers
          .filter(({ ofOtherRegion }) => ofOtherRegion === (from !== half))
          .flatMap(({ name: consumer }) => {
            // A deployment without replication has no consumer of the other Region's events.
            const functionName = half.consumers.get(consumer)?.name;
            return functionName === undefined
              ? []
              : [{ ...{ half, from, consumer, functionName, id, publishedAt } }];
          }),
      ),
    ),
  );

const isOf =
  ({ id, consumer }: Pick<Expected, 'id' | 'consumer'>) =>
  (one: HandledProbe): boolean =>
    one.id === id && one.consumer === consumer;

/** Looks at the inbox until it has all probes, or time is up. */
const waitFor = async (
  [half]: readonly Half[],
  expected: readonly Expected[],
  { waitMsMax }: ProbeTimes,
): Promise<readonly HandledProbe[]> => {
  if (!half) return [];
  const until = Date.now() + waitMsMax;
  const ids = [...new Set(expected.map(({ id }) => id))];
  for (;;) {
    const handled = (await half.view.ask(relayOf(half), {
      name: 'handled',
      ids,
    })) as readonly HandledProbe[];
    const isComplete = expected.every((one) => handled.some(isOf(one)));
    if (isComplete || Date.now() >= until) return handled;
    await delay(pollMs);
  }
};

/** The next step where a probe has not come: the bus of its Region, the link, the consumer. */
const remedyOfLost = ({ half, from, functionName }: Expected): string => {
  if (from === half) return readLogs(half.view, functionName);
  return half.view.endpoint === undefined
    ? `antipode dlq list ${at(from.view)}`
    : 'antipode local link mend';
};

const judge = (
  expected: Expected,
  handled: readonly HandledProbe[],
  { waitMsMax, lagMsMax }: ProbeTimes,
): string => {
  const { consumer, from, half, functionName, publishedAt } = expected;
  const found = handled.find(isOf(expected));
  if (!found) {
    throw new CheckFailed(
      `${consumer} has not handled an event of ${from.view.region} within ${waitMsMax / 1_000} s`,
      remedyOfLost(expected),
    );
  }
  const lag = Math.max(0, Math.round(found.handledAt - publishedAt));
  if (lag <= lagMsMax) return `handled ${lag} ms after it was published`;
  throw new CheckFailed(
    `${consumer} is slow: ${lag} ms after the event was published`,
    readLogs(half.view, functionName),
  );
};

/**
 * Has each Region publish a probe for each consumer, and waits until all have recorded theirs. The
 * records are deleted afterwards.
 *
 * @returns a check for each consumer of each Region
 * @throws {Error} of a relay that cannot publish
 */
export const probeChecks = async (
  halves: readonly Half[],
  times: ProbeTimes,
): Promise<readonly Check[]> => {
  const published = new Map(
    await Promise.all(
      halves.map(
        async (half) =>
          [
            half,
            (await half.view.ask(relayOf(half), { name: 'publish' })) as PublishedProbes,
          ] as const,
      ),
    ),
  );
  const expected = expectedOf(halves, published);
  const handled = await waitFor(halves, expected, times);
  const [half] = halves;
  if (half && handled.length > 0) {
    const records = handled.map(({ id, consumer }) => ({ id, consumer }));
    await half.view.ask(relayOf(half), { name: 'forget', records });
  }
  return expected.map((one) => ({
    region: one.half.view.region,
    name: `event of ${one.from.view.region} to ${one.consumer}`,
    run: async () => judge(one, handled, times),
  }));
};
