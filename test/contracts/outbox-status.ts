import { expect } from 'vitest';
import { outboxCountPerShardMax } from '../../src/domain/kernel/outbox/outbox.ts';
import {
  afar,
  anEventIn,
  claimOf,
  counted,
  failureOf,
  hourMs,
  idsOf,
  insertDue,
  minuteMs,
  type OutboxCases,
  origin,
} from './outbox-subject.ts';

/** The counts and the age that alarms are about. */
export const outboxStatus: OutboxCases = (subject, { it }) => {
  const owner = crypto.randomUUID();
  /** An event in the fourth part that was recorded so long ago. */
  const aged = (ageMs: number, originregion = origin) =>
    anEventIn(3, { originregion, time: new Date(subject().now() - ageMs).toISOString() });
  /** Within a minute: tests take time too. */
  const expectAge = async (ageMs: number) => {
    const { oldestAgeMs } = await subject().outbox.status();
    expect(oldestAgeMs).toBeGreaterThanOrEqual(ageMs);
    expect(oldestAgeMs).toBeLessThan(ageMs + minuteMs);
  };

  it('says that nothing is there of an empty outbox', async () => {
    expect(await subject().outbox.status()).toEqual({
      pending: counted(0),
      dead: counted(0),
      oldestAgeMs: 0,
    });
  });

  it('says how old its oldest pending row is, in its grace too', async () => {
    const { insert, advance } = subject();
    await insert([aged(5 * minuteMs)]);
    expect((await subject().outbox.status()).pending).toEqual(counted(1));
    await expectAge(5 * minuteMs);
    await advance(hourMs);
    await expectAge(65 * minuteMs);
  });

  it('says no age below nothing, though the clocks of two Regions differ', async () => {
    await subject().insert([aged(-5 * minuteMs)]);
    expect(await subject().outbox.status()).toMatchObject({
      pending: counted(1),
      oldestAgeMs: 0,
    });
  });

  for (const [older, younger] of [
    [origin, afar],
    [afar, origin],
  ]) {
    it(`says how old the first row of ${older} is beside a younger one of ${younger}`, async () => {
      await subject().insert([aged(20 * minuteMs, older)]);
      await subject().insert([aged(10 * minuteMs, younger)]);
      await expectAge(20 * minuteMs);
    });
  }

  it('forgets the age of rows that are published or dead', async () => {
    const { outbox, insert } = subject();
    const [published, dead] = [aged(3 * hourMs), aged(2 * hourMs)];
    await insertDue(subject(), published, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [published.id], [failureOf(dead.id)]);
    expect(await outbox.status()).toEqual({
      pending: counted(0),
      dead: counted(1),
      oldestAgeMs: 0,
    });
    await insert([aged(10 * minuteMs)]);
    await expectAge(10 * minuteMs);
  });

  it('forgets the age of a row that was published after a failure', async () => {
    const { outbox } = subject();
    const event = aged(3 * hourMs);
    await insertDue(subject(), event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(event.id, 0)]);
    await outbox.markPublished([event.id]);
    expect((await outbox.status()).oldestAgeMs).toBe(0);
  });

  it('says how old its oldest row is, whichever Region wrote it and though it waits for its next attempt', async () => {
    const { outbox, insert } = subject();
    const failing = aged(90 * minuteMs, afar);
    await insertDue(subject(), failing);
    await insertDue(subject(), aged(60 * minuteMs, afar));
    await expectAge(92 * minuteMs);
    const rows = await outbox.claim(claimOf({ owner, origin: afar, rowsMax: 1 }));
    expect(idsOf(rows)).toEqual([failing.id]);
    await outbox.settle(owner, [], [failureOf(failing.id, hourMs)]);
    const [later] = await outbox.claim(claimOf({ owner, origin: afar }));
    await outbox.settle(owner, [], [failureOf(later?.event.id ?? '', 2 * hourMs)]);
    await insert([anEventIn()]);
    await expectAge(92 * minuteMs);
  });

  it('counts each part up to a limit, and says when there is more', async () => {
    const { outbox, insert } = subject();
    const eventsIn = (shard: number, count: number) =>
      Array.from({ length: count }, () => anEventIn(shard));
    await insert(eventsIn(8, outboxCountPerShardMax));
    await insert(eventsIn(9, 2));
    expect((await outbox.status()).pending).toEqual(counted(outboxCountPerShardMax + 2));
    await insert(eventsIn(8, 1));
    const { pending, dead } = await outbox.status();
    expect(pending).toEqual({ count: outboxCountPerShardMax + 2, orMore: true });
    expect(dead).toEqual(counted(0));
  });

  it('counts dead rows of each part up to a limit, and says when there is more', async () => {
    const { outbox, advance } = subject();
    const giveUp = async (count: number) => {
      await insertDue(subject(), ...Array.from({ length: count }, () => anEventIn(8)));
      const rows = await outbox.claim(claimOf({ owner, shard: 8 }));
      await outbox.settle(
        owner,
        [],
        rows.map(({ event }) => failureOf(event.id)),
      );
    };
    await giveUp(outboxCountPerShardMax);
    expect((await outbox.status()).dead).toEqual(counted(outboxCountPerShardMax));
    await giveUp(1);
    await advance(hourMs);
    expect(await outbox.status()).toEqual({
      pending: counted(0),
      dead: { count: outboxCountPerShardMax, orMore: true },
      oldestAgeMs: 0,
    });
  });
};
