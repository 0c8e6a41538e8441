import type { Outbox } from '../../../src/domain/kernel/index.ts';
import {
  failureOf,
  hourMs,
  type OutboxSubject,
  origin,
  origins,
  outboxWindows,
  shards,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';
import { inTurn, laneOf, release, wrong } from './watched-outbox.ts';

const { graceMs } = outboxWindows;

const grace = 'leaves a row to its own command until the grace is over';
const oneClaimant = 'gives a due row to one claimant, whole and counted';
const order = 'gives the rows first that have been due for longest, as many as are asked for';
const lease = 'gives a row to another claimant when its lease is over, and not before';
const lanes = 'names the lanes that have a row which is due, each once';

export const wrongClaims: readonly Wrong<OutboxSubject>[] = [
  wrong('gives rows out in their grace', grace, ({ insert, advance }) => ({
    insert: async (events) => {
      await insert(events);
      await advance(graceMs);
    },
  })),
  wrong('never gives out what a command has not published', grace, () => ({
    claim: async () => [],
  })),
  {
    fault: 'gives one row to several claimants',
    caughtBy: 'gives no row to two who claim at once, and all rows in the end',
    apply: (right) => {
      const given: Awaited<ReturnType<Outbox['claim']>>[number][] = [];
      const contenders = right.contenders.map((one) => ({
        ...one,
        claim: async (claim: Parameters<Outbox['claim']>[0]) => {
          given.push(...(await one.claim(claim)));
          return [...given];
        },
      }));
      return { ...right, contenders };
    },
  },
  wrong('gives rows out that another relay holds', oneClaimant, ({ outbox, seen }) => ({
    claim: async (claim) => {
      await release(outbox, seen);
      return outbox.claim(claim);
    },
  })),
  wrong('gives rows of all parts', 'gives only rows of the part that is asked for', (right) => ({
    claim: (claim) => inTurn(shards, (shard) => right.outbox.claim({ ...claim, shard })),
  })),
  wrong('gives the newest rows first', order, ({ outbox, seen }) => ({
    claim: async (claim) => {
      const rows = await outbox.claim({ ...claim, rowsMax: 500 });
      const place = (id: string) => seen.events.findIndex((event) => event.id === id);
      const newest = rows.toSorted((one, other) => place(other.event.id) - place(one.event.id));
      for (const { event } of newest.slice(claim.rowsMax)) {
        await outbox.settle(claim.owner, [], [failureOf(event.id, 0)]);
      }
      return newest.slice(0, claim.rowsMax);
    },
  })),
  wrong('gives more rows than are asked for', order, ({ outbox }) => ({
    claim: (claim) => outbox.claim({ ...claim, rowsMax: 500 }),
  })),
  wrong(
    "gives rows of another Region with one Region's",
    'gives rows of one Region out whatever waits there of another',
    ({ outbox }) => ({
      claim: (claim) => inTurn(origins, (one) => outbox.claim({ ...claim, origin: one })),
    }),
  ),
  wrong('ends a lease at once', lease, ({ outbox }) => ({
    claim: (claim) => outbox.claim({ ...claim, leaseMs: 0 }),
  })),
  wrong('never ends a lease', lease, ({ outbox }) => ({
    claim: (claim) => outbox.claim({ ...claim, leaseMs: 1_000 * hourMs }),
  })),
  wrong('does not count attempts', lease, ({ outbox }) => ({
    claim: async (claim) => (await outbox.claim(claim)).map((row) => ({ ...row, attempts: 1 })),
  })),
  wrong(
    'keeps the first event of a command only',
    'takes any number of events of one command',
    ({ insert }) => ({ insert: (events) => insert(events.slice(0, 1)) }),
  ),
];

export const wrongSchedules: readonly Wrong<OutboxSubject>[] = [
  wrong(
    'gives a scheduled event out as any other',
    'claims a scheduled event when its time has come, and not before',
    ({ insert }) => ({
      insert: (events, scheduled = []) =>
        insert([...events, ...scheduled.map(({ event }) => event)]),
    }),
  ),
  wrong(
    'loses scheduled events',
    'claims a scheduled event when its time has come, and not before',
    ({ insert }) => ({ insert: (events) => insert(events) }),
  ),
  wrong(
    'keeps a scheduled event for a grace',
    'claims a scheduled event without a grace, since no command publishes it',
    ({ insert }) => ({
      insert: (events, scheduled = []) =>
        insert(
          events,
          scheduled.map((one) => ({ ...one, notBefore: one.notBefore + graceMs })),
        ),
    }),
  ),
  wrong(
    'counts the age of a scheduled event from a time before the event',
    'counts the age of a scheduled event from the event itself where its time is before',
    ({ insert }) => ({
      insert: (events, scheduled = []) =>
        insert(
          events,
          scheduled.map(({ event, notBefore }) => {
            const time = new Date(Math.min(notBefore, Date.parse(event.time))).toISOString();
            return { event: { ...event, time }, notBefore };
          }),
        ),
    }),
  ),
];

export const wrongTakeovers: readonly Wrong<OutboxSubject>[] = [
  wrong(
    'takes over rows of any age',
    'gives rows of another Region out only when they are old',
    ({ outbox }) => ({ claim: ({ ageMsMin: _, ...claim }) => outbox.claim(claim) }),
  ),
  wrong(
    'takes over rows that a relay of the other Region holds',
    'leaves old rows of another Region to the relay there that holds them',
    ({ outbox, seen }) => ({
      claim: async (claim) => {
        if (claim.ageMsMin !== undefined) await release(outbox, seen);
        return outbox.claim(claim);
      },
    }),
  ),
  wrong(
    'takes over rows in their grace',
    'leaves old rows of another Region to their own command until the grace is over',
    ({ outbox, advance }) => ({
      claim: async (claim) => {
        if (claim.ageMsMin !== undefined) await advance(graceMs);
        return outbox.claim(claim);
      },
    }),
  ),
  wrong(
    'takes over more rows than are asked for',
    'takes over as many rows as are asked for, those first that have been due for longest',
    ({ outbox }) => ({
      claim: (claim) =>
        outbox.claim(claim.ageMsMin === undefined ? claim : { ...claim, rowsMax: 500 }),
    }),
  ),
];

export const wrongLanes: readonly Wrong<OutboxSubject>[] = [
  wrong('names lanes without a row that is due', lanes, ({ seen }) => ({
    due: async (of) => [
      ...new Map(
        seen.events
          .map(laneOf)
          .filter(({ shard }) => of.includes(shard))
          .map((lane) => [JSON.stringify(lane), lane]),
      ).values(),
    ],
  })),
  wrong('names a lane more than once', lanes, ({ outbox }) => ({
    due: async (...asked) => {
      const due = await outbox.due(...asked);
      return [...due, ...due];
    },
  })),
  wrong('names lanes of all parts', lanes, ({ outbox }) => ({
    due: (_, deadline) => outbox.due(shards, deadline),
  })),
  wrong('names lanes of one Region only', lanes, ({ outbox }) => ({
    due: async (...asked) => (await outbox.due(...asked)).filter((lane) => lane.origin === origin),
  })),
];
