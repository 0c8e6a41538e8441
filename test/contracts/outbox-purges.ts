import { expect } from 'vitest';
import {
  afar,
  anEventIn,
  claimOf,
  failureOf,
  hourMs,
  idsOf,
  insertDue,
  type OutboxCases,
  outboxWindows,
  purgeOf,
} from './outbox-subject.ts';

/** Which rows are deleted, and when. */
export const outboxPurges: OutboxCases = (subject, { it }) => {
  const owner = crypto.randomUUID();
  const halfMs = outboxWindows.replayWindowMs / 2;

  it('deletes rows that their command has published after the replay window, and not before', async () => {
    const { outbox, insert, advance } = subject();
    const event = anEventIn();
    await insert([event]);
    await outbox.markPublished([event.id]);
    expect(await outbox.purge(purgeOf())).toBe(0);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(0);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(1);
    expect(await outbox.purge(purgeOf())).toBe(0);
  });

  it('deletes rows that a relay has published after the replay window, and not before', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn();
    await insertDue(subject(), event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [event.id], []);
    expect(await outbox.purge(purgeOf())).toBe(0);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(0);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(1);
  });

  it('counts the replay window from the first publication', async () => {
    const { outbox, insert, advance } = subject();
    const event = anEventIn();
    await insert([event]);
    await advance(hourMs);
    await outbox.markPublished([event.id]);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(0);
    await outbox.markPublished([event.id]);
    await outbox.settle(owner, [event.id], []);
    await advance(halfMs);
    expect(await outbox.purge(purgeOf())).toBe(1);
  });

  it('keeps rows that wait, are held or are dead, however old they are', async () => {
    const { outbox, insert, advance } = subject();
    const [held, dead, waiting] = [anEventIn(), anEventIn(), anEventIn()] as const;
    await insertDue(subject(), held, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(dead.id)]);
    await insert([waiting]);
    await advance(24 * hourMs);
    expect(await outbox.purge(purgeOf())).toBe(0);
    expect(await outbox.redrive([dead.id])).toBe(1);
    expect(idsOf(await outbox.claim(claimOf({ owner })))).toEqual(
      idsOf([held, dead, waiting].map((event) => ({ event }))),
    );
  });

  it('deletes published rows of its own Region, part and number only', async () => {
    const { outbox, insert, advance } = subject();
    for (const shard of [1, 0]) {
      const events = Array.from({ length: 15 }, () => anEventIn(shard));
      await insert(events);
      await outbox.markPublished(events.map(({ id }) => id));
      await advance(outboxWindows.replayWindowMs);
    }
    expect(await outbox.purge(purgeOf({ shard: 0, origin: afar }))).toBe(0);
    expect(await outbox.purge(purgeOf({ shard: 0, rowsMax: 10 }))).toBe(10);
    expect(await outbox.purge(purgeOf({ shard: 0, rowsMax: 10 }))).toBe(5);
    expect(await outbox.purge(purgeOf({ shard: 1, rowsMax: 30 }))).toBe(15);
  });
};
