import { outboxCountPerShardMax } from '../../../domain/kernel/outbox/outbox.ts';
import { expectBetween, expectEqual, expectLike } from '../expectations.ts';
import { checksFor } from '../suite.ts';
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
  type OutboxChecks,
  type OutboxSubject,
  origin,
} from './outbox-subject.ts';

const owner = crypto.randomUUID();
/** An event in the fourth part that was recorded so long ago. */
const aged = ({ now }: OutboxSubject, ageMs: number, originregion = origin) =>
  anEventIn(3, { originregion, time: new Date(now() - ageMs).toISOString() });
/** Within a minute: tests take time too. */
const expectAge = async ({ outbox }: OutboxSubject, ageMs: number): Promise<void> => {
  const { oldestAgeMs } = await outbox.status();
  expectBetween(oldestAgeMs, ageMs, ageMs + minuteMs);
};

/** The counts and the age that alarms are about. */
export const outboxStatus: OutboxChecks = {
  'says that nothing is there of an empty outbox': async (subject) => {
    expectEqual(await subject.outbox.status(), {
      pending: counted(0),
      dead: counted(0),
      oldestAgeMs: 0,
    });
  },

  'says how old its oldest pending row is, in its grace too': async (subject) => {
    const { insert, advance } = subject;
    await insert([aged(subject, 5 * minuteMs)]);
    expectEqual((await subject.outbox.status()).pending, counted(1));
    await expectAge(subject, 5 * minuteMs);
    await advance(hourMs);
    await expectAge(subject, 65 * minuteMs);
  },

  'says no age below nothing, though the clocks of two Regions differ': async (subject) => {
    await subject.insert([aged(subject, -5 * minuteMs)]);
    expectLike(await subject.outbox.status(), {
      pending: counted(1),
      oldestAgeMs: 0,
    });
  },

  ...checksFor(
    [
      [origin, afar],
      [afar, origin],
    ],
    ([older, younger]) => ({
      [`says how old the first row of ${older} is beside a younger one of ${younger}`]: async (
        subject: OutboxSubject,
      ) => {
        await subject.insert([aged(subject, 20 * minuteMs, older)]);
        await subject.insert([aged(subject, 10 * minuteMs, younger)]);
        await expectAge(subject, 20 * minuteMs);
      },
    }),
  ),

  'forgets the age of rows that are published or dead': async (subject) => {
    const { outbox, insert } = subject;
    const [published, dead] = [aged(subject, 3 * hourMs), aged(subject, 2 * hourMs)];
    await insertDue(subject, published, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [published.id], [failureOf(dead.id)]);
    expectEqual(await outbox.status(), {
      pending: counted(0),
      dead: counted(1),
      oldestAgeMs: 0,
    });
    await insert([aged(subject, 10 * minuteMs)]);
    await expectAge(subject, 10 * minuteMs);
  },

  'forgets the age of a row that was published after a failure': async (subject) => {
    const { outbox } = subject;
    const event = aged(subject, 3 * hourMs);
    await insertDue(subject, event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(event.id, 0)]);
    await outbox.markPublished([event.id]);
    expectEqual((await outbox.status()).oldestAgeMs, 0);
  },

  'says how old its oldest row is, whichever Region wrote it and though it waits for its next attempt':
    async (subject) => {
      const { outbox, insert } = subject;
      const failing = aged(subject, 90 * minuteMs, afar);
      await insertDue(subject, failing);
      await insertDue(subject, aged(subject, 60 * minuteMs, afar));
      await expectAge(subject, 92 * minuteMs);
      const rows = await outbox.claim(claimOf({ owner, origin: afar, rowsMax: 1 }));
      expectEqual(idsOf(rows), [failing.id]);
      await outbox.settle(owner, [], [failureOf(failing.id, hourMs)]);
      const [later] = await outbox.claim(claimOf({ owner, origin: afar }));
      await outbox.settle(owner, [], [failureOf(later?.event.id ?? '', 2 * hourMs)]);
      await insert([anEventIn()]);
      await expectAge(subject, 92 * minuteMs);
    },

  'counts each part up to a limit, and says when there is more': async ({ outbox, insert }) => {
    const eventsIn = (shard: number, count: number) =>
      Array.from({ length: count }, () => anEventIn(shard));
    await insert(eventsIn(8, outboxCountPerShardMax));
    await insert(eventsIn(9, 2));
    expectEqual((await outbox.status()).pending, counted(outboxCountPerShardMax + 2));
    await insert(eventsIn(8, 1));
    const { pending, dead } = await outbox.status();
    expectEqual(pending, { count: outboxCountPerShardMax + 2, orMore: true });
    expectEqual(dead, counted(0));
  },

  'counts dead rows of each part up to a limit, and says when there is more': async (subject) => {
    const { outbox, advance } = subject;
    const giveUp = async (count: number) => {
      await insertDue(subject, ...Array.from({ length: count }, () => anEventIn(8)));
      const rows = await outbox.claim(
        claimOf({ owner, shard: 8, rowsMax: outboxCountPerShardMax }),
      );
      await outbox.settle(
        owner,
        [],
        rows.map(({ event }) => failureOf(event.id)),
      );
    };
    await giveUp(outboxCountPerShardMax);
    expectEqual((await outbox.status()).dead, counted(outboxCountPerShardMax));
    await giveUp(1);
    await advance(hourMs);
    expectEqual(await outbox.status(), {
      pending: counted(0),
      dead: { count: outboxCountPerShardMax, orMore: true },
      oldestAgeMs: 0,
    });
  },
};
