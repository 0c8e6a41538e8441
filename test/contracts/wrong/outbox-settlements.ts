import type { OutboxFailure } from '../../../src/domain/kernel/index.ts';
import {
  failureOf,
  hourMs,
  type OutboxSubject,
  outboxWindows,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';
import { laneOf, wrong } from './watched-outbox.ts';

const { graceMs } = outboxWindows;

const retriesIn = (
  failed: readonly OutboxFailure[],
  retryInMs: (wait: number | undefined) => number | undefined,
): readonly OutboxFailure[] =>
  failed.map((failure) => ({ ...failure, retryInMs: retryInMs(failure.retryInMs) }));

const ofOwnCommand = 'never gives out again what the command has published itself';
const retry = 'gives a failed row out again when its wait is over, and not before';
const dead = 'keeps a dead row until a person redrives it';

export const wrongSettlements: readonly Wrong<OutboxSubject>[] = [
  wrong('forgets what a command has published itself', ofOwnCommand, () => ({
    markPublished: async () => undefined,
  })),
  wrong(
    'marks rows that are not named',
    'marks the events that are named, and no others',
    ({ outbox, seen }) => ({
      markPublished: () => outbox.markPublished(seen.events.map(({ id }) => id)),
    }),
  ),
  wrong(
    'lets a late relay settle the row of another',
    'leaves a row alone that has gone to another claimant',
    ({ outbox, seen }) => ({
      settle: async (owner, published, failed) => {
        for (const id of published) {
          await outbox.settle(seen.holders.get(id) ?? owner, [id], []);
        }
        for (const failure of failed) {
          await outbox.settle(seen.holders.get(failure.eventId) ?? owner, [], [failure]);
        }
      },
    }),
  ),
  wrong(
    'lets a late relay retry the row of another',
    'leaves a row alone that has gone to another claimant',
    ({ outbox, seen }) => ({
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        for (const failure of failed.filter(({ retryInMs }) => retryInMs !== undefined)) {
          await outbox.settle(seen.holders.get(failure.eventId) ?? owner, [], [failure]);
        }
      },
    }),
  ),
  wrong(
    'lets a late relay settle what the next one has left of its claim',
    'ends all claims of a lane whose leases are over as soon as another one claims there',
    ({ outbox, seen }) => ({
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        await outbox.markPublished(published.filter((id) => seen.claimants.get(id) === owner));
      },
    }),
  ),
  wrong(
    'settles nothing when the lease is over',
    'settles a row whose lease is over while nobody else has taken it',
    ({ outbox, seen }) => {
      let endsAt = 0;
      return {
        claim: (claim) => {
          endsAt = seen.passedMs + claim.leaseMs;
          return outbox.claim(claim);
        },
        settle: async (...settlement) => {
          if (seen.passedMs < endsAt) await outbox.settle(...settlement);
        },
      };
    },
  ),
  wrong(
    'reopens a published row for a late failure',
    'leaves a published row published when its relay reports a failure late',
    ({ outbox, seen, insert }) => ({
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        const late = failed.filter(({ eventId }) => seen.published.has(eventId));
        const ids = new Set(late.map(({ eventId }) => eventId));
        const again = seen.events.filter(({ id }) => ids.has(id));
        // A row anew, since a right outbox has no way back for the old one.
        if (again.length > 0)
          await insert(
            again.map((event) => ({
              ...event,
              id: `${event.id.slice(0, -12)}${crypto.randomUUID().slice(-12)}`,
            })),
          );
      },
    }),
  ),
  wrong(
    'settles a row for a relay that has settled it already',
    'settles a row once for each claim',
    ({ outbox, seen }) => ({
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        await outbox.markPublished(published.filter((id) => seen.claimants.get(id) === owner));
      },
    }),
  ),
  wrong(
    'settles rows that nobody has claimed',
    'lets a relay settle only rows that it has claimed',
    ({ outbox, seen }) => ({
      settle: async (owner, published, failed) => {
        await outbox.settle(owner, published, failed);
        await outbox.markPublished(published.filter((id) => !seen.claimants.has(id)));
      },
    }),
  ),
  wrong('gives a failed row out without a wait', retry, ({ outbox }) => ({
    settle: (owner, published, failed) =>
      outbox.settle(
        owner,
        published,
        retriesIn(failed, (wait) => (wait === undefined ? wait : 0)),
      ),
  })),
  wrong('gives a failed row out never again', retry, ({ outbox }) => ({
    settle: (owner, published, failed) =>
      outbox.settle(
        owner,
        published,
        retriesIn(failed, () => undefined),
      ),
  })),
  wrong('tries a dead row again', dead, ({ outbox }) => ({
    settle: (owner, published, failed) =>
      outbox.settle(
        owner,
        published,
        retriesIn(failed, (wait) => wait ?? 0),
      ),
  })),
  wrong(
    'forgets the failures of a claim that has published rows',
    'settles published and failed rows of one claim together',
    ({ outbox }) => ({
      settle: (owner, published, failed) =>
        outbox.settle(owner, published, published.length > 0 ? [] : failed),
    }),
  ),
];

const notDead = 'redrives no row that is not dead';

export const wrongRedrives: readonly Wrong<OutboxSubject>[] = [
  wrong('redrives rows that a relay holds', notDead, ({ outbox, seen }) => ({
    redrive: async (ids) => {
      for (const id of ids) {
        const holder = seen.holders.get(id);
        if (holder !== undefined) await outbox.settle(holder, [], [failureOf(id)]);
      }
      return outbox.redrive(ids);
    },
  })),
  wrong('makes rows due that wait for their next attempt', notDead, ({ outbox, advance }) => ({
    redrive: async (ids) => {
      await advance(2 * graceMs);
      return outbox.redrive(ids);
    },
  })),
  wrong('counts rows as redriven that are not dead', notDead, ({ outbox }) => ({
    redrive: async (ids) => {
      await outbox.redrive(ids);
      return ids.length;
    },
  })),
  wrong(
    'redrives all dead rows',
    'redrives the dead rows that are named, and no others',
    ({ outbox, seen }) => ({
      redrive: () => outbox.redrive([...seen.dead]),
    }),
  ),
  wrong('goes on with the attempts of a redriven row', dead, ({ outbox }) => {
    let before = 0;
    return {
      claim: async (claim) => {
        const rows = await outbox.claim(claim);
        return rows.map((row) => ({ ...row, attempts: row.attempts + before }));
      },
      redrive: async (ids) => {
        before = 1;
        return outbox.redrive(ids);
      },
    };
  }),
  wrong(
    'makes a redriven row due when its lease would have ended',
    'redrives a dead row at once, though its lease would have lasted',
    ({ outbox, seen }) => ({
      redrive: async (ids) => {
        const redriven = await outbox.redrive(ids);
        for (const { shard, origin: one } of seen.events.map(laneOf)) {
          const held = { owner: crypto.randomUUID(), leaseMs: hourMs, rowsMax: 100 };
          await outbox.claim({ shard, origin: one, ...held });
        }
        return redriven;
      },
    }),
  ),
];
