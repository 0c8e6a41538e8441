import type { EventEnvelope } from '../../../domain/kernel/index.ts';
import { expectBetween, expectEqual, expectLike } from '../expectations.ts';
import {
  afar,
  anEventIn,
  claimOf,
  counted,
  hourMs,
  idsOf,
  minuteMs,
  type OutboxChecks,
  type OutboxSubject,
  outboxWindows,
  shards,
  soon,
} from './outbox-subject.ts';

/** The longest wait of a statement beside the clock that a test moves. */
const testMs = minuteMs;

const owner = crypto.randomUUID();

/** Inserts an event whose time comes in so many milliseconds. */
const insertAt = async (
  { insert, now }: OutboxSubject,
  inMs: number,
  event = anEventIn(),
): Promise<EventEnvelope> => {
  await insert([], [{ event, notBefore: now() + inMs }]);
  return event;
};

/** Events that wait for their time. */
export const outboxScheduled: OutboxChecks = {
  'claims a scheduled event when its time has come, and not before': async (subject) => {
    const event = await insertAt(subject, hourMs);
    await subject.advance(hourMs - testMs);
    expectEqual(await subject.outbox.due(shards, soon()), []);
    expectEqual(await subject.outbox.claim(claimOf({ owner })), []);
    await subject.advance(testMs);
    expectEqual((await subject.outbox.due(shards, soon())).length, 1);
    expectEqual(await subject.outbox.claim(claimOf({ owner })), [{ event, attempts: 1 }]);
  },

  'claims a scheduled event without a grace, since no command publishes it': async (subject) => {
    const event = await insertAt(subject, -1);
    expectEqual(idsOf(await subject.outbox.claim(claimOf({ owner }))), [event.id]);
  },

  'counts the age of a scheduled event from its time': async (subject) => {
    const time = new Date(subject.now() - 24 * hourMs).toISOString();
    await insertAt(subject, 2 * hourMs, anEventIn(3, { time }));
    expectLike(await subject.outbox.status(), { pending: counted(1), oldestAgeMs: 0 });
    await subject.advance(3 * hourMs);
    const { oldestAgeMs } = await subject.outbox.status();
    expectBetween(oldestAgeMs, hourMs, hourMs + testMs);
  },

  'takes a scheduled event over when it has been due for so long': async (subject) => {
    const time = new Date(subject.now() - 24 * hourMs).toISOString();
    const event = await insertAt(subject, hourMs, anEventIn(3, { time, originregion: afar }));
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    await subject.advance(hourMs + 10 * minuteMs - testMs);
    expectEqual(await subject.outbox.claim(takeover), []);
    await subject.advance(testMs);
    expectEqual(idsOf(await subject.outbox.claim(takeover)), [event.id]);
  },

  'counts the age of a scheduled event from the event itself where its time is before': async (
    subject,
  ) => {
    const time = new Date(subject.now()).toISOString();
    const event = await insertAt(subject, -hourMs, anEventIn(3, { time, originregion: afar }));
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    expectBetween((await subject.outbox.status()).oldestAgeMs, 0, testMs);
    expectEqual(await subject.outbox.claim(takeover), []);
    await subject.advance(10 * minuteMs);
    expectEqual(idsOf(await subject.outbox.claim(takeover)), [event.id]);
  },

  'keeps the events of one transaction apart from those that wait for their time': async (
    subject,
  ) => {
    const [first, second] = [anEventIn(), anEventIn()];
    const notBefore = subject.now() + hourMs;
    await subject.insert([first], [{ event: second, notBefore }]);
    await subject.advance(outboxWindows.graceMs);
    expectEqual(idsOf(await subject.outbox.claim(claimOf({ owner }))), [first.id]);
  },
};
