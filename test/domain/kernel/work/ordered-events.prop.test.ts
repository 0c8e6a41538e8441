import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createMemoryDatabase,
  createMemoryOrderedEvents,
  createMemoryUnitOfWork,
  type MemoryRepository,
} from '../../../../src/adapters/memory/index.ts';
import {
  accept,
  createRetrier,
  type EventEnvelope,
  EventTooEarly,
  handleInOrder,
  type OrderedEvents,
  type OrderedOnce,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import {
  orderedConsumers,
  waitingEventsMax,
} from '../../../../src/domain/kernel/work/ordered-events.ts';
import { anEvent } from '../../../support/counter.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const consumersOf = orderedConsumers({
  prices: { on: ['Changed', 'Withdrawn'], ordered: true },
  audit: { on: ['Changed', 'Ignored'] },
});

/** The ids of the events that a subject's effects come from, in the order of the effects. */
type Effects = { readonly subject: string; readonly ids: readonly string[] };

const effects: MemoryRepository<string, Effects> = {
  empty: { subject: '', ids: [] },
  load: (transaction, subject) =>
    transaction.get<Effects>('effects', subject) ?? { subject, ids: [] },
  save: (transaction, state) => {
    transaction.put('effects', state.subject, state);
    return undefined;
  },
};

/** A decision says one to three events of a subject, at the subject's next version. */
const decision = fc.record({
  subject: fc.constantFrom('hat', 'coat'),
  types: fc.array(fc.constantFrom('Changed', 'Withdrawn', 'Ignored'), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** The events of a history, each decision at the next version of its subject. */
const eventsOf = (
  history: readonly { readonly subject: string; readonly types: readonly string[] }[],
): readonly (readonly EventEnvelope[])[] => {
  const versions = new Map<string, number>();
  return history.map(({ subject, types }) => {
    const aggregateversion = (versions.get(subject) ?? 0) + 1;
    versions.set(subject, aggregateversion);
    return types.map((type) => ({ ...anEvent(), type, subject, aggregateversion }));
  });
};

const onceOf = ({ id, subject, aggregateversion: version }: EventEnvelope): OrderedOnce => ({
  kind: 'event',
  consumer: 'prices',
  eventId: id,
  order: { subject, version },
});

const setUp = (decisions: readonly (readonly EventEnvelope[])[]) => {
  const clock = manualClock();
  const database = createMemoryDatabase();
  const stored = createMemoryOrderedEvents(database);
  const retrier = createRetrier({
    clock,
    random: always(0.5),
    metrics: { add: () => undefined },
  });
  const outboxInsert = () => undefined;
  const unitOfWork = createMemoryUnitOfWork({
    database,
    repository: effects,
    outboxInsert,
    retrier,
  });
  for (const events of decisions) {
    const transaction = database.begin();
    if (consumersOf) stored.insert(transaction, consumersOf, events);
    transaction.commit();
  }
  const held: number[] = [];
  const waiting: OrderedEvents = {
    ...stored,
    before: async (...asked) => {
      const rows = await stored.before(...asked);
      held.push(rows.length);
      return rows;
    },
  };
  const run = (once: OrderedOnce) => {
    const { subject } = once.order;
    return unitOfWork.execute({
      once,
      load: subject,
      decide: ({ ids }) =>
        accept({ state: { subject, ids: [...ids, once.eventId] }, events: [], result: null }),
      envelop: anEvent as never,
      deadline: clock.now() + 600_000,
    });
  };
  /** Delivers an event; the first `failures` attempts at events fail. */
  const deliver = (once: OrderedOnce, failing: () => boolean, by: OrderedEvents = waiting) => {
    const attempt = async (one: OrderedOnce) => {
      if (failing()) throw new Unavailable('away');
      return run(one);
    };
    return handleInOrder(once, clock.now() + 600_000, {
      waiting: by,
      clock,
      handle: () => attempt(once),
      handleEarlier: (earlier) => attempt(earlier.once),
    });
  };
  const idsOf = (subject: string) => database.begin().get<Effects>('effects', subject)?.ids ?? [];
  return { clock, database, deliver, held, idsOf, run, stored };
};

describe('an ordered consumer', () => {
  it('has the effects of a history in order, whatever the order, the duplicates and the failures of its deliveries', async () => {
    const plan = fc.array(decision, { minLength: 1, maxLength: 30 }).chain((history) =>
      fc.record({
        history: fc.constant(history),
        order: fc.array(fc.nat(), { minLength: 40, maxLength: 120 }),
        atOnce: fc.integer({ min: 1, max: 6 }),
        failures: fc.array(fc.boolean(), { maxLength: 20 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(plan, async ({ history, order, atOnce, failures }) => {
        const decisions = eventsOf(history);
        const { deliver, held, idsOf, database } = setUp(decisions);
        const heard = decisions.flat().filter(({ type }) => type !== 'Ignored');
        const left = [...failures];
        const failing = () => left.shift() ?? false;
        const chosen = order.flatMap((at) => heard[at % Math.max(1, heard.length)] ?? []);
        // Failed deliveries come again in the end, backwards.
        const deliveries = [...chosen, ...heard.toReversed()];
        for (let at = 0; at < deliveries.length; at += atOnce) {
          const wave = deliveries.slice(at, at + atOnce);
          await Promise.allSettled(wave.map((event) => deliver(onceOf(event), failing)));
        }
        for (const event of heard) await deliver(onceOf(event), () => false);
        for (const subject of ['hat', 'coat']) {
          const expected = heard.filter((event) => event.subject === subject);
          expect(idsOf(subject)).toEqual(expected.map(({ id }) => id));
        }
        expect(Math.max(0, ...held)).toBeLessThanOrEqual(waitingEventsMax);
        expect(database.begin().all('ordered_events')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('holds a bounded number of events of a subject that is far behind', async () => {
    const history = Array.from({ length: 100 }, () => ({ subject: 'hat', types: ['Changed'] }));
    const decisions = eventsOf(history);
    const { deliver, held, idsOf } = setUp(decisions);
    const events = decisions.flat();
    const outcome = await deliver(onceOf(events.at(-1) as EventEnvelope), () => false);
    expect(outcome.status).toBe('committed');
    expect(idsOf('hat')).toEqual(events.map(({ id }) => id));
    expect(Math.max(...held)).toBe(waitingEventsMax);
  });

  it('stops a subject at an event that fails, and no other subject', async () => {
    const decisions = eventsOf([
      { subject: 'hat', types: ['Changed'] },
      { subject: 'hat', types: ['Changed'] },
      { subject: 'coat', types: ['Changed'] },
    ]);
    const { deliver, idsOf } = setUp(decisions);
    const [, second, coat] = decisions.flat() as [EventEnvelope, EventEnvelope, EventEnvelope];
    let attempts = 0;
    // The second attempt is that at the first event.
    const failing = () => ++attempts === 2;
    await expect(deliver(onceOf(second), failing)).rejects.toThrow('away');
    expect(idsOf('hat')).toEqual([]);
    expect((await deliver(onceOf(coat), () => false)).status).toBe('committed');
  });

  it('begins no event after its deadline, and keeps what it has done', async () => {
    const decisions = eventsOf(
      Array.from({ length: 5 }, () => ({ subject: 'hat', types: ['Changed'] })),
    );
    const { clock, deliver, idsOf, stored } = setUp(decisions);
    const events = decisions.flat();
    const slow: OrderedEvents = {
      ...stored,
      remove: async (...asked) => {
        clock.advance(250_000);
        return stored.remove(...asked);
      },
    };
    const last = onceOf(events.at(-1) as EventEnvelope);
    await expect(deliver(last, () => false, slow)).rejects.toThrow(Unavailable);
    expect(idsOf('hat')).toEqual(events.slice(0, 3).map(({ id }) => id));
  });

  it('recognises an event that comes too early in an error of the use case', async () => {
    const decisions = eventsOf([
      { subject: 'hat', types: ['Changed'] },
      { subject: 'hat', types: ['Changed'] },
    ]);
    const { clock, idsOf, run, stored } = setUp(decisions);
    const [first, second] = decisions.flat() as [EventEnvelope, EventEnvelope];
    await expect(run(onceOf(second))).rejects.toThrow(EventTooEarly);
    await handleInOrder(onceOf(second), clock.now() + 600_000, {
      waiting: stored,
      clock,
      handle: () =>
        run(onceOf(second)).catch((cause: unknown) => {
          throw new Error('wrapped', { cause });
        }),
      handleEarlier: ({ once }) => run(once),
    });
    expect(idsOf('hat')).toEqual([first.id, second.id]);
  });

  it('does not wait for ever for an event that its use case handles without its transaction', async () => {
    const decisions = eventsOf([
      { subject: 'hat', types: ['Changed'] },
      { subject: 'hat', types: ['Changed'] },
    ]);
    const { clock, idsOf, run, stored } = setUp(decisions);
    const [, second] = decisions.flat() as [EventEnvelope, EventEnvelope];
    await handleInOrder(onceOf(second), clock.now() + 600_000, {
      waiting: stored,
      clock,
      handle: () => run(onceOf(second)),
      handleEarlier: async () => undefined,
    });
    expect(idsOf('hat')).toEqual([second.id]);
  });
});

describe('the ordered consumers of a service', () => {
  it('are none where none is declared so', () => {
    expect(orderedConsumers({ prices: { on: ['Changed'] } })).toBeUndefined();
  });

  it('are those that listen to a type', () => {
    expect(consumersOf?.('Changed')).toEqual(['prices']);
    expect(consumersOf?.('Ignored')).toEqual([]);
  });
});
