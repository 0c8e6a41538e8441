import { EventTooEarly, type WaitingEvent } from '../../../domain/kernel/index.ts';
import { counterName, counterWork, setTo } from '../counter.ts';
import { expectEqual, expectLike } from '../expectations.ts';
import { inboxRetentionMs } from '../inbox.ts';
import { type Checks, checksFor, type Suite, suiteOf } from '../suite.ts';
import {
  type Committed,
  type OrderedEventsSubject,
  type OrderedTrial,
  orderedTrialOf,
} from './ordered-subject.ts';

const dayMs = 24 * 3_600_000;
const minuteMs = 60_000;

const idsOf = (waiting: readonly WaitingEvent[]): readonly string[] =>
  waiting.map(({ once }) => once.eventId);

/** @throws {Error} when the work does not fail as one whose turn has not come */
const expectTooEarly = async (work: Promise<unknown>): Promise<void> => {
  const outcome = await work.catch((error: unknown) => error);
  if (outcome instanceof EventTooEarly) return;
  throw new Error(`Expected an EventTooEarly but got ${JSON.stringify(outcome) ?? outcome}`, {
    cause: outcome,
  });
};

const turnChecks = (reads: boolean): Checks<OrderedTrial> => {
  const how = reads ? 'with reads' : 'without reads';
  return {
    [`lets an event ${how} take effect only after those before it`]: async (trial) => {
      const { subject, commit, onceOf, handle, seen } = trial;
      const [first] = (await commit({ version: 1 })) as [Committed];
      const [second] = (await commit({ version: 2 })) as [Committed];
      await expectTooEarly(handle(onceOf(second), reads));
      await expectTooEarly(handle(onceOf(second), reads, subject.other));
      expectEqual(await subject.value(seen), undefined);
      expectLike(await handle(onceOf(first), reads, subject.other), { status: 'committed' });
      expectLike(await handle(onceOf(second), reads), { status: 'committed' });
      expectEqual(await subject.value(seen), 2);
    },

    [`lets the events of one decision ${how} take effect in their order`]: async (trial) => {
      const { commit, onceOf, handle } = trial;
      const [first, second] = (await commit({ version: 1 }, { version: 1 })) as [
        Committed,
        Committed,
      ];
      await expectTooEarly(handle(onceOf(second), reads));
      expectLike(await handle(onceOf(first), reads), { status: 'committed' });
      expectLike(await handle(onceOf(second), false), { status: 'committed' });
    },

    [`replays an event ${how} that comes again, whatever waits`]: async (trial) => {
      const { subject, commit, onceOf, handle } = trial;
      const [first] = (await commit({ version: 1 })) as [Committed];
      expectLike(await handle(onceOf(first), reads), { status: 'committed' });
      await commit({ version: 2 });
      expectLike(await handle(onceOf(first), reads), { status: 'replayed' });
      expectLike(await handle(onceOf(first), reads, subject.other), { status: 'replayed' });
    },

    [`lets an event ${how} that does not wait itself take effect after those of lower versions`]:
      async (trial) => {
        const { commit, onceOf, handle, unknown } = trial;
        const [first] = (await commit({ version: 1 })) as [Committed];
        const [old, next] = [onceOf(unknown(1)), onceOf(unknown(2))];
        await expectTooEarly(handle(next, reads));
        expectLike(await handle(old, false), { status: 'committed' });
        expectLike(await handle(old, reads), { status: 'replayed' });
        await handle(onceOf(first), false);
        expectLike(await handle(next, reads), { status: 'committed' });
        expectLike(await handle(next, reads), { status: 'replayed' });
      },
  };
};

const listChecks: Checks<OrderedTrial> = {
  'gives the events that wait before one, in their order': async (trial) => {
    const { subject, aggregate, commit, onceOf, before } = trial;
    const third = await commit({ version: 3 });
    const [one, two] = await commit({ version: 2 }, { version: 2 });
    const ninth = await commit({ version: 9 });
    const tenth = await commit({ version: 10 });
    const [last] = (await commit({ version: 11 })) as [Committed];
    const committed = [one, two, ...third, ...ninth, ...tenth] as readonly Committed[];
    const waiting = await before(onceOf(last));
    expectEqual(
      waiting.map(({ once }) => once),
      committed.map((event) => onceOf(event)),
    );
    expectLike(waiting[0]?.wire, { subject: aggregate, aggregateversion: 2, type: 'Added' });
    expectEqual(idsOf(await before(onceOf(last), 10, subject.other)), idsOf(waiting));
    expectEqual(idsOf(await before(onceOf(last), 2)), idsOf(waiting.slice(0, 2)));
    expectEqual(idsOf(await before(onceOf(two as Committed))), [one?.id]);
    expectEqual(idsOf(await before(onceOf(one as Committed))), []);
  },

  'lets an event wait no longer that is handled or removed': async (trial) => {
    const { commit, onceOf, handle, before, remove } = trial;
    const [first] = (await commit({ version: 1 })) as [Committed];
    const [second] = (await commit({ version: 2 })) as [Committed];
    const [third] = (await commit({ version: 3 })) as [Committed];
    const [last] = (await commit({ version: 4 })) as [Committed];
    await handle(onceOf(first), false);
    expectEqual(idsOf(await before(onceOf(last))), [second.id, third.id]);
    await remove(onceOf(second));
    await remove(onceOf(second));
    expectEqual(idsOf(await before(onceOf(last))), [third.id]);
    expectLike(await handle(onceOf(third), false), { status: 'committed' });
    expectEqual(idsOf(await before(onceOf(last))), []);
  },

  'leaves an event where it waits when its transaction does not commit': async (trial) => {
    const { commit, onceOf, handle, before } = trial;
    const [second] = (await commit({ version: 2 })) as [Committed];
    const [third] = (await commit({ version: 3 })) as [Committed];
    expectLike(await handle(onceOf(second), true), { status: 'refused' });
    expectEqual(idsOf(await before(onceOf(third))), [second.id]);
  },
};

const apartChecks: Checks<OrderedTrial> = {
  'waits for no event that the consumer does not listen to': async (trial) => {
    const { commit, onceOf, handle, before } = trial;
    const [first] = (await commit({ version: 1 })) as [Committed];
    const [noted] = (await commit({ version: 2, type: 'Noted' })) as [Committed];
    await commit({ version: 3, type: 'Ignored' });
    const [last] = (await commit({ version: 7 })) as [Committed];
    expectLike(await handle(onceOf(first), false), { status: 'committed' });
    expectLike(await handle(onceOf(last), false), { status: 'committed' });
    const audit = onceOf(last, { consumer: 'audit' });
    await expectTooEarly(handle(audit, false));
    expectEqual(idsOf(await before(audit)), [first.id, noted.id]);
  },

  'keeps subjects apart': async (trial) => {
    const { commit, onceOf, handle, before } = trial;
    const of = counterName();
    await commit({ version: 1 });
    const [second] = (await commit({ version: 2, subject: of })) as [Committed];
    const once = onceOf(second, { of });
    expectEqual(idsOf(await before(once)), []);
    expectLike(await handle(once, false), { status: 'committed' });
  },

  'lets a scheduled event neither wait nor hold back others': async (trial) => {
    const { commit, onceOf, handle, before } = trial;
    const [due] = (await commit({ version: 1, notBefore: Date.now() })) as [Committed];
    const [second] = (await commit({ version: 2 })) as [Committed];
    expectEqual(idsOf(await before(onceOf(second))), []);
    expectLike(await handle(onceOf(due), false), { status: 'committed' });
    expectLike(await handle(onceOf(second), false), { status: 'committed' });
  },
};

const deliveryChecks: Checks<OrderedTrial> = {
  'handles a history in order, however its events come, at once from both Regions': async (
    trial,
  ) => {
    const { subject, commit, onceOf, deliver, seen, before } = trial;
    const events: Committed[] = [];
    for (let version = 1; version <= 6; version += 1) events.push(...(await commit({ version })));
    const sides = [subject, subject.other] as const;
    const deliveries = [...events.toReversed(), ...events].map((event, at) =>
      deliver(onceOf(event), sides[at % 2] ?? subject),
    );
    const statuses = (await Promise.all(deliveries)).map(({ status }) => status);
    expectEqual(
      statuses.filter((status) => status === 'refused'),
      [],
    );
    expectEqual(await subject.value(seen), 6);
    expectEqual(idsOf(await before(onceOf({ ...events[5], version: 7 } as Committed))), []);
  },

  'goes on behind an event that the inbox knows and that still waits': async (trial) => {
    const { subject, commit, onceOf, deliver, seen, before } = trial;
    const [first] = (await commit({ version: 1 })) as [Committed];
    const [second] = (await commit({ version: 2 })) as [Committed];
    // As where the consumer was not ordered when it handled the first one.
    const { order: _, ...unordered } = onceOf(first);
    await subject.unitOfWork.execute({ ...counterWork(setTo(seen, 1)), once: unordered });
    expectEqual(idsOf(await before(onceOf(second))), [first.id]);
    expectLike(await deliver(onceOf(second)), { status: 'committed' });
    expectEqual(await subject.value(seen), 2);
    expectLike(await deliver(onceOf(first)), { status: 'replayed' });
  },
};

const retentionChecks: Checks<OrderedTrial> = {
  'gives an event up a day before the inbox forgets events, and no earlier': async (trial) => {
    const { subject, commit, onceOf, before } = trial;
    const [first] = (await commit({ version: 1 })) as [Committed];
    await subject.advance(inboxRetentionMs - dayMs - minuteMs);
    await subject.purge();
    const [second] = (await commit({ version: 2 })) as [Committed];
    expectEqual(idsOf(await before(onceOf(second))), [first.id]);
    await subject.advance(minuteMs);
    await subject.purge();
    expectEqual(idsOf(await before(onceOf(second))), []);
  },
};

/**
 * Checks the events that wait for ordered consumers: an event takes effect only after those before
 * it, in whichever Region and however many times it comes, and waits for nothing else.
 *
 * @param createSubject units of work on counters whose consumers are those of `orderedConsumersOf`;
 * the database need not be empty
 * @example
 * for (const { name, run } of orderedEventsContract(createSubject)) it(name, run);
 */
export const orderedEventsContract = (createSubject: () => Promise<OrderedEventsSubject>): Suite =>
  suiteOf<OrderedTrial>(async () => orderedTrialOf(await createSubject()), {
    ...checksFor([false, true], turnChecks),
    ...listChecks,
    ...apartChecks,
    ...deliveryChecks,
    ...retentionChecks,
  });
