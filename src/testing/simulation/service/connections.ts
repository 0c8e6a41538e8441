import type { AnyService, ConsumerQueue } from '../../../domain/kernel/index.ts';
import type { BusEvent, BusRule, Crossing } from '../cloud/event-bus.ts';
import type { SimulatedFunction, SimulatedLambda } from '../cloud/lambda.ts';
import { createQueue, type DeadLetterQueues, type QueueSettings } from '../cloud/queues.ts';
import type { Regions } from '../cloud/regions.ts';
import { startSchedule } from '../cloud/schedules.ts';
import { createFunctions, type RegionFunctions } from './functions.ts';
import type { ServiceWorld } from './parts.ts';
import type { Scenario } from './scenario.ts';

type Connected = ServiceWorld & {
  readonly scenario: Scenario;
  readonly regions: Regions;
  readonly lambda: SimulatedLambda;
  readonly deadLetters: DeadLetterQueues;
};

/** The part of a rule that chooses between the events of a Region and copies of the other's. */
const originMatches = (
  of: 'other-region' | undefined,
  region: string,
  { region: publishedIn, envelope }: BusEvent,
): boolean => (of === undefined ? publishedIn === region : envelope.originregion !== region);

/** The rules of one Region, as the constructs make them of a declaration. */
const rulesOf = (
  world: Connected,
  { region, consumers }: RegionFunctions,
  settingsOf: (queue: true | ConsumerQueue) => QueueSettings,
  counts: (() => number)[],
): readonly BusRule[] => {
  const { machine, lambda, deadLetters } = world;
  const service: AnyService = world.declaration(1);
  return [...consumers].map(([name, fn]): BusRule => {
    const { on, of, queue } = service.consumers[name] ?? { on: [] };
    const matches = (event: BusEvent): boolean =>
      on.includes(event.envelope.type) && originMatches(of, region, event);
    if (queue) {
      const sqs = createQueue(machine, world, fn, settingsOf(queue));
      counts.push(sqs.count);
      return { region, matches, deliver: ({ text }) => sqs.send(text) };
    }
    const giveUp = (letter: Parameters<Parameters<SimulatedLambda['invokeLater']>[2]>[0]): void =>
      deadLetters.add({ ...letter, region });
    return { region, matches, deliver: ({ text }) => lambda.invokeLater(fn, text, giveUp) };
  });
};

/** The pattern of the rule between the Regions: no copy of a copy, and none of a replay. */
const crossingOf =
  ({ events }: AnyService): Crossing =>
  ({ envelope, replayName }, bus) =>
    events[envelope.type]?.scope === 'all-regions' &&
    envelope.originregion === bus &&
    replayName === undefined;

const tickText = (scheduledAt: number, rateSeconds?: number): string => {
  const scheduledTime = new Date(scheduledAt).toISOString();
  return JSON.stringify(
    rateSeconds === undefined ? { scheduledTime } : { scheduledTime, rateSeconds },
  );
};

const startSchedules = (world: Connected, functions: RegionFunctions): void => {
  const { machine, regions, lambda, deadLetters, times, scenario } = world;
  const { region, relay, schedules } = functions;
  const rateSeconds = times.relayRateSeconds;
  startSchedule(machine, regions, {
    ...{ region, rateSeconds },
    // The next tick does what a run has left, so nobody keeps one that has failed.
    tick: (at) => lambda.invokeLater(relay, tickText(at, rateSeconds), () => undefined),
  });
  for (const [name, fn] of schedules) {
    const { everySeconds = rateSeconds } = scenario.schedules?.[name] ?? {};
    startSchedule(machine, regions, {
      ...{ region, rateSeconds: everySeconds },
      tick: (at) =>
        lambda.invokeLater(fn as SimulatedFunction, tickText(at), (letter) =>
          deadLetters.add({ ...letter, region }),
        ),
    });
  }
};

/** Connects the functions of both Regions to their buses, queues and schedules. */
export const connectService = (
  world: Connected,
  settingsOf: (queue: true | ConsumerQueue) => QueueSettings,
) => {
  const { regions, bus, substitutions } = world;
  const functions = new Map(
    regions.names.map((region) => [region, createFunctions(world, region)] as const),
  );
  const counts: (() => number)[] = [];
  const rules = [...functions.values()].flatMap((own) => rulesOf(world, own, settingsOf, counts));
  for (const rule of substitutions.rules?.(rules) ?? rules) bus.addRule(rule);
  const crosses = crossingOf(world.declaration(1));
  bus.setCrossing(substitutions.crosses?.(crosses) ?? crosses);
  for (const own of functions.values()) startSchedules(world, own);
  return {
    functions,
    /** Messages in the queues of consumers. */
    queued: (): number => counts.reduce((sum, count) => sum + count(), 0),
  };
};
