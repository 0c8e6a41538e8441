import { expect } from 'vitest';
import {
  afar,
  anEventIn,
  claimOf,
  counted,
  hourMs,
  idsOf,
  minuteMs,
  type OutboxCases,
  outboxWindows,
  shards,
  soon,
} from './outbox-subject.ts';

/** The longest wait of a statement beside the clock that a test moves. */
const testMs = minuteMs;

/** Events that wait for their time. */
export const outboxScheduled: OutboxCases = (subject, { it }) => {
  const owner = crypto.randomUUID();
  const insertAt = async (inMs: number, event = anEventIn()) => {
    await subject().insert([], [{ event, notBefore: subject().now() + inMs }]);
    return event;
  };

  it('claims a scheduled event when its time has come, and not before', async () => {
    const event = await insertAt(hourMs);
    await subject().advance(hourMs - testMs);
    expect(await subject().outbox.due(shards, soon())).toEqual([]);
    expect(await subject().outbox.claim(claimOf({ owner }))).toEqual([]);
    await subject().advance(testMs);
    expect(await subject().outbox.due(shards, soon())).toHaveLength(1);
    expect(await subject().outbox.claim(claimOf({ owner }))).toEqual([{ event, attempts: 1 }]);
  });

  it('claims a scheduled event without a grace, since no command publishes it', async () => {
    const event = await insertAt(-1);
    expect(idsOf(await subject().outbox.claim(claimOf({ owner })))).toEqual([event.id]);
  });

  it('counts the age of a scheduled event from its time', async () => {
    const time = new Date(subject().now() - 24 * hourMs).toISOString();
    await insertAt(2 * hourMs, anEventIn(3, { time }));
    expect(await subject().outbox.status()).toMatchObject({ pending: counted(1), oldestAgeMs: 0 });
    await subject().advance(3 * hourMs);
    const { oldestAgeMs } = await subject().outbox.status();
    expect(oldestAgeMs).toBeGreaterThanOrEqual(hourMs);
    expect(oldestAgeMs).toBeLessThan(hourMs + testMs);
  });

  it('takes a scheduled event over when it has been due for so long', async () => {
    const time = new Date(subject().now() - 24 * hourMs).toISOString();
    const event = await insertAt(hourMs, anEventIn(3, { time, originregion: afar }));
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    await subject().advance(hourMs + 10 * minuteMs - testMs);
    expect(await subject().outbox.claim(takeover)).toEqual([]);
    await subject().advance(testMs);
    expect(idsOf(await subject().outbox.claim(takeover))).toEqual([event.id]);
  });

  it('keeps the events of one transaction apart from those that wait for their time', async () => {
    const [first, second] = [anEventIn(), anEventIn()];
    const notBefore = subject().now() + hourMs;
    await subject().insert([first], [{ event: second, notBefore }]);
    await subject().advance(outboxWindows.graceMs);
    expect(idsOf(await subject().outbox.claim(claimOf({ owner })))).toEqual([first.id]);
  });
};
