import { beforeEach, describe, expect, it } from 'vitest';
import {
  Conflict,
  type EventEnvelope,
  type Outbox,
  outboxShard,
  outboxShardCount,
} from '../../src/domain/kernel/index.ts';
import { anEvent } from '../support/counter.ts';

export type OutboxSubject = {
  readonly outbox: Outbox;
  /** The same rows, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly Outbox[];
  /** Puts events into the outbox, as a unit of work does. Rows are due at once: the grace is 0. */
  readonly insert: (events: readonly EventEnvelope[]) => Promise<void>;
};

const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
const region = 'us-east-1';
const claimOf = (owner: string, changes: object = {}) => ({
  owner,
  shards,
  region,
  takeoverAgeMs: 60_000,
  leaseMs: 60_000,
  rowsMax: 100,
  ...changes,
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
      const event = anEvent();
      await insert([event]);
      expect(await outbox.claim(claimOf(owner))).toEqual([{ event, attempts: 1 }]);
      expect(await outbox.claim(claimOf(other))).toEqual([]);
    });

    it('gives no row to two who claim at once, and all rows in the end', async () => {
      const events = Array.from({ length: 40 }, () => anEvent());
      await insert(events);
      const given: string[] = [];
      for (let round = 0; given.length < events.length; round += 1) {
        expect(round).toBeLessThan(events.length);
        const claims = await Promise.allSettled(
          contenders.map((one) => one.claim(claimOf(crypto.randomUUID(), { rowsMax: 10 }))),
        );
        for (const claim of claims) {
          // Who claims what another one has just claimed, gets nothing and is told so. Nothing else may go wrong.
          if (claim.status === 'rejected') expect(claim.reason).toBeInstanceOf(Conflict);
          else given.push(...idsOf(claim.value));
        }
      }
      expect(given.toSorted()).toEqual(idsOf(events.map((event) => ({ event }))));
    });

    it('gives only rows of the shards that are asked for', async () => {
      const events = Array.from({ length: 30 }, () => anEvent());
      await insert(events);
      const claimed = await outbox.claim(claimOf(owner, { shards: [3, 4] }));
      const expected = events.filter(({ id }) => [3, 4].includes(outboxShard(id)));
      expect(idsOf(claimed)).toEqual(idsOf(expected.map((event) => ({ event }))));
    });

    it('never gives out again what the command has published itself', async () => {
      const event = anEvent();
      await insert([event]);
      await outbox.markPublished([event.id]);
      expect(await outbox.claim(claimOf(owner))).toEqual([]);
      expect(await outbox.status()).toEqual({ pending: 0, dead: 0, oldestAgeMs: 0 });
    });

    it('gives a row to another claimant when its lease has ended', async () => {
      await insert([anEvent()]);
      await outbox.claim(claimOf(owner, { leaseMs: 0 }));
      expect(await outbox.claim(claimOf(other))).toMatchObject([{ attempts: 2 }]);
    });

    it('leaves a row alone that has gone to another claimant', async () => {
      const event = anEvent();
      await insert([event]);
      await outbox.claim(claimOf(owner, { leaseMs: 0 }));
      await outbox.claim(claimOf(other));
      await outbox.settle(owner, [event.id], []);
      expect((await outbox.status()).pending).toBe(1);
      await outbox.settle(other, [event.id], []);
      expect((await outbox.status()).pending).toBe(0);
    });

    it('gives a failed row out again when its wait is over, and not before', async () => {
      const [soon, late] = [anEvent('soon'), anEvent('late')];
      await insert([soon, late]);
      await outbox.claim(claimOf(owner));
      await outbox.settle(
        owner,
        [],
        [
          { eventId: soon.id, reason: 'busy', retryInMs: 0 },
          { eventId: late.id, reason: 'busy', retryInMs: 60_000 },
        ],
      );
      expect(idsOf(await outbox.claim(claimOf(owner)))).toEqual([soon.id]);
    });

    it('keeps a dead row until a person redrives it', async () => {
      const event = anEvent();
      await insert([event]);
      await outbox.claim(claimOf(owner));
      const reason = 'x'.repeat(10_000);
      await outbox.settle(owner, [], [{ eventId: event.id, reason, retryInMs: undefined }]);
      expect(await outbox.claim(claimOf(owner))).toEqual([]);
      expect(await outbox.status()).toMatchObject({ pending: 0, dead: 1 });
      expect(await outbox.redrive([event.id])).toBe(1);
      expect(idsOf(await outbox.claim(claimOf(owner)))).toEqual([event.id]);
    });

    it('gives rows of another Region out only when they are old', async () => {
      const event = anEvent();
      await insert([event]);
      const fromAfar = { region: 'us-west-2' };
      expect(await outbox.claim(claimOf(owner, fromAfar))).toEqual([]);
      const takeover = await outbox.claim(claimOf(owner, { ...fromAfar, takeoverAgeMs: -1_000 }));
      expect(idsOf(takeover)).toEqual([event.id]);
    });

    const purgeOf = (changes: object = {}) => ({
      shards,
      region,
      rowsMax: 10,
      deadline: Date.now() + 10_000,
      ...changes,
    });

    it('deletes published rows after the replay window, and no others', async () => {
      const [published, pending] = [anEvent(), anEvent()];
      await insert([published, pending]);
      await outbox.markPublished([published.id]);
      expect(await outbox.purge(purgeOf())).toBe(1);
      expect(idsOf(await outbox.claim(claimOf(owner)))).toEqual([pending.id]);
    });

    it('deletes published rows of its own Region, shards and number only', async () => {
      const events = Array.from({ length: 30 }, () => anEvent());
      await insert(events);
      await outbox.markPublished(events.map(({ id }) => id));
      expect(await outbox.purge(purgeOf({ region: 'us-west-2' }))).toBe(0);
      const inShards = events.filter(({ id }) => [3, 4].includes(outboxShard(id))).length;
      expect(await outbox.purge(purgeOf({ shards: [3, 4], rowsMax: 30 }))).toBe(inShards);
      expect(await outbox.purge(purgeOf())).toBe(10);
    });

    it('says how old its oldest pending row is', async () => {
      const event = { ...anEvent(), time: new Date(Date.now() - 5_000).toISOString() };
      await insert([event]);
      const { pending, oldestAgeMs } = await outbox.status();
      expect(pending).toBe(1);
      expect(oldestAgeMs).toBeGreaterThanOrEqual(4_000);
    });
  });
};
