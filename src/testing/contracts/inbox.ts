import { randomUUID } from 'node:crypto';
import { accept, type Once, type UnitOfWork } from '../../domain/kernel/index.ts';
import {
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  counterName,
  counterWork,
  setTo,
} from './counter.ts';
import { expectEqual, expectLike } from './expectations.ts';
import { type Checks, checksFor, type Suite, suiteOf } from './suite.ts';

/** A unit of work on counters, as one process has it. */
type Side = { readonly unitOfWork: UnitOfWork<CounterQuery, CounterState> };

/** Units of work on counters, whose inbox is tried. */
export type InboxSubject = Side & {
  /** The same database, as the other Region sees it. */
  readonly other: Side;
  /** Another service in the same database, with counters of its own. */
  readonly elsewhere: Side;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
  /** Lets time pass by the clock of the inbox, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
  /** Deletes the rows of the inbox that have outlived their retention. */
  readonly purge: () => Promise<void>;
};

/**
 * How long the inbox of a subject keeps an event, in milliseconds: thirty days, as where nobody
 * says otherwise.
 */
export const inboxRetentionMs = 30 * 24 * 3_600_000;

const minuteMs = 60_000;

/** More than the connections of both Regions together, so that some wait for others. */
const duplicatesMax = 20;

/** A subject, with an event and a counter that no other case has. */
const trialOf = (subject: InboxSubject) => {
  const eventId = randomUUID();
  const counter = counterName();
  return {
    subject,
    counter,
    event: (changes: { readonly consumer?: string; readonly eventId?: string } = {}) =>
      ({ kind: 'event', consumer: 'sum', eventId, ...changes }) as const,
    /** Sets the counter without looking at it, or adds to it. */
    handle: (once: Once, value = 5, { reads = false, side = subject as Side } = {}) => {
      const work = reads
        ? counterWork(addTo(counter, value), { load: { names: [counter] } })
        : counterWork(setTo(counter, value));
      return side.unitOfWork.execute({ ...work, once });
    },
  };
};

type Trial = ReturnType<typeof trialOf>;

const effectChecks = (reads: boolean): Checks<Trial> => {
  const how = reads ? 'with reads' : 'without reads';
  return {
    [`handles an event ${how} once for each consumer`]: async (trial) => {
      const { subject, counter, event, handle } = trial;
      const statusOf = async (consumer: string, value: number, side: Side = subject) =>
        (await handle(event({ consumer }), value, { reads, side })).status;
      expectEqual(await statusOf('first', 5), 'committed');
      expectEqual(await statusOf('first', 9), 'replayed');
      expectEqual(await statusOf('first', 9, subject.other), 'replayed');
      expectEqual(await subject.value(counter), 5);
      expectEqual(await statusOf('second', 7, subject.other), 'committed');
      expectEqual(await statusOf('second', 9), 'replayed');
      expectEqual(await subject.value(counter), reads ? 12 : 7);
    },

    [`takes an event ${how} once that comes twenty times at once`]: async (trial) => {
      const { subject, counter, event, handle } = trial;
      const sides = [subject, subject.other] as const;
      const outcomes = await Promise.all(
        Array.from({ length: duplicatesMax }, (_, index) =>
          handle(event(), index + 1, { reads, side: sides[index % 2] ?? subject }),
        ),
      );
      const statuses = outcomes.map(({ status }) => status).toSorted();
      const replays = Array.from({ length: duplicatesMax - 1 }, () => 'replayed');
      expectEqual(statuses, ['committed', ...replays]);
      const committed = outcomes.filter(({ status }) => status === 'committed');
      expectLike(committed, [{ result: { value: await subject.value(counter) } }]);
    },
  };
};

/** Pairs of consumer and the end of an event's id that are near each other. */
const nearNames = [
  ['a', ''],
  ['a', 'b'],
  ['ab', ''],
  ['b', 'a'],
  ['A', ''],
  ['a', 'B'],
  ['a', ' '],
  ['a ', ''],
  ['a', '","a'],
] as const;

const nameChecks: Checks<Trial> = {
  'keeps events and their consumers apart, whatever they differ in': async ({ event, handle }) => {
    const { eventId } = event();
    for (const [consumer, end] of nearNames) {
      const once = event({ consumer, eventId: eventId + end });
      expectLike(await handle(once), { status: 'committed' });
      expectLike(await handle(once), { status: 'replayed' });
    }
  },

  'keeps an event and a command of one name apart': async ({ event, handle }) => {
    const { eventId } = event();
    const command = { kind: 'command', key: eventId, fingerprint: 'same' } as const;
    expectLike(await handle(command, 5), { status: 'committed', result: { value: 5 } });
    expectLike(await handle(event(), 6), { status: 'committed', result: { value: 6 } });
    expectLike(await handle(command, 7), { status: 'replayed', result: { value: 5 } });
  },

  'keeps the events of services apart': async ({ subject, event, handle }) => {
    const { elsewhere } = subject;
    expectLike(await handle(event(), 5, { side: elsewhere }), { status: 'committed' });
    expectLike(await handle(event(), 7), { status: 'committed' });
    expectLike(await handle(event(), 9, { side: elsewhere }), { status: 'replayed' });
  },
};

const outcomeChecks: Checks<Trial> = {
  'publishes nothing again of an event that is replayed': async ({ subject, counter, event }) => {
    const decide = () =>
      accept({
        state: { counters: { [counter]: 5 } },
        events: [added(counter, 5)],
        result: { value: 5 },
      });
    const work = { ...counterWork(decide), once: event() };
    expectLike(await subject.unitOfWork.execute(work), { events: [{ subject: counter }] });
    expectEqual(await subject.unitOfWork.execute(work), { status: 'replayed', result: null });
  },

  'decides an event anew that was refused': async ({ subject, counter, event }) => {
    const handleUpTo = (max: number) =>
      subject.unitOfWork.execute({
        ...counterWork(addTo(counter, 5, max), { load: { names: [counter] } }),
        once: event(),
      });
    expectLike(await handleUpTo(4), { status: 'refused' });
    expectLike(await handleUpTo(5), { status: 'committed' });
    expectLike(await handleUpTo(50), { status: 'replayed' });
  },
};

const retentionChecks: Checks<Trial> = {
  'knows an event for thirty days, and no longer once it is cleaned up': async (trial) => {
    const { subject, event, handle } = trial;
    await handle(event(), 6);
    await subject.advance(inboxRetentionMs - minuteMs);
    await subject.purge();
    // A replay does not prolong it.
    expectLike(await handle(event(), 9), { status: 'replayed' });
    await subject.advance(minuteMs);
    await subject.purge();
    expectLike(await handle(event(), 8), { status: 'committed' });
  },

  'knows an event whose retention has ended until it is cleaned up': async (trial) => {
    const { subject, event, handle } = trial;
    await handle(event(), 6);
    await subject.advance(2 * inboxRetentionMs);
    expectLike(await handle(event(), 9), { status: 'replayed' });
  },
};

/**
 * Checks the inbox of a unit of work: an event takes effect once for each consumer, in whichever
 * Region it comes and however many times at once, for as long as the inbox remembers it.
 *
 * @param createSubject units of work on counters; its database need not be empty
 * @example
 * for (const { name, run } of inboxContract(createSubject)) it(name, run);
 */
export const inboxContract = (createSubject: () => Promise<InboxSubject>): Suite =>
  suiteOf<Trial>(async () => trialOf(await createSubject()), {
    ...checksFor([false, true], effectChecks),
    ...outcomeChecks,
    ...nameChecks,
    ...retentionChecks,
  });
