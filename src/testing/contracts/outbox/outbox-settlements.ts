import { expectEqual, expectLike, expectMembers } from '../expectations.ts';
import {
  anEventIn,
  claimOf,
  counted,
  failureOf,
  hourMs,
  idsOf,
  insertDue,
  minuteMs,
  type OutboxChecks,
  shards,
  soon,
} from './outbox-subject.ts';

const owner = crypto.randomUUID();
const other = crypto.randomUUID();

/** The cases of rows that are settled as published or as failed. */
export const outboxSettlements: OutboxChecks = {
  'never gives out again what the command has published itself': async ({
    outbox,
    insert,
    advance,
  }) => {
    const events = [anEventIn(3), anEventIn(3), anEventIn(4)];
    await insert(events);
    const [first = '', ...others] = events.map(({ id }) => id);
    await outbox.markPublished([first]);
    await outbox.markPublished(others);
    await advance(hourMs);
    expectEqual(await outbox.due(shards, soon()), []);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
    expectEqual(await outbox.status(), {
      pending: counted(0),
      dead: counted(0),
      oldestAgeMs: 0,
    });
  },

  'marks the events that are named, and no others': async (subject) => {
    const { outbox } = subject;
    const [named, unnamed] = [anEventIn(), anEventIn()];
    await insertDue(subject, named, unnamed);
    await outbox.markPublished([named.id]);
    expectEqual(idsOf(await outbox.claim(claimOf({ owner }))), [unnamed.id]);
  },

  'does nothing for no rows': async (subject) => {
    const { outbox, insert } = subject;
    await insertDue(subject, anEventIn());
    await insert([]);
    await outbox.markPublished([]);
    await outbox.settle(owner, [], []);
    expectEqual(await outbox.redrive([]), 0);
    expectEqual((await outbox.status()).pending, counted(1));
  },

  'takes a claimed row back from the relay when the command has published it itself': async (
    subject,
  ) => {
    const { outbox, advance } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner }));
    await outbox.markPublished([event.id]);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await advance(hourMs);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
    expectLike(await outbox.status(), { pending: counted(0), dead: counted(0) });
  },

  'has no dead row any more when the command has published it after all': async (subject) => {
    const { outbox } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await outbox.markPublished([event.id]);
    expectLike(await outbox.status(), { pending: counted(0), dead: counted(0) });
    expectEqual(await outbox.redrive([event.id]), 0);
  },

  'leaves a row alone that has gone to another claimant': async (subject) => {
    const { outbox, advance } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner, leaseMs: minuteMs }));
    await advance(minuteMs);
    await outbox.claim(claimOf({ owner: other }));
    await outbox.settle(owner, [event.id], []);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await outbox.settle(owner, [], [failureOf(event.id, 0)]);
    expectEqual(await outbox.due(shards, soon()), []);
    expectLike(await outbox.status(), { pending: counted(1), dead: counted(0) });
    await outbox.settle(other, [event.id], []);
    expectEqual((await outbox.status()).pending, counted(0));
  },

  'ends all claims of a lane whose leases are over as soon as another one claims there': async (
    subject,
  ) => {
    const { outbox, advance } = subject;
    const events = [anEventIn(), anEventIn()];
    await insertDue(subject, ...events);
    await outbox.claim(claimOf({ owner, leaseMs: minuteMs }));
    await advance(minuteMs);
    const claimed = await outbox.claim(claimOf({ owner: other, rowsMax: 1 }));
    expectEqual(claimed.length, 1);
    const ids = events.map(({ id }) => id);
    await outbox.settle(owner, ids, []);
    expectEqual((await outbox.status()).pending, counted(2));
    await outbox.settle(other, ids, []);
    expectEqual((await outbox.status()).pending, counted(1));
    expectLike(await outbox.claim(claimOf({ owner: other })), [{ attempts: 2 }]);
  },

  'settles a row whose lease is over while nobody else has taken it': async (subject) => {
    const { outbox, advance } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner, leaseMs: minuteMs }));
    await advance(hourMs);
    await outbox.settle(owner, [event.id], []);
    expectEqual((await outbox.status()).pending, counted(0));
  },

  'leaves a published row published when its relay reports a failure late': async (subject) => {
    const { outbox, advance } = subject;
    const [tried, given] = [anEventIn(), anEventIn()];
    await insertDue(subject, tried, given);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [tried.id, given.id], []);
    await outbox.settle(owner, [], [failureOf(tried.id, 0), failureOf(given.id)]);
    expectLike(await outbox.status(), { pending: counted(0), dead: counted(0) });
    await advance(minuteMs);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
  },

  'settles a row once for each claim': async (subject) => {
    const { outbox, advance } = subject;
    const [retried, dead] = [anEventIn(), anEventIn()];
    await insertDue(subject, retried, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(retried.id, minuteMs), failureOf(dead.id)]);
    await outbox.settle(owner, [retried.id, dead.id], []);
    expectLike(await outbox.status(), { pending: counted(1), dead: counted(1) });
    await advance(minuteMs);
    expectEqual(idsOf(await outbox.claim(claimOf({ owner }))), [retried.id]);
  },

  'gives a failed row out again when its wait is over, and not before': async (subject) => {
    const { outbox, advance } = subject;
    const [soonDue, late] = [anEventIn(), anEventIn()];
    await insertDue(subject, soonDue, late);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(soonDue.id, 0), failureOf(late.id, 20 * minuteMs)]);
    expectLike(await outbox.claim(claimOf({ owner })), [{ event: soonDue, attempts: 2 }]);
    await advance(10 * minuteMs);
    await outbox.settle(owner, [soonDue.id], []);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
    await advance(10 * minuteMs);
    expectLike(await outbox.claim(claimOf({ owner })), [{ event: late, attempts: 2 }]);
  },

  'settles published and failed rows of one claim together': async (subject) => {
    const { outbox } = subject;
    const [good, bad, elsewhere] = [anEventIn(3), anEventIn(3), anEventIn(4)] as const;
    await insertDue(subject, good, bad, elsewhere);
    for (const shard of [3, 4]) await outbox.claim(claimOf({ owner, shard }));
    await outbox.settle(owner, [good.id, elsewhere.id], [failureOf(bad.id)]);
    expectEqual(await outbox.status(), {
      pending: counted(0),
      dead: counted(1),
      oldestAgeMs: 0,
    });
  },

  'keeps a dead row until a person redrives it': async (subject) => {
    const { outbox, advance } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner }));
    const reason = 'x'.repeat(10_000);
    await outbox.settle(owner, [], [{ eventId: event.id, reason, retryInMs: undefined }]);
    await advance(hourMs);
    expectEqual(await outbox.claim(claimOf({ owner })), []);
    expectEqual(await outbox.due(shards, soon()), []);
    expectLike(await outbox.status(), { pending: counted(0), dead: counted(1) });
    expectEqual(await outbox.redrive([event.id]), 1);
    expectEqual(await outbox.redrive([event.id]), 0);
    expectEqual(await outbox.claim(claimOf({ owner })), [{ event, attempts: 1 }]);
  },

  'redrives a dead row at once, though its lease would have lasted': async (subject) => {
    const { outbox } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner, leaseMs: hourMs }));
    await outbox.settle(owner, [], [failureOf(event.id)]);
    expectEqual(await outbox.redrive([event.id]), 1);
    expectLike(await outbox.status(), { pending: counted(1), dead: counted(0) });
    expectEqual(idsOf(await outbox.claim(claimOf({ owner: other }))), [event.id]);
  },

  'redrives the dead rows that are named, and no others': async (subject) => {
    const { outbox } = subject;
    const dead = [anEventIn(1), anEventIn(1), anEventIn(9)] as const;
    await insertDue(subject, ...dead);
    for (const shard of [1, 9]) await outbox.claim(claimOf({ owner, shard }));
    await outbox.settle(
      owner,
      [],
      dead.map(({ id }) => failureOf(id)),
    );
    const [unnamed, ...named] = dead;
    expectEqual(await outbox.redrive(named.map(({ id }) => id)), 2);
    expectLike(await outbox.status(), { dead: counted(1) });
    expectEqual(await outbox.redrive([unnamed.id]), 1);
  },

  'redrives no row that is not dead': async (subject) => {
    const { outbox, insert, advance } = subject;
    const [held, retried, published] = [anEventIn(), anEventIn(), anEventIn()] as const;
    await insertDue(subject, held, retried, published);
    await outbox.claim(claimOf({ owner, leaseMs: hourMs }));
    await outbox.settle(owner, [published.id], [failureOf(retried.id, 2 * minuteMs)]);
    const fresh = anEventIn();
    await insert([fresh]);
    const ids = [held, retried, published, fresh].map(({ id }) => id);
    expectEqual(await outbox.redrive(ids), 0);
    expectEqual(await outbox.claim(claimOf({ owner: other })), []);
    await advance(2 * minuteMs);
    const claimed = await outbox.claim(claimOf({ owner: other }));
    expectMembers(claimed, [
      { event: retried, attempts: 2 },
      { event: fresh, attempts: 1 },
    ]);
    await outbox.settle(owner, [held.id], []);
    expectEqual((await outbox.status()).pending, counted(2));
  },

  'lets a relay settle only rows that it has claimed': async (subject) => {
    const { outbox } = subject;
    const event = anEventIn();
    await insertDue(subject, event);
    await outbox.settle(owner, [event.id], []);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    expectLike(await outbox.status(), { pending: counted(1), dead: counted(0) });
    expectEqual((await outbox.claim(claimOf({ owner }))).length, 1);
  },
};
