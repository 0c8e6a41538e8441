import { expect } from 'vitest';
import {
  anEventIn,
  claimOf,
  counted,
  failureOf,
  hourMs,
  idsOf,
  insertDue,
  minuteMs,
  type OutboxCases,
  shards,
  soon,
} from './outbox-subject.ts';

/** The cases of rows that are settled as published or as failed. */
export const outboxSettlements: OutboxCases = (subject, { it }) => {
  const owner = crypto.randomUUID();
  const other = crypto.randomUUID();
  const insertRows = (...events: Parameters<typeof insertDue>[1][]) =>
    insertDue(subject(), ...events);

  it('never gives out again what the command has published itself', async () => {
    const { outbox, insert, advance } = subject();
    const events = [anEventIn(3), anEventIn(3), anEventIn(4)];
    await insert(events);
    const [first = '', ...others] = events.map(({ id }) => id);
    await outbox.markPublished([first]);
    await outbox.markPublished(others);
    await advance(hourMs);
    expect(await outbox.due(shards, soon())).toEqual([]);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
    expect(await outbox.status()).toEqual({
      pending: counted(0),
      dead: counted(0),
      oldestAgeMs: 0,
    });
  });

  it('marks the events that are named, and no others', async () => {
    const { outbox } = subject();
    const [named, unnamed] = [anEventIn(), anEventIn()];
    await insertRows(named, unnamed);
    await outbox.markPublished([named.id]);
    expect(idsOf(await outbox.claim(claimOf({ owner })))).toEqual([unnamed.id]);
  });

  it('does nothing for no rows', async () => {
    const { outbox, insert } = subject();
    await insertRows(anEventIn());
    await insert([]);
    await outbox.markPublished([]);
    await outbox.settle(owner, [], []);
    expect(await outbox.redrive([])).toBe(0);
    expect((await outbox.status()).pending).toEqual(counted(1));
  });

  it('takes a claimed row back from the relay when the command has published it itself', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner }));
    await outbox.markPublished([event.id]);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await advance(hourMs);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
    expect(await outbox.status()).toMatchObject({ pending: counted(0), dead: counted(0) });
  });

  it('has no dead row any more when the command has published it after all', async () => {
    const { outbox } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await outbox.markPublished([event.id]);
    expect(await outbox.status()).toMatchObject({ pending: counted(0), dead: counted(0) });
    expect(await outbox.redrive([event.id])).toBe(0);
  });

  it('leaves a row alone that has gone to another claimant', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner, leaseMs: minuteMs }));
    await advance(minuteMs);
    await outbox.claim(claimOf({ owner: other }));
    await outbox.settle(owner, [event.id], []);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    await outbox.settle(owner, [], [failureOf(event.id, 0)]);
    expect(await outbox.due(shards, soon())).toEqual([]);
    expect(await outbox.status()).toMatchObject({ pending: counted(1), dead: counted(0) });
    await outbox.settle(other, [event.id], []);
    expect((await outbox.status()).pending).toEqual(counted(0));
  });

  it('settles a row whose lease is over while nobody else has taken it', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner, leaseMs: minuteMs }));
    await advance(hourMs);
    await outbox.settle(owner, [event.id], []);
    expect((await outbox.status()).pending).toEqual(counted(0));
  });

  it('leaves a published row published when its relay reports a failure late', async () => {
    const { outbox, advance } = subject();
    const [tried, given] = [anEventIn(), anEventIn()];
    await insertRows(tried, given);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [tried.id, given.id], []);
    await outbox.settle(owner, [], [failureOf(tried.id, 0), failureOf(given.id)]);
    expect(await outbox.status()).toMatchObject({ pending: counted(0), dead: counted(0) });
    await advance(minuteMs);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
  });

  it('settles a row once for each claim', async () => {
    const { outbox, advance } = subject();
    const [retried, dead] = [anEventIn(), anEventIn()];
    await insertRows(retried, dead);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(retried.id, minuteMs), failureOf(dead.id)]);
    await outbox.settle(owner, [retried.id, dead.id], []);
    expect(await outbox.status()).toMatchObject({ pending: counted(1), dead: counted(1) });
    await advance(minuteMs);
    expect(idsOf(await outbox.claim(claimOf({ owner })))).toEqual([retried.id]);
  });

  it('gives a failed row out again when its wait is over, and not before', async () => {
    const { outbox, advance } = subject();
    const [soonDue, late] = [anEventIn(), anEventIn()];
    await insertRows(soonDue, late);
    await outbox.claim(claimOf({ owner }));
    await outbox.settle(owner, [], [failureOf(soonDue.id, 0), failureOf(late.id, 20 * minuteMs)]);
    expect(await outbox.claim(claimOf({ owner }))).toMatchObject([{ event: soonDue, attempts: 2 }]);
    await advance(10 * minuteMs);
    await outbox.settle(owner, [soonDue.id], []);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
    await advance(10 * minuteMs);
    expect(await outbox.claim(claimOf({ owner }))).toMatchObject([{ event: late, attempts: 2 }]);
  });

  it('settles published and failed rows of one claim together', async () => {
    const { outbox } = subject();
    const [good, bad, elsewhere] = [anEventIn(3), anEventIn(3), anEventIn(4)] as const;
    await insertRows(good, bad, elsewhere);
    for (const shard of [3, 4]) await outbox.claim(claimOf({ owner, shard }));
    await outbox.settle(owner, [good.id, elsewhere.id], [failureOf(bad.id)]);
    expect(await outbox.status()).toEqual({
      pending: counted(0),
      dead: counted(1),
      oldestAgeMs: 0,
    });
  });

  it('keeps a dead row until a person redrives it', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner }));
    const reason = 'x'.repeat(10_000);
    await outbox.settle(owner, [], [{ eventId: event.id, reason, retryInMs: undefined }]);
    await advance(hourMs);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
    expect(await outbox.due(shards, soon())).toEqual([]);
    expect(await outbox.status()).toMatchObject({ pending: counted(0), dead: counted(1) });
    expect(await outbox.redrive([event.id])).toBe(1);
    expect(await outbox.redrive([event.id])).toBe(0);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([{ event, attempts: 1 }]);
  });

  it('redrives a dead row at once, though its lease would have lasted', async () => {
    const { outbox } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.claim(claimOf({ owner, leaseMs: hourMs }));
    await outbox.settle(owner, [], [failureOf(event.id)]);
    expect(await outbox.redrive([event.id])).toBe(1);
    expect(await outbox.status()).toMatchObject({ pending: counted(1), dead: counted(0) });
    expect(idsOf(await outbox.claim(claimOf({ owner: other })))).toEqual([event.id]);
  });

  it('redrives the dead rows that are named, and no others', async () => {
    const { outbox } = subject();
    const dead = [anEventIn(1), anEventIn(1), anEventIn(9)] as const;
    await insertRows(...dead);
    for (const shard of [1, 9]) await outbox.claim(claimOf({ owner, shard }));
    await outbox.settle(
      owner,
      [],
      dead.map(({ id }) => failureOf(id)),
    );
    const [unnamed, ...named] = dead;
    expect(await outbox.redrive(named.map(({ id }) => id))).toBe(2);
    expect(await outbox.status()).toMatchObject({ dead: counted(1) });
    expect(await outbox.redrive([unnamed.id])).toBe(1);
  });

  it('redrives no row that is not dead', async () => {
    const { outbox, insert, advance } = subject();
    const [held, retried, published] = [anEventIn(), anEventIn(), anEventIn()] as const;
    await insertRows(held, retried, published);
    await outbox.claim(claimOf({ owner, leaseMs: hourMs }));
    await outbox.settle(owner, [published.id], [failureOf(retried.id, 2 * minuteMs)]);
    const fresh = anEventIn();
    await insert([fresh]);
    const ids = [held, retried, published, fresh].map(({ id }) => id);
    expect(await outbox.redrive(ids)).toBe(0);
    expect(await outbox.claim(claimOf({ owner: other }))).toEqual([]);
    await advance(2 * minuteMs);
    const claimed = await outbox.claim(claimOf({ owner: other }));
    expect(claimed).toHaveLength(2);
    expect(claimed).toContainEqual({ event: retried, attempts: 2 });
    expect(claimed).toContainEqual({ event: fresh, attempts: 1 });
    await outbox.settle(owner, [held.id], []);
    expect((await outbox.status()).pending).toEqual(counted(2));
  });

  it('lets a relay settle only rows that it has claimed', async () => {
    const { outbox } = subject();
    const event = anEventIn();
    await insertRows(event);
    await outbox.settle(owner, [event.id], []);
    await outbox.settle(owner, [], [failureOf(event.id)]);
    expect(await outbox.status()).toMatchObject({ pending: counted(1), dead: counted(0) });
    expect(await outbox.claim(claimOf({ owner }))).toHaveLength(1);
  });
};
