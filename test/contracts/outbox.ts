import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ClaimedEvent,
  Conflict,
  type EventEnvelope,
  type Outbox,
  type OutboxClaim,
  outboxCountPerShardMax,
  outboxShardCount,
} from '../../src/domain/kernel/index.ts';
import { anEvent } from '../support/counter.ts';

export type OutboxSubject = {
  readonly outbox: Outbox;
  /** The same rows, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly Outbox[];
  /** Puts the events of one command into the outbox, as a unit of work does. They are due at once: the grace is 0. */
  readonly insert: (events: readonly EventEnvelope[]) => Promise<void>;
};

const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
const origin = 'us-east-1';
const soon = () => Date.now() + 10_000;
const counted = (count: number) => ({ count, orMore: false });

/** An id of one part of the outbox. */
const idIn = (shard: number): string => `${shard.toString(16)}${crypto.randomUUID().slice(1)}`;

const anEventIn = (shard: number, changes: Partial<EventEnvelope> = {}): EventEnvelope => ({
  ...anEvent(),
  id: idIn(shard),
  ...changes,
});

type Claim = Partial<OutboxClaim> & { readonly owner: string };

/** Claims in every part, as a relay does. */
const claimAll = async (outbox: Outbox, claim: Claim): Promise<readonly ClaimedEvent[]> => {
  const claimed: ClaimedEvent[] = [];
  for (const shard of shards) claimed.push(...(await outbox.claim(claimOf({ shard, ...claim }))));
  return claimed;
};

const claimOf = (claim: Claim): OutboxClaim => ({
  shard: 0,
  origin,
  leaseMs: 60_000,
  rowsMax: 100,
  ...claim,
});

const idsOf = (rows: readonly { readonly event: EventEnvelope }[]): readonly string[] =>
  rows.map(({ event }) => event.id).toSorted();

/** What every outbox does. Each test starts with an empty one whose replay window is 0. */
export const outboxContract = (name: string, createSubject: () => Promise<OutboxSubject>): void => {
  describe(`outbox: ${name}`, () => {
    let outbox: Outbox;
    let contenders: readonly Outbox[];
    let insert: OutboxSubject['insert'];
    const owner = crypto.randomUUID();
    const other = crypto.randomUUID();

    beforeEach(async () => {
      ({ outbox, contenders, insert } = await createSubject());
    });

    it('gives a due row to one claimant, whole and counted', async () => {
      const event = anEventIn(3);
      await insert([event]);
      const claim = { shard: 3 };
      expect(await outbox.claim(claimOf({ owner, ...claim }))).toEqual([{ event, attempts: 1 }]);
      expect(await outbox.claim(claimOf({ owner: other, ...claim }))).toEqual([]);
    });

    it('gives no row to two who claim at once, and all rows in the end', async () => {
      const events = Array.from({ length: 40 }, () => anEventIn(5));
      await insert(events);
      const given: string[] = [];
      for (let round = 0; given.length < events.length; round += 1) {
        expect(round).toBeLessThan(events.length);
        const claims = await Promise.allSettled(
          contenders.map((one) =>
            one.claim(claimOf({ owner: crypto.randomUUID(), shard: 5, rowsMax: 10 })),
          ),
        );
        for (const claim of claims) {
          // A claimant of rows that another one has just claimed gets nothing and is told so. Nothing else may go wrong.
          if (claim.status === 'rejected') expect(claim.reason).toBeInstanceOf(Conflict);
          else given.push(...idsOf(claim.value));
        }
      }
      expect(given.toSorted()).toEqual(idsOf(events.map((event) => ({ event }))));
    });

    it('gives only rows of the part that is asked for', async () => {
      const [third, fourth] = [anEventIn(3), anEventIn(4)];
      await insert([third, fourth]);
      expect(idsOf(await outbox.claim(claimOf({ owner, shard: 3 })))).toEqual([third.id]);
    });

    it('gives the rows first that have been due for longest', async () => {
      const events = Array.from({ length: 9 }, () => anEventIn(2));
      for (const event of events) await insert([event]);
      const claimed: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const rows = await outbox.claim(claimOf({ owner, shard: 2, rowsMax: 3 }));
        claimed.push(...rows.map(({ event }) => event.id).toSorted());
      }
      const inThrees = [0, 3, 6].flatMap((first) =>
        events
          .slice(first, first + 3)
          .map(({ id }) => id)
          .toSorted(),
      );
      expect(claimed).toEqual(inThrees);
    });

    it('takes any number of events of one command', async () => {
      const counts = [1, 2, 3, 7, 64, 65, 130];
      for (const count of counts) {
        const events = Array.from({ length: count }, () => anEvent());
        await insert(events);
        const claimed = await claimAll(outbox, { owner, rowsMax: 500 });
        expect(claimed.map(({ event }) => event)).toEqual(expect.arrayContaining(events));
        await outbox.settle(owner, idsOf(claimed), []);
      }
      expect(await outbox.status()).toMatchObject({ pending: counted(0) });
    });

    it('gives out and settles the largest events, though a transaction takes no 500 of them', async () => {
      const note = () => Array.from({ length: 1_700 }, () => crypto.randomUUID()).join('');
      const events = Array.from({ length: 200 }, () => anEventIn(5, { data: { note: note() } }));
      for (let next = 0; next < events.length; next += 50) {
        await insert(events.slice(next, next + 50));
      }
      const settled = new Set<string>();
      for (let rows = await claimMany(); rows.length > 0; rows = await claimMany()) {
        const [failed, ...published] = idsOf(rows);
        const failure = { eventId: failed ?? '', reason: 'never', retryInMs: undefined };
        await outbox.settle(owner, published, [failure]);
        for (const { event } of rows) settled.add(event.id);
      }
      expect(settled.size).toBe(events.length);
      expect((await outbox.status()).pending).toEqual(counted(0));
    });

    const claimMany = () => outbox.claim(claimOf({ owner, shard: 5, rowsMax: 500 }));

    it('names the lanes that have a row which is due, each once', async () => {
      const afar = 'us-west-2';
      await insert([anEventIn(1), anEventIn(1), anEventIn(9)]);
      await insert([anEventIn(1, { originregion: afar })]);
      await insert([anEventIn(7)]);
      await outbox.claim(claimOf({ owner, shard: 7 }));
      const due = await outbox.due(shards, soon());
      expect(due).toHaveLength(3);
      expect(due).toEqual(
        expect.arrayContaining([
          { shard: 1, origin },
          { shard: 1, origin: afar },
          { shard: 9, origin },
        ]),
      );
      expect(await outbox.due([9], soon())).toEqual([{ shard: 9, origin }]);
    });

    it('never gives out again what the command has published itself', async () => {
      const events = [anEvent(), anEvent(), anEvent()];
      await insert(events);
      const [first, ...others] = events.map(({ id }) => id);
      await outbox.markPublished([first ?? '']);
      await outbox.markPublished(others);
      expect(await claimAll(outbox, { owner })).toEqual([]);
      expect(await outbox.status()).toEqual({
        pending: counted(0),
        dead: counted(0),
        oldestAgeMs: 0,
      });
    });

    it('gives a row to another claimant when its lease has ended', async () => {
      await insert([anEvent()]);
      await claimAll(outbox, { owner, leaseMs: 0 });
      expect(await claimAll(outbox, { owner: other })).toMatchObject([{ attempts: 2 }]);
    });

    it('leaves a row alone that has gone to another claimant', async () => {
      const event = anEvent();
      await insert([event]);
      await claimAll(outbox, { owner, leaseMs: 0 });
      await claimAll(outbox, { owner: other });
      await outbox.settle(owner, [event.id], []);
      await outbox.settle(owner, [], [{ eventId: event.id, reason: 'late', retryInMs: undefined }]);
      expect(await outbox.status()).toMatchObject({ pending: counted(1), dead: counted(0) });
      await outbox.settle(other, [event.id], []);
      expect((await outbox.status()).pending).toEqual(counted(0));
    });

    it('gives a failed row out again when its wait is over, and not before', async () => {
      const [soonDue, late] = [anEvent('soon'), anEvent('late')];
      await insert([soonDue, late]);
      await claimAll(outbox, { owner });
      await outbox.settle(
        owner,
        [],
        [
          { eventId: soonDue.id, reason: 'busy', retryInMs: 0 },
          { eventId: late.id, reason: 'busy', retryInMs: 60_000 },
        ],
      );
      expect(idsOf(await claimAll(outbox, { owner }))).toEqual([soonDue.id]);
    });

    it('settles published and failed rows of one claim together', async () => {
      const [good, bad] = [anEvent(), anEvent()];
      await insert([good, bad]);
      await claimAll(outbox, { owner });
      const failed = [{ eventId: bad.id, reason: 'never', retryInMs: undefined }];
      await outbox.settle(owner, [good.id], failed);
      expect(await outbox.status()).toEqual({
        pending: counted(0),
        dead: counted(1),
        oldestAgeMs: 0,
      });
    });

    it('keeps a dead row until a person redrives it', async () => {
      const event = anEvent();
      await insert([event]);
      await claimAll(outbox, { owner });
      const reason = 'x'.repeat(10_000);
      await outbox.settle(owner, [], [{ eventId: event.id, reason, retryInMs: undefined }]);
      expect(await claimAll(outbox, { owner })).toEqual([]);
      expect(await outbox.due(shards, soon())).toEqual([]);
      expect(await outbox.status()).toMatchObject({ pending: counted(0), dead: counted(1) });
      expect(await outbox.redrive([event.id])).toBe(1);
      expect(await outbox.redrive([event.id])).toBe(0);
      expect(idsOf(await claimAll(outbox, { owner }))).toEqual([event.id]);
    });

    it('gives rows of another Region out only when they are old', async () => {
      const event = anEvent();
      await insert([event]);
      expect(await claimAll(outbox, { owner, ageMsMin: 60_000 })).toEqual([]);
      const takeover = await claimAll(outbox, { owner, ageMsMin: -1_000 });
      expect(idsOf(takeover)).toEqual([event.id]);
    });

    it('gives rows of one Region out whatever waits there of another', async () => {
      const afar = Array.from({ length: 5 }, () => anEventIn(6, { originregion: 'us-west-2' }));
      await insert(afar);
      const event = anEventIn(6);
      await insert([event]);
      expect(idsOf(await outbox.claim(claimOf({ owner, shard: 6, rowsMax: 2 })))).toEqual([
        event.id,
      ]);
    });

    const purgeAll = async (changes: object = {}): Promise<number> => {
      const purge = { origin, rowsMax: 10, deadline: soon(), ...changes };
      const purged = shards.map((shard) => outbox.purge({ shard, ...purge }));
      return (await Promise.all(purged)).reduce((sum, rows) => sum + rows);
    };

    it('deletes published rows after the replay window, and no others', async () => {
      const [published, pending] = [anEvent(), anEvent()];
      await insert([published, pending]);
      await outbox.markPublished([published.id]);
      expect(await purgeAll()).toBe(1);
      expect(idsOf(await claimAll(outbox, { owner }))).toEqual([pending.id]);
    });

    it('deletes published rows of its own Region, part and number only', async () => {
      const events = Array.from({ length: 30 }, (_, index) => anEventIn(index % 2));
      await insert(events);
      await outbox.markPublished(events.map(({ id }) => id));
      expect(await purgeAll({ origin: 'us-west-2' })).toBe(0);
      expect(await outbox.purge({ shard: 0, origin, rowsMax: 30, deadline: soon() })).toBe(15);
      expect(await purgeAll()).toBe(10);
      expect(await purgeAll()).toBe(5);
    });

    it('says how old its oldest pending row is', async () => {
      const event = { ...anEvent(), time: new Date(Date.now() - 5_000).toISOString() };
      await insert([event]);
      const { pending, oldestAgeMs } = await outbox.status();
      expect(pending).toEqual(counted(1));
      expect(oldestAgeMs).toBeGreaterThanOrEqual(4_000);
    });

    it('says how old its oldest row is, whichever Region wrote it and though it waits for its next attempt', async () => {
      const aged = (ageMs: number) => new Date(Date.now() - ageMs).toISOString();
      const failing = anEventIn(4, { time: aged(90_000), originregion: 'us-west-2' });
      await insert([failing]);
      await insert([anEventIn(4, { time: aged(60_000), originregion: 'us-west-2' })]);
      expect((await outbox.status()).oldestAgeMs).toBeGreaterThanOrEqual(89_000);
      const rows = await outbox.claim(
        claimOf({ owner, shard: 4, origin: 'us-west-2', rowsMax: 1 }),
      );
      expect(idsOf(rows)).toEqual([failing.id]);
      await outbox.settle(
        owner,
        [],
        [{ eventId: failing.id, reason: 'busy', retryInMs: 3_600_000 }],
      );
      await insert([anEventIn(4)]);
      expect((await outbox.status()).oldestAgeMs).toBeGreaterThanOrEqual(89_000);
    });

    it('stops counting at a limit, and says so', async () => {
      const events = Array.from({ length: outboxCountPerShardMax + 2 }, () => anEventIn(8));
      await insert(events);
      await insert([anEventIn(9)]);
      const { pending, dead } = await outbox.status();
      expect(pending).toEqual({ count: outboxCountPerShardMax + 1, orMore: true });
      expect(dead).toEqual(counted(0));
    });
  });
};
