import type { Outbox } from '../../../src/domain/kernel/index.ts';
import {
  type OutboxSubject,
  origins,
  outboxWindows,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';
import { inTurn, wrong } from './watched-outbox.ts';

const { replayWindowMs } = outboxWindows;

const ofCommand =
  'deletes rows that their command has published after the replay window, and not before';
const ofRelay = 'deletes rows that a relay has published after the replay window, and not before';
const fromFirst = 'counts the replay window from the first publication';
const kept = 'keeps rows that wait, are held or are dead, however old they are';
const ownLane = 'deletes published rows of its own Region, part and number only';

/** Deletes as if the replay window were over, and these rows were published. */
const purgesWithout = (
  right: OutboxSubject,
  ids: () => Iterable<string>,
): Pick<Outbox, 'purge'> => ({
  purge: async (purge) => {
    await right.outbox.markPublished([...ids()]);
    await right.advance(replayWindowMs);
    return right.outbox.purge(purge);
  },
});

export const wrongPurges: readonly Wrong<OutboxSubject>[] = [
  wrong('deletes at once what a command has published', ofCommand, ({ outbox, advance }) => ({
    markPublished: async (ids) => {
      await outbox.markPublished(ids);
      await advance(replayWindowMs);
    },
  })),
  wrong('deletes at once what a relay has published', ofRelay, ({ outbox, advance }) => ({
    settle: async (...settlement) => {
      await outbox.settle(...settlement);
      await advance(replayWindowMs);
    },
  })),
  wrong('never deletes rows', ofCommand, () => ({ purge: async () => 0 })),
  wrong('counts the replay window from the insertion', fromFirst, ({ outbox, seen, advance }) => ({
    markPublished: async (ids) => {
      await outbox.markPublished(ids);
      await advance(seen.passedMs);
    },
  })),
  wrong('counts the replay window from the last publication', fromFirst, ({ outbox, seen }) => {
    let endsAt = 0;
    return {
      markPublished: async (ids) => {
        endsAt = seen.passedMs + replayWindowMs;
        await outbox.markPublished(ids);
      },
      purge: async (purge) => (seen.passedMs < endsAt ? 0 : outbox.purge(purge)),
    };
  }),
  wrong('deletes dead rows', kept, (right) => purgesWithout(right, () => right.seen.dead)),
  wrong('deletes held rows', kept, (right) =>
    purgesWithout(right, () => right.seen.holders.keys()),
  ),
  wrong('deletes rows that wait', kept, (right) =>
    purgesWithout(right, () =>
      right.seen.events
        .map(({ id }) => id)
        .filter((id) => !right.seen.dead.has(id) && !right.seen.holders.has(id)),
    ),
  ),
  wrong('names parts of other Regions', ownLane, ({ outbox }) => ({
    expired: (_, parts, deadline) => inTurn(origins, (one) => outbox.expired(one, parts, deadline)),
  })),
  wrong('names parts that it is not asked for', ownLane, ({ outbox }) => ({
    expired: (region, _, deadline) => outbox.expired(region, [0, 1, 2, 3], deadline),
  })),
  wrong('names parts before the replay window ends', ofCommand, ({ outbox, seen }) => ({
    expired: async (...asked) => [
      ...(await outbox.expired(...asked)),
      ...(seen.events.length > 0 && seen.passedMs === replayWindowMs / 2 ? [3] : []),
    ],
  })),
  wrong('names parts with rows that wait', kept, ({ outbox, seen }) => ({
    expired: async (...asked) => [
      ...(await outbox.expired(...asked)),
      ...(seen.dead.size > 0 ? [3] : []),
    ],
  })),
  wrong('deletes rows of other Regions', ownLane, ({ outbox }) => ({
    purge: async (purge) =>
      (
        await inTurn(origins, async (one) => [await outbox.purge({ ...purge, origin: one })])
      ).reduce((sum, rows) => sum + rows),
  })),
  wrong('deletes rows of other parts', ownLane, ({ outbox }) => ({
    purge: async (purge) =>
      (await inTurn([0, 1], async (shard) => [await outbox.purge({ ...purge, shard })])).reduce(
        (sum, rows) => sum + rows,
      ),
  })),
  wrong('deletes more rows than are asked for', ownLane, ({ outbox }) => ({
    purge: (purge) => outbox.purge({ ...purge, rowsMax: 1_000 }),
  })),
];
