import { number, object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import { createMemoryOrderedEvents } from '../../../../src/adapters/memory/index.ts';
import {
  accept,
  type ConsumerContext,
  type DeadLetter,
  declareEvents,
  type EventEnvelope,
  refuse,
} from '../../../../src/domain/kernel/index.ts';
import { createEventHandler, noPublisher } from '../../../../src/handlers/runtime/index.ts';
import { anEvent, memoryCounters } from '../../../support/counter.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';
import { memoryService } from '../../../support/memory-service.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: number() }) },
});

/** Events of one subject, by version from 1, whose data make the counter their version. */
const eventsOf = (count: number): readonly EventEnvelope[] =>
  Array.from({ length: count }, (_, at) => ({
    ...anEvent(),
    aggregateversion: at + 1,
    correlationid: `request-of-${at + 1}`,
    data: { name: 'sum', value: at + 1 },
  }));

/** An ordered consumer, for which these events wait. */
const setUp = async (events: readonly EventEnvelope[]) => {
  const parts = await handlerParts();
  const { database, runnerOf } = memoryService(parts.clock);
  const orderedEvents = createMemoryOrderedEvents(database);
  const transaction = database.begin();
  orderedEvents.insert(transaction, () => ['sum'], events);
  transaction.commit();
  const runner = runnerOf(memoryCounters, { catalogue, publisher: noPublisher });
  const runs: ConsumerContext[] = [];
  const letters: DeadLetter[] = [];
  let refused = 0;
  const handler = createEventHandler({
    ...parts,
    consumer: 'sum',
    catalogue,
    orderedEvents,
    deadLetters: {
      send: async (letter) => {
        letters.push(letter);
      },
    },
    consume: ({ data }, run) =>
      runner.run({
        ...run,
        load: { names: ['sum'] },
        decide: () => {
          runs.push(run);
          return data.value === refused
            ? refuse('TooMuch', 'No more')
            : accept({ state: { counters: { sum: data.value } }, events: [], result: null });
        },
      }),
  });
  return {
    runs,
    letters,
    logger: parts.logger,
    refuse: (value: number) => {
      refused = value;
    },
    invoke: (detail: EventEnvelope | undefined, replay?: string) =>
      asLambda<unknown>(handler)({ detail, 'replay-name': replay }, lambdaContext()),
    sum: () => database.begin().get<number>('counters', 'sum'),
  };
};

describe('the handler of an ordered consumer', () => {
  it('handles the events before a delivered one first, each with its own ids', async () => {
    const events = eventsOf(3);
    const { invoke, runs, logger, sum } = await setUp(events);
    expect(await invoke(events[2], 'again')).toEqual({ status: 'committed' });
    expect(sum()).toBe(3);
    expect(runs.map(({ once }) => once.eventId)).toEqual(events.map(({ id }) => id));
    expect(runs.map(({ causation }) => causation)).toMatchObject(
      events.map(({ id, correlationid }) => ({ causationid: id, correlationid })),
    );
    expect(runs.map(({ replay }) => replay)).toEqual([undefined, undefined, 'again']);
    expect(logger.lines.map(({ fields }) => fields?.['correlationid'])).toEqual([
      'request-of-1',
      'request-of-2',
      'request-of-3',
    ]);
    expect(await invoke(events[0])).toEqual({ status: 'replayed' });
    expect(sum()).toBe(3);
  });

  it('stops at an event that is refused, and handles all when the first of them is redriven', async () => {
    const events = eventsOf(3);
    const { invoke, refuse: refuseOne, letters, sum } = await setUp(events);
    refuseOne(2);
    await expect(invoke(events[2])).rejects.toThrow('TooMuch');
    await expect(invoke(events[2])).rejects.toThrow('TooMuch');
    expect(sum()).toBe(1);
    expect(letters).toEqual([]);
    refuseOne(0);
    expect(await invoke(events[2])).toEqual({ status: 'committed' });
    expect(sum()).toBe(3);
    expect(await invoke(events[1])).toEqual({ status: 'replayed' });
  });

  it('puts a delivery behind an unreadable event into the dead letters, with its cause', async () => {
    const [first, second] = eventsOf(2) as [EventEnvelope, EventEnvelope];
    const unreadable = { ...first, schemaversion: 2 };
    const { invoke, letters, sum } = await setUp([unreadable, second]);
    expect(await invoke(second)).toEqual({ status: 'dead-lettered' });
    expect(sum()).toBeUndefined();
    expect(letters).toMatchObject([{ payload: { detail: second } }]);
    expect(letters[0]?.cause.message).toContain(
      `Event ${first.id}, version 1 of the same subject, comes first and cannot be read`,
    );
    expect(letters[0]?.cause.message).toContain('Unknown version 2 of event Added');
  });
});
