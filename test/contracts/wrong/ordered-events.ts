import type { Once, OrderedOnce } from '../../../src/domain/kernel/index.ts';
import type { OrderedEventsSubject, OrderedSide } from '../../../src/testing/index.ts';
import type { Wrong } from '../suite.ts';
import { readsOf } from './records-faults.ts';

type Subject = OrderedEventsSubject;
type Execute = OrderedSide['unitOfWork']['execute'];

/** A fault of both sides. */
const wrong = (
  fault: string,
  caughtBy: string,
  change: (right: OrderedSide) => {
    readonly execute?: Execute;
    readonly before?: OrderedSide['orderedEvents']['before'];
    readonly remove?: OrderedSide['orderedEvents']['remove'];
  },
): Wrong<Subject> => {
  const over = (right: OrderedSide): OrderedSide => {
    const { execute, ...changed } = change(right);
    return {
      unitOfWork: execute ? { execute } : right.unitOfWork,
      orderedEvents: { ...right.orderedEvents, ...changed },
    };
  };
  return {
    fault,
    caughtBy,
    apply: (right) => ({ ...right, ...over(right), other: over(right.other) }),
  };
};

const turn = (how: string) => `lets an event ${how} take effect only after those before it`;
const list = 'gives the events that wait before one, in their order';
const gone = 'lets an event wait no longer that is handled or removed';
const gaps = 'waits for no event that the consumer does not listen to';
const known = 'goes on behind an event that the inbox knows and that still waits';
const retention = 'gives an event up a day before the inbox forgets events, and no earlier';

const withoutOrder = (once: Once): Once => {
  if (once.kind !== 'event') return once;
  const { order: _, ...rest } = once;
  return rest;
};

const naming = (fault: string, caughtBy: string, change: (once: OrderedOnce) => OrderedOnce) =>
  wrong(fault, caughtBy, ({ unitOfWork, orderedEvents }) => ({
    execute: (work) => {
      const { once } = work;
      const isOrdered = once.kind === 'event' && once.order !== undefined;
      return unitOfWork.execute(isOrdered ? { ...work, once: change(once as OrderedOnce) } : work);
    },
    before: (once, ...limits) => orderedEvents.before(change(once), ...limits),
  }));

/** An event without its order, in the units of work that the fault concerns. */
const unordered = (fault: string, caughtBy: string, reads: boolean) =>
  wrong(fault, caughtBy, ({ unitOfWork }) => ({
    execute: (work) =>
      unitOfWork.execute(
        readsOf(work) === reads ? { ...work, once: withoutOrder(work.once) } : work,
      ),
  }));

/** Ordered events with one fault each. */
export const wrongOrderedEvents: readonly Wrong<Subject>[] = [
  unordered('an event with reads overtakes others', turn('with reads'), true),
  unordered('an event without reads overtakes others', turn('without reads'), false),
  wrong('a handled event still waits', gone, ({ unitOfWork, orderedEvents }) => {
    const handled: Parameters<typeof orderedEvents.remove>[0][] = [];
    return {
      execute: async (work) => {
        const outcome = await unitOfWork.execute(work);
        const { once } = work;
        if (once.kind === 'event' && once.order) handled.push({ ...once, order: once.order });
        return outcome;
      },
      before: async (once, ...limits) => [
        ...handled.map((one) => ({ once: one, wire: undefined })),
        ...(await orderedEvents.before(once, ...limits)),
      ],
    };
  }),
  wrong('a removed event still waits', gone, () => ({ remove: async () => undefined })),
  wrong('an event that is handled already is not removed', known, () => ({
    remove: async () => {
      throw new Error('not removed');
    },
  })),
  wrong('all events before one are removed with it', gone, ({ orderedEvents }) => ({
    remove: async (once, deadline) => {
      for (const version of [1, 2, 3]) {
        const to = { ...once, eventId: 'none', order: { ...once.order, version } };
        for (const one of await orderedEvents.before(to, 100, deadline)) {
          await orderedEvents.remove(one.once, deadline);
        }
      }
    },
  })),
  wrong('the events that wait come in the wrong order', list, ({ orderedEvents }) => ({
    before: async (...asked) => (await orderedEvents.before(...asked)).toReversed(),
  })),
  wrong('the events of one decision come in the wrong order', list, ({ orderedEvents }) => ({
    before: async (...asked) =>
      [
        ...Map.groupBy(await orderedEvents.before(...asked), ({ once }) => once.order.version),
      ].flatMap(([, ofVersion]) => ofVersion.toReversed()),
  })),
  wrong('versions are compared as texts', list, ({ orderedEvents }) => ({
    before: async (...asked) =>
      (await orderedEvents.before(...asked)).toSorted((one, other) =>
        String(one.once.order.version).localeCompare(String(other.once.order.version)),
      ),
  })),
  wrong('all events come, however few are asked for', list, ({ orderedEvents }) => ({
    before: (once, _, deadline) => orderedEvents.before(once, 100, deadline),
  })),
  wrong('the last events come where a few are asked for', list, ({ orderedEvents }) => ({
    before: async (once, eventsMax, deadline) =>
      (await orderedEvents.before(once, 100, deadline)).slice(-eventsMax),
  })),
  wrong('the other Region finds nothing', list, ({ orderedEvents }) => {
    let asked = 0;
    return {
      before: (once, ...limits) => {
        asked += 1;
        const of = asked === 1 ? once.order.subject : 'none';
        return orderedEvents.before({ ...once, order: { ...once.order, subject: of } }, ...limits);
      },
    };
  }),
  naming('all consumers wait for the events of one', gaps, (once) => ({
    ...once,
    consumer: 'audit',
  })),
  {
    fault: 'an event waits for ever',
    caughtBy: retention,
    apply: (right) => ({ ...right, purge: async () => undefined }),
  },
  {
    fault: 'an event is given up too early',
    caughtBy: retention,
    apply: (right) => ({
      ...right,
      purge: async () => {
        await right.advance(3_600_000);
        await right.purge();
        await right.advance(-3_600_000);
      },
    }),
  },
];
