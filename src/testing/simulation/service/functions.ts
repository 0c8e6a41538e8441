import { faultIn } from '../../../domain/kernel/fault.ts';
import {
  type AnyService,
  createCleanup,
  createRelay,
  type DeadLetters,
  type EventEnvelope,
  isRetryable,
  type Json,
  type Outcome,
} from '../../../domain/kernel/index.ts';
import { untraced } from '../../../domain/kernel/observability/observability.ts';
import { outboxShardCount } from '../../../domain/kernel/outbox/outbox.ts';
import { consumerQueueSettings } from '../../../domain/kernel/work/consumer-queue.ts';
import { createEventHandler } from '../../../handlers/runtime/events/event-handler.ts';
import { noPublisher } from '../../../handlers/runtime/events/publisher.ts';
import { createRelayHandler } from '../../../handlers/runtime/events/relay-handler.ts';
import { createScheduleHandler } from '../../../handlers/runtime/events/schedule-handler.ts';
import { runContext } from '../../../handlers/runtime/invocation.ts';
import type { SimulatedFunction, SimulatedLambda } from '../cloud/lambda.ts';
import type { DeadLetterQueues } from '../cloud/queues.ts';
import type { SimulatedProcess } from '../machine/process.ts';
import { createParts, type EnvironmentParts, type ServiceWorld } from './parts.ts';
import type { Scenario, SimulatedParts } from './scenario.ts';

/** The functions of a service in one Region. */
export type RegionFunctions = {
  readonly region: string;
  readonly api: SimulatedFunction;
  readonly relay: SimulatedFunction;
  /** By the names of the consumers. */
  readonly consumers: ReadonlyMap<string, SimulatedFunction>;
  readonly schedules: ReadonlyMap<string, SimulatedFunction>;
};

/** Lambda's own retries of an asynchronous invocation. */
const retriesMax = 2;

type Functions = ServiceWorld & {
  readonly scenario: Scenario;
  readonly deadLetters: DeadLetterQueues;
  readonly lambda: SimulatedLambda;
};

const partsFor = (parts: EnvironmentParts, publishes: boolean): SimulatedParts => ({
  ...parts,
  runner: parts.runnerWith(publishes ? parts.publisher : noPublisher),
});

/** A client tries again whatever an API throws, so an API that never works breaks nothing else. */
const isProgramError = (error: unknown): boolean => {
  const { kind = 'InvariantViolation' } = faultIn(error) ?? {};
  return kind === 'InvariantViolation';
};

const apiFunction = (world: Functions, region: string): SimulatedFunction => ({
  ...{ name: 'api', region, timeoutMs: world.times.functionTimeoutMs, retriesMax },
  init: (process, version) => {
    const answer = world.scenario.api(partsFor(createParts(world, process, version), true));
    return async (request, context) => {
      try {
        return await answer(request as never, runContext(context, process.clock));
      } catch (error) {
        if (isProgramError(error)) {
          world.history.addProgramError(`The API in ${region} has thrown ${error}`);
        }
        const leftMs = context.getRemainingTimeInMillis();
        if (isRetryable(error) && leftMs > world.times.functionTimeoutMs / 2) {
          world.history.addGivenUp(`A command was given up with ${leftMs} ms left: ${error}`);
        }
        throw error;
      }
    };
  },
});

const deadLettersOf = (
  { deadLetters, substitutions }: Functions,
  process: SimulatedProcess,
  functionName: string,
): DeadLetters => ({
  send: async ({ payload, payloadText, cause }) => {
    if (substitutions.keepsDeadLetter?.() === false) return;
    const text = payloadText ?? JSON.stringify(payload);
    const reason = `${cause.name}: ${cause.message}`;
    await deadLetters.send(process, { functionName, text, reason });
  },
});

const consumerFunction = (
  world: Functions,
  region: string,
  name: string,
  { publishes, ordered, queue }: AnyService['consumers'][string],
): SimulatedFunction => ({
  ...{ name, region, timeoutMs: world.times.functionTimeoutMs, retriesMax },
  init: (process, version) => {
    const parts = createParts(world, process, version);
    const wire = world.scenario.consumers[name];
    if (!wire) throw new Error(`Give the scenario a consumer ${name}`);
    const consume = wire(partsFor(parts, publishes === true));
    const isOrdered = ordered && !world.substitutions.isUnordered;
    return createEventHandler<EventEnvelope>({
      ...parts,
      consumer: name,
      catalogue: parts.service.catalogue,
      consume: (event, run) => consume(event as never, run),
      deadLetters: deadLettersOf(world, process, name),
      receivesMax: queue ? consumerQueueSettings(queue).receivesMax : undefined,
      orderedEvents: isOrdered ? parts.ordered : undefined,
      tracer: untraced,
    });
  },
});

const relayFunction = (world: Functions, region: string): SimulatedFunction => {
  const { times, lambda, substitutions } = world;
  const all = Array.from({ length: outboxShardCount }, (_, shard) => shard);
  const shards = substitutions.shards?.(all, region) ?? all;
  const takeoverAgeMs =
    substitutions.takeoverAgeMs?.(times.outboxTakeoverAgeMs) ?? times.outboxTakeoverAgeMs;
  const fn: SimulatedFunction = {
    ...{ name: 'relay', region, timeoutMs: times.relayTimeoutSeconds * 1_000, retriesMax },
    init: (process, version) => {
      const parts = createParts(world, process, version);
      return createRelayHandler({
        ...parts,
        relay: createRelay({ ...parts, shards, takeoverAgeMs }),
        cleanup: createCleanup(parts),
        runAgain: async (tick) => lambda.invokeLater(fn, JSON.stringify(tick), () => undefined),
      });
    },
  };
  return fn;
};

const scheduleFunction = (
  world: Functions,
  region: string,
  name: string,
  { everySeconds, run }: NonNullable<Scenario['schedules']>[string],
): SimulatedFunction => ({
  ...{ name, region, timeoutMs: world.times.functionTimeoutMs, retriesMax },
  init: (process, version) => {
    const parts = createParts(world, process, version);
    const runTick: (...given: Parameters<ReturnType<typeof run>>) => Promise<Outcome<Json>> = run(
      partsFor(parts, true),
    );
    return createScheduleHandler({ ...parts, name, everySeconds, runTick });
  },
});

/** The same function with the handler that a test puts in the place of its own. */
const withInstead = (fn: SimulatedFunction, { substitutions }: Functions): SimulatedFunction => ({
  ...fn,
  init: (process, version) => {
    const handler = fn.init(process, version);
    return substitutions.handler?.(handler, fn.name) ?? handler;
  },
});

/** The functions of a scenario's service in one Region. */
export const createFunctions = (world: Functions, region: string): RegionFunctions => {
  const { consumers } = world.declaration(1);
  const { schedules = {} } = world.scenario;
  return {
    region,
    api: withInstead(apiFunction(world, region), world),
    relay: relayFunction(world, region),
    consumers: new Map(
      Object.entries(consumers).map(([name, declared]) => [
        name,
        withInstead(consumerFunction(world, region, name, declared), world),
      ]),
    ),
    schedules: new Map(
      Object.entries(schedules).map(([name, schedule]) => [
        name,
        scheduleFunction(world, region, name, schedule),
      ]),
    ),
  };
};
