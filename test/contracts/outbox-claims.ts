import { expect } from 'vitest';
import { Conflict } from '../../src/domain/kernel/index.ts';
import {
  afar,
  anEventIn,
  claimOf,
  failureOf,
  idsOf,
  insertDue,
  minuteMs,
  type OutboxCases,
  origin,
  outboxWindows,
  shards,
  soon,
} from './outbox-subject.ts';

/** Which rows are due, and who gets them. */
export const outboxClaims: OutboxCases = (subject, { it }) => {
  const owner = crypto.randomUUID();
  const other = crypto.randomUUID();
  const { graceMs } = outboxWindows;
  const insertRows = (...events: Parameters<typeof insertDue>[1][]) =>
    insertDue(subject(), ...events);

  it('gives a due row to one claimant, whole and counted', async () => {
    const { outbox } = subject();
    const event = anEventIn(3);
    await insertRows(event);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([{ event, attempts: 1 }]);
    expect(await outbox.claim(claimOf({ owner: other }))).toEqual([]);
  });

  it('leaves a row to its own command until the grace is over', async () => {
    const { outbox, insert, advance } = subject();
    const event = anEventIn();
    await insert([event]);
    await advance(graceMs / 2);
    expect(await outbox.due(shards, soon())).toEqual([]);
    expect(await outbox.claim(claimOf({ owner }))).toEqual([]);
    await advance(graceMs / 2);
    expect(await outbox.due(shards, soon())).toHaveLength(1);
    expect(idsOf(await outbox.claim(claimOf({ owner })))).toEqual([event.id]);
  });

  it('gives no row to two who claim at once, and all rows in the end', async () => {
    const { contenders } = subject();
    const events = Array.from({ length: 40 }, () => anEventIn(5));
    await insertRows(...events);
    const given: string[] = [];
    for (let round = 0; given.length < events.length; round += 1) {
      expect(round).toBeLessThan(events.length);
      const claims = await Promise.allSettled(
        contenders.map((one) =>
          one.claim(claimOf({ owner: crypto.randomUUID(), shard: 5, rowsMax: 10 })),
        ),
      );
      for (const claim of claims) {
        // A claimant of rows that another one has just claimed gets nothing and is told so. Nothing
        // else may go wrong.
        if (claim.status === 'rejected') expect(claim.reason).toBeInstanceOf(Conflict);
        else given.push(...idsOf(claim.value));
      }
    }
    expect(given.toSorted()).toEqual(idsOf(events.map((event) => ({ event }))));
  });

  it('gives only rows of the part that is asked for', async () => {
    const { outbox } = subject();
    const [third, fourth] = [anEventIn(3), anEventIn(4)];
    await insertRows(third, fourth);
    expect(idsOf(await outbox.claim(claimOf({ owner })))).toEqual([third.id]);
  });

  it('gives the rows first that have been due for longest, as many as are asked for', async () => {
    const { outbox, insert, advance } = subject();
    const events = Array.from({ length: 9 }, () => anEventIn());
    for (const event of events) {
      await insert([event]);
      await advance(graceMs);
    }
    for (let first = 0; first < events.length; first += 3) {
      const rows = await outbox.claim(claimOf({ owner, rowsMax: 3 }));
      expect(idsOf(rows)).toEqual(
        idsOf(events.slice(first, first + 3).map((event) => ({ event }))),
      );
    }
  });

  it('gives a row that has failed behind those that have been due for longer', async () => {
    const { outbox, advance } = subject();
    const events = Array.from({ length: 3 }, () => anEventIn());
    for (const event of events) await insertRows(event);
    const [failed] = await outbox.claim(claimOf({ owner, rowsMax: 1 }));
    await advance(minuteMs);
    await outbox.settle(owner, [], [failureOf(failed?.event.id ?? '', 0)]);
    const rows = await outbox.claim(claimOf({ owner, rowsMax: 2 }));
    expect(idsOf(rows)).toEqual(idsOf(events.slice(1).map((event) => ({ event }))));
  });

  it('gives rows of one part out whatever waits in others', async () => {
    const { outbox } = subject();
    await insertRows(...Array.from({ length: 5 }, () => anEventIn(4)));
    const event = anEventIn(3);
    await insertRows(event);
    const rows = await outbox.claim(claimOf({ owner, shard: 3, rowsMax: 2 }));
    expect(idsOf(rows)).toEqual([event.id]);
  });

  it('names the lanes that have a row which is due, each once', async () => {
    const { outbox, insert } = subject();
    await insertRows(anEventIn(1), anEventIn(1), anEventIn(9));
    await insertRows(anEventIn(1, { originregion: afar }));
    await insertRows(anEventIn(7));
    await outbox.claim(claimOf({ owner, shard: 7 }));
    await insert([anEventIn(8)]);
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

  it('names a lane by the row that has been due for longest, also while others wait', async () => {
    const { outbox, insert } = subject();
    await insertRows(anEventIn(1), anEventIn(2, { originregion: afar }));
    await insertRows(anEventIn(2, { originregion: afar }));
    await insert([anEventIn(1)]);
    await insert([anEventIn(2, { originregion: afar })]);
    expect(await outbox.due([2, 1], soon())).toEqual(
      expect.arrayContaining([
        { shard: 1, origin },
        { shard: 2, origin: afar },
      ]),
    );
  });

  it('gives a row to another claimant when its lease is over, and not before', async () => {
    const { outbox, advance } = subject();
    await insertRows(anEventIn());
    await outbox.claim(claimOf({ owner, leaseMs: 2 * minuteMs }));
    await advance(minuteMs);
    expect(await outbox.due(shards, soon())).toEqual([]);
    expect(await outbox.claim(claimOf({ owner: other }))).toEqual([]);
    await advance(minuteMs);
    expect(await outbox.due(shards, soon())).toHaveLength(1);
    expect(await outbox.claim(claimOf({ owner: other }))).toMatchObject([{ attempts: 2 }]);
  });

  it('gives rows of another Region out only when they are old', async () => {
    const { outbox, insert, advance, now } = subject();
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    const event = anEventIn(3, { originregion: afar, time: new Date(now()).toISOString() });
    await insert([event]);
    await advance(5 * minuteMs);
    expect(await outbox.claim(takeover)).toEqual([]);
    await advance(5 * minuteMs);
    expect(idsOf(await outbox.claim(takeover))).toEqual([event.id]);
  });

  it('leaves old rows of another Region to the relay there that holds them', async () => {
    const { outbox, advance } = subject();
    const event = anEventIn(3, { originregion: afar });
    await insertRows(event);
    await advance(20 * minuteMs);
    await outbox.claim(claimOf({ owner: other, origin: afar, leaseMs: 2 * minuteMs }));
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    expect(await outbox.claim(takeover)).toEqual([]);
    await advance(2 * minuteMs);
    expect(idsOf(await outbox.claim(takeover))).toEqual([event.id]);
  });

  it('leaves old rows of another Region to their own command until the grace is over', async () => {
    const { outbox, insert, advance, now } = subject();
    const time = new Date(now() - 20 * minuteMs).toISOString();
    await insert([anEventIn(3, { originregion: afar, time })]);
    const takeover = claimOf({ owner, origin: afar, ageMsMin: 10 * minuteMs });
    expect(await outbox.claim(takeover)).toEqual([]);
    await advance(graceMs);
    expect(await outbox.claim(takeover)).toHaveLength(1);
  });

  it('gives rows of one Region out whatever waits there of another', async () => {
    const { outbox } = subject();
    await insertRows(...Array.from({ length: 5 }, () => anEventIn(3, { originregion: afar })));
    const event = anEventIn();
    await insertRows(event);
    const rows = await outbox.claim(claimOf({ owner, rowsMax: 2 }));
    expect(idsOf(rows)).toEqual([event.id]);
  });

  it('takes over as many rows as are asked for, those first that have been due for longest', async () => {
    const { outbox, advance } = subject();
    const events = Array.from({ length: 3 }, () => anEventIn(3, { originregion: afar }));
    for (const event of events) await insertRows(event);
    await advance(20 * minuteMs);
    const takeover = { owner, origin: afar, ageMsMin: minuteMs, rowsMax: 2 };
    const rows = await outbox.claim(claimOf(takeover));
    expect(idsOf(rows)).toEqual(idsOf(events.slice(0, 2).map((event) => ({ event }))));
  });
};
