import type { Outbox } from '../../../domain/kernel/index.ts';
import { expectEqual } from '../expectations.ts';
import {
  afar,
  anEventIn,
  claimOf,
  failureOf,
  hourMs,
  idsOf,
  insertDue,
  type OutboxChecks,
  origin,
  outboxWindows,
  purgeOf,
  shards,
  soon,
} from './outbox-subject.ts';

const owner = crypto.randomUUID();
const halfMs = outboxWindows.replayWindowMs / 2;

/** The parts with rows to delete, of one Region. */
const expiredIn = async (outbox: Outbox, region = origin): Promise<readonly number[]> =>
  (await outbox.expired(region, shards, soon())).toSorted((one, other) => one - other);

/** Which rows are deleted, and when. */
export const outboxPurges: OutboxChecks = {
  'deletes rows that their command has published after the replay window, and not before': async ({
    outbox,
    insert,
    advance,
  }) => {
    const event = anEventIn();
    await insert([event]);
    await outbox.markPublished([event.id]);
    expectEqual(await outbox.purge(purgeOf()), 0);
    await advance(halfMs);
    expectEqual(await expiredIn(outbox), []);
    expectEqual(await outbox.purge(purgeOf()), 0);
    await advance(halfMs);
    expectEqual(await expiredIn(outbox), [3]);
    expectEqual(await outbox.purge(purgeOf()), 1);
    expectEqual(await outbox.purge(purgeOf()), 0);
  },

  'deletes rows that a relay has published after the replay window, and not before': async (
    subject,
  ) => {
    const { outbox, advance } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [event.id], []);
    expectEqual(await outbox.purge(purgeOf()), 0);
    await advance(halfMs);
    expectEqual(await outbox.purge(purgeOf()), 0);
    await advance(halfMs);
    expectEqual(await outbox.purge(purgeOf()), 1);
  },

  'counts the replay window from the first publication': async ({ outbox, insert, advance }) => {
    const event = anEventIn();
    await insert([event]);
    await advance(hourMs);
    await outbox.markPublished([event.id]);
    await advance(halfMs);
    expectEqual(await outbox.purge(purgeOf()), 0);
    await outbox.markPublished([event.id]);
    await outbox.settle(owner, [event.id], []);
    await advance(halfMs);
    expectEqual(await outbox.purge(purgeOf()), 1);
  },

  'keeps rows that wait, are held or are dead, however old they are': async (subject) => {
    const { outbox, insert, advance } = subject;
    const [held, dead, waiting] = [anEventIn(), anEventIn(), anEventIn()] as const;
    await insertDue(subject, held, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(dead.id)]);
    await insert([waiting]);
    await advance(24 * hourMs);
    expectEqual(await expiredIn(outbox), []);
    expectEqual(await outbox.purge(purgeOf()), 0);
    expectEqual(await outbox.redrive([dead.id]), 1);
    expectEqual(
      idsOf(await outbox.claim(claimOf({ owner }))),
      idsOf([held, dead, waiting].map((event) => ({ event }))),
    );
  },

  'deletes published rows of its own Region, part and number only': async ({
    outbox,
    insert,
    advance,
  }) => {
    for (const shard of [1, 0]) {
      const events = Array.from({ length: 15 }, () => anEventIn(shard));
      await insert(events);
      await outbox.markPublished(events.map(({ id }) => id));
      await advance(outboxWindows.replayWindowMs);
    }
    expectEqual(await expiredIn(outbox, afar), []);
    expectEqual(await expiredIn(outbox), [0, 1]);
    expectEqual(await outbox.expired(origin, [1], soon()), [1]);
    expectEqual(await outbox.purge(purgeOf({ shard: 0, origin: afar })), 0);
    expectEqual(await outbox.purge(purgeOf({ shard: 0, rowsMax: 10 })), 10);
    expectEqual(await outbox.purge(purgeOf({ shard: 0, rowsMax: 10 })), 5);
    expectEqual(await expiredIn(outbox), [1]);
    expectEqual(await outbox.purge(purgeOf({ shard: 1, rowsMax: 30 })), 15);
    expectEqual(await expiredIn(outbox), []);
  },
};
