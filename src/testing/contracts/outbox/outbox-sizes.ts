import { expectEqual, expectLike, expectMembers } from '../expectations.ts';
import {
  anEventIn,
  claimOf,
  counted,
  failureOf,
  idsOf,
  largeNote,
  type OutboxChecks,
  outboxWindows,
} from './outbox-subject.ts';

const owner = crypto.randomUUID();
const { graceMs } = outboxWindows;

/** Many rows and large ones. */
export const outboxSizes: OutboxChecks = {
  'takes any number of events of one command': async ({ outbox, insert, advance }) => {
    for (const count of [1, 2, 3, 7, 64, 65, 130]) {
      const events = Array.from({ length: count }, () => anEventIn());
      await insert(events);
      await advance(graceMs);
      const claimed = await outbox.claim(claimOf({ owner, rowsMax: 500 }));
      expectMembers(
        claimed.map(({ event }) => event),
        events,
      );
      await outbox.settle(owner, idsOf(claimed), []);
    }
    expectEqual((await outbox.status()).pending, counted(0));
  },

  'gives out and settles the largest events, though a transaction takes no 180 of them': async ({
    outbox,
    insert,
    advance,
  }) => {
    const events = Array.from({ length: 180 }, () => anEventIn(3, { data: { note: largeNote() } }));
    for (let next = 0; next < events.length; next += 60) {
      await insert(events.slice(next, next + 60));
    }
    await advance(graceMs);
    const claimMany = () => outbox.claim(claimOf({ owner, rowsMax: 500 }));
    const claimed: string[] = [];
    for (let rows = await claimMany(); rows.length > 0; rows = await claimMany()) {
      claimed.push(...idsOf(rows));
    }
    expectEqual(claimed.toSorted(), idsOf(events.map((event) => ({ event }))));
    const [failed, published] = [claimed.slice(0, 60), claimed.slice(60)];
    await outbox.settle(
      owner,
      published,
      failed.map((id) => failureOf(id)),
    );
    expectLike(await outbox.status(), { pending: counted(0), dead: counted(60) });
  },

  'marks more events than one statement names': async ({ outbox, insert }) => {
    const events = Array.from({ length: 520 }, () => anEventIn());
    await insert(events.slice(0, 260));
    await insert(events.slice(260));
    await outbox.markPublished(events.map(({ id }) => id));
    expectEqual((await outbox.status()).pending, counted(0));
  },
};
