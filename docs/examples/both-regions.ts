import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { box, reserve } from './seats.ts';
import { shows } from './shows.ts';

/** The age at which the other Region publishes an event, and a run of its relay. */
const takeoverMs = 180_000;

let database: TestDatabase;
let service: TestService<typeof box>;
beforeAll(async () => {
  database = await startTestDatabase(box);
  service = createTestService(box, database, { clock: testClock(), consumers: {} });
}, 60_000);
beforeEach(async () => {
  await service.reset();
  const db = database.primary.db<{ 'box.shows': { id: string; free: number; version: number } }>();
  await db.insertInto('box.shows').values({ id: 'hamlet', free: 3, version: 7 }).execute();
});
afterAll(() => database.stop());

/** Sends a reservation of two seats to one Region. */
const send = (region: 'primary' | 'secondary', id: string) => {
  const { runner, run } = service[region];
  return reserve(runner(shows))({ id, show: 'hamlet', seats: 2 }, run());
};

it('answers a command again in the other Region', async () => {
  expect(await send('primary', 'r-1')).toMatchObject({ status: 'committed', result: { left: 1 } });
  expect(await send('secondary', 'r-1')).toMatchObject({ status: 'replayed', result: { left: 1 } });
});

it('sells the last seats once, where both Regions sell at the same time', async () => {
  const outcomes = await Promise.all([send('primary', 'r-1'), send('secondary', 'r-2')]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['committed', 'refused']);
});

it('publishes from the other Region when the first one is lost', async () => {
  service.failures.crashNext('after-commit');
  await expect(send('primary', 'r-1')).rejects.toThrow();
  service.failures.loseRegion('primary');
  const { tree } = await service.settle({ withinMs: takeoverMs });
  expect(tree.at(-1)).toContain('SeatsReserved of hamlet, by the relay of us-west-2');
  expect(service.bus.published).toHaveLength(1);
});
