import { Conflict } from '../../../domain/kernel/index.ts';
import { expectBetween, expectEqual, expectLike, expectMembers } from '../expectations.ts';
import {
  afar,
  anEventIn,
  claimOf,
  failureOf,
  idsOf,
  insertDue,
  minuteMs,
  type OutboxChecks,
  origin,
  outboxWindows,
  shards,
  soon,
} from './outbox-subject.ts';

const owner = crypto.randomUUID();
const other = crypto.randomUUID();
const { graceMs } = outboxWindows;

/** Which rows are due, and who gets them. */
export const outboxClaims: OutboxChecks = {
  'gives a due row to one claimant, whole and counted': async (subject) => {
    const { outbox } = subject;
    const event = anEventIn(3);
    await insertDue(subject, event);
    expectEqual(await outbox.claim(claimOf({ owner })), [{ event, attempts: 1 }]);
    expectEqual(await outbox.claim(claimOf({ owner: other })), []);
  },

  'leaves a row to its own command until the grace is over': async ({
    outbox,
    insert,
    advance,
  }) => {
    const event = anEventIn();
    await insert([event]);
    await advance(graceMs / 2);
    expectEqual(await outbox.due(shards, soon()), []);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
    await advance(graceMs / 2);
    expectEqual((await outbox.due(shards, soon())).length, 1);
    expectEqual(idsOf(await outbox.claim(claimOf({ owner }))), [event.id]);
  },

  'gives no row to two who claim at once, and all rows in the end': async (subject) => {
    const { contenders } = subject;
    const events = Array.from({ length: 40 }, () => anEventIn(5));
    await insertDue(subject, ...events);
    const given: string[] = [];
    for (let round = 0; given.length < events.length; round += 1) {
      expectBetween(round, 0, events.length);
      const claims = await Promise.allSettled(
        contenders.map((one) =>
          one.claim(claimOf({ owner: crypto.randomUUID(), shard: 5, rowsMax: 10 })),
        ),
      );
      for (const claim of claims) {
        // A claimant of rows that another one has just claimed gets nothing and is told so. Nothing
        // else may go wrong.
        if (claim.status === 'rejected') expectEqual(claim.reason instanceof Conflict, true);
        else given.push(...idsOf(claim.value));
      }
    }
    expectEqual(given.toSorted(), idsOf(events.map((event) => ({ event }))));
  },

  'gives only rows of the part that is asked for': async (subject) => {
    const { outbox } = subject;
    const [third, fourth] = [anEventIn(3), anEventIn(4)];
    await insertDue(subject, third, fourth);
    expectEqual(idsOf(await outbox.claim(claimOf({ owner }))), [third.id]);
  },

  'gives the rows first that have been due for longest, as many as are asked for': async ({
    outbox,
    insert,
    advance,
  }) => {
    const events = Array.from({ length: 9 }, () => anEventIn());
    for (const event of events) {
      await insert([event]);
      await advance(graceMs);
    }
    for (let first = 0; first < events.length; first += 3) {
      const rows = await outbox.claim(claimOf({ owner, rowsMax: 3 }));
      expectEqual(idsOf(rows), idsOf(events.slice(first, first + 3).map((event) => ({ event }))));
    }
  },

  'gives a row that has failed behind those that have been due for longer': async (subject) => {
    const { outbox, advance } = subject;
    const events = Array.from({ length: 3 }, () => anEventIn());
    for (const event of events) await insertDue(subject, event);
    const [failed] = await outbox.claim(claimOf({ owner, rowsMax: 1 }));
    await advance(minuteMs);
    await outbox.settle(owner, [], [failureOf(failed?.event.id ?? '', 0)]);
    const rows = await outbox.claim(claimOf({ owner, rowsMax: 2 }));
    expectEqual(idsOf(rows), idsOf(events.slice(1).map((event) => ({ event }))));
  },

  'gives rows of one part out whatever waits in others': async (subject) => {
    const { outbox } = subject;
    await insertDue(subject, ...Array.from({ length: 5 }, () => anEventIn(4)));
    const event = anEventIn(3);
    await insertDue(subject, event);
    const rows = await outbox.claim(claimOf({ owner, shard: 3, rowsMax: 2 }));
    expectEqual(idsOf(rows), [event.id]);
  },

  'names the lanes that have a row which is due, each once': async (subject) => {
    const { outbox, insert } = subject;
    await insertDue(subject, anEventIn(1), anEventIn(1), anEventIn(9));
    await insertDue(subject, anEventIn(1, { originregion: afar }));
    await insertDue(subject, anEventIn(7));
    await outbox.claim(claimOf({ owner, shard: 7 }));
    await insert([anEventIn(8)]);
    const due = await outbox.due(shards, soon());
    expectMembers(due, [
      { shard: 1, origin },
      { shard: 1, origin: afar },
      { shard: 9, origin },
    ]);
    expectEqual(await outbox.due([9], soon()), [{ shard: 9, origin }]);
  },

  'names a lane by the row that has been due for longest, also while others wait': async (
    subject,
  ) => {
    const { outbox, insert } = subject;
    await insertDue(subject, anEventIn(1));
    await insertDue(subject, anEventIn(2, { originregion: afar }));
    await insertDue(subject, anEventIn(2, { originregion: afar }));
    await insert([anEventIn(1)]);
    await insert([anEventIn(2, { originregion: afar })]);
    expectMembers(await outbox.due([2, 1], soon()), [
      { shard: 1, origin },
      { shard: 2, origin: afar },
    ]);
  },

  'gives a row to another claimant when its lease is over, and not before': async (subject) => {
    const { outbox, advance } = subject;
    await insertDue(subject, anEventIn());
    await outbox.claim(claimOf({ owner, leaseMs: 2 * minuteMs }));
    await advance(minuteMs);
    expectEqual(await outbox.due(shards, soon()), []);
    expectEqual(await outbox.claim(claimOf({ owner: other })), []);
    await advance(minuteMs);
    expectEqual((await outbox.due(shards, soon())).length, 1);
    expectLike(await outbox.claim(claimOf({ owner: other })), [{ attempts: 2 }]);
  },

  'gives rows of another Region out only when they are old': async ({
    outbox,
    insert,
    advance,
    now,
  }) => {
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    const event = anEventIn(3, { originregion: afar, time: new Date(now()).toISOString() });
    await insert([event]);
    await advance(5 * minuteMs);
    expectEqual(await outbox.claim(takeover), []);
    await advance(5 * minuteMs);
    expectEqual(idsOf(await outbox.claim(takeover)), [event.id]);
  },

  'leaves old rows of another Region to the relay there that holds them': async (subject) => {
    const { outbox, advance } = subject;
    const event = anEventIn(3, { originregion: afar });
    await insertDue(subject, event);
    await advance(20 * minuteMs);
    await outbox.claim(claimOf({ owner: other, origin: afar, leaseMs: 2 * minuteMs }));
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    expectEqual(await outbox.claim(takeover), []);
    await advance(2 * minuteMs);
    expectEqual(idsOf(await outbox.claim(takeover)), [event.id]);
  },

  'leaves old rows of another Region to their own command until the grace is over': async ({
    outbox,
    insert,
    advance,
    now,
  }) => {
    const time = new Date(now() - 20 * minuteMs).toISOString();
    await insert([anEventIn(3, { originregion: afar, time })]);
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    expectEqual(await outbox.claim(takeover), []);
    await advance(graceMs);
    expectEqual((await outbox.claim(takeover)).length, 1);
  },

  'gives rows of one Region out whatever waits there of another': async (subject) => {
    const { outbox } = subject;
    await insertDue(
      subject,
      ...Array.from({ length: 5 }, () => anEventIn(3, { originregion: afar })),
    );
    const event = anEventIn();
    await insertDue(subject, event);
    const rows = await outbox.claim(claimOf({ owner, rowsMax: 2 }));
    expectEqual(idsOf(rows), [event.id]);
  },

  'takes over as many rows as are asked for, those first that have been due for longest': async (
    subject,
  ) => {
    const { outbox, advance } = subject;
    const events = Array.from({ length: 3 }, () => anEventIn(3, { originregion: afar }));
    for (const event of events) await insertDue(subject, event);
    await advance(20 * minuteMs);
    const takeover = { owner, origin: afar, ageMsMin: minuteMs, rowsMax: 2 };
    const rows = await outbox.claim(claimOf(takeover));
    expectEqual(idsOf(rows), idsOf(events.slice(0, 2).map((event) => ({ event }))));
  },
};
