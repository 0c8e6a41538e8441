import { createEventBridgePublisher } from '../../../adapters/eventbridge/index.ts';
import { createMemoryOutbox } from '../../../adapters/memory/index.ts';
import type { EventEnvelope } from '../../../domain/kernel/index.ts';
import type { SimulatedCluster } from '../cloud/database-link.ts';
import type { SimulatedBus } from '../cloud/event-bus.ts';
import type { SimulatedFunction, SimulatedLambda } from '../cloud/lambda.ts';
import type { DeadLetterQueues } from '../cloud/queues.ts';
import type { Regions } from '../cloud/regions.ts';
import { type Machine, startProcess } from '../machine/process.ts';
import type { RegionFunctions } from './functions.ts';
import type { SeedTimes } from './scenario.ts';
import type { Substitutions } from './substitutions.ts';

/** A person with the commands of `antipode`, who may come at a wrong moment. */
export interface Operator {
  /** Runs each dead letter again, and keeps those that fail (`antipode dlq redrive`). */
  readonly redriveLetters: () => void;
  /** Makes dead events of the outbox due again (`antipode outbox redrive`). */
  readonly redriveOutbox: () => void;
  /** Publishes again what one Region has published (`antipode outbox republish`). */
  readonly republish: (origin: string, from: string) => void;
  /** Rows of the outbox that are not marked as published (`antipode outbox list`). */
  readonly unpublishedCount: () => number;
  /** Work of the operator that is under way. */
  readonly openCount: () => number;
}

/** The columns of the outbox in memory that the operator reads. */
type OutboxRow = {
  readonly event: EventEnvelope;
  readonly dueAt: number;
  readonly published: boolean;
};

/** Attempts of a publication, as the command has them. */
const attemptsMax = 3;

/** Entries of a request. */
const chunkSize = 10;

/** How long a request of the operator may take. Milliseconds. */
const requestMsMax = 10_000;

/** The operator of a service. */
export const createOperator = (
  machine: Machine,
  parts: {
    readonly regions: Regions;
    readonly cluster: SimulatedCluster;
    readonly bus: SimulatedBus;
    readonly lambda: SimulatedLambda;
    readonly deadLetters: DeadLetterQueues;
    readonly functions: ReadonlyMap<string, RegionFunctions>;
    readonly times: SeedTimes;
    readonly substitutions: Substitutions;
  },
): Operator => {
  const { scheduler, story } = machine;
  const { regions, cluster, bus, lambda, deadLetters, functions, times } = parts;
  const { redriven = (text) => text } = parts.substitutions;
  let open = 0;

  const functionOf = (region: string, name: string): SimulatedFunction | undefined => {
    const own = functions.get(region);
    return own?.consumers.get(name) ?? own?.schedules.get(name);
  };

  const rowsWhere = (isMeant: (row: OutboxRow) => boolean): readonly EventEnvelope[] =>
    cluster.database
      .begin()
      .all<OutboxRow>('outbox')
      .filter(isMeant)
      .map(({ event }) => event);

  /** Work of the operator's own process, which ends in any case. */
  const work = (
    region: string,
    run: (process: ReturnType<typeof startProcess>) => Promise<void>,
  ) => {
    const process = startProcess(machine, region, 'the operator');
    let isOpen = true;
    const end = (): void => {
      if (isOpen) open -= 1;
      isOpen = false;
    };
    open += 1;
    process.onDeath(end);
    regions.onLoss((lost) => lost === region && process.kill('its Region is lost'));
    scheduler.after(1, process, 'operator: begins', () => {
      run(process).then(end, end);
    });
  };

  return {
    openCount: () => open,
    unpublishedCount: () => rowsWhere(({ published }) => !published).length,
    redriveLetters: () => {
      for (const letter of deadLetters.take()) {
        const fn = functionOf(letter.region, letter.functionName);
        if (!fn) continue;
        open += 1;
        if (story.isTold) story.tell('An operator', `redrives an event of ${fn.name}`);
        lambda.invoke(fn, redriven(letter.text), (end) => {
          open -= 1;
          // A batch of a queue is answered with the messages that have failed.
          const failures = (end.ok && Object(end.value).batchItemFailures) || [];
          if (!end.ok || failures.length > 0) deadLetters.add(letter);
        });
      }
    },
    redriveOutbox: () => {
      const dead = rowsWhere(
        ({ dueAt, published }) => !published && dueAt === Number.POSITIVE_INFINITY,
      );
      if (dead.length === 0) return;
      story.tell('An operator', `redrives ${dead.length} dead events of the outbox`);
      const region = regions.names.find(regions.isUp) ?? regions.names[0];
      work(region, async (process) => {
        const outbox = createMemoryOutbox(cluster.connect(process), {
          clock: process.clock,
          graceMs: times.outboxGraceMs,
          replayWindowMs: times.outboxReplayWindowMs,
        });
        await outbox.redrive(dead.map(({ id }) => id));
      });
    },
    republish: (origin, from) => {
      const rows = rowsWhere(({ event, published }) => published && event.originregion === origin);
      story.tell('An operator', `publishes ${rows.length} events of ${origin} again from ${from}`);
      work(from, async (process) => {
        const { clock } = process;
        const putEvents = bus.putEvents(process);
        const publisher = createEventBridgePublisher({ busName: from, putEvents, clock });
        for (let at = 0; at < rows.length; at += chunkSize) {
          let left: readonly EventEnvelope[] = rows.slice(at, at + chunkSize);
          for (let attempt = 1; attempt <= attemptsMax && left.length > 0; attempt += 1) {
            const results = await publisher.publish(left, clock.now() + requestMsMax);
            left = left.filter((_, index) => !results[index]?.ok);
          }
        }
      });
    },
  };
};
