import { accept, defineService } from 'antipode/domain';
import {
  commandContract,
  consumersContract,
  createTestService,
  decisionOf,
  repositoryContract,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { box, decideReserve, reserve } from './seats.ts';
import { shows } from './shows.ts';

const office = defineService({ ...box, consumers: { receipts: { on: ['SeatsReserved'] } } });
const hamlet = { id: 'hamlet', free: 3, version: 7 };

let database: TestDatabase;
let service: TestService<typeof office>;
const clock = testClock();
beforeAll(async () => {
  database = await startTestDatabase(office);
  service = createTestService(office, database, {
    clock,
    consumers: {
      receipts:
        ({ runner }) =>
        ({ data }, run) =>
          runner(shows).run({
            ...run,
            load: { id: data.show },
            decide: (show) => accept({ state: show, events: [], result: { left: show.free } }),
          }),
    },
  });
}, 60_000);
afterAll(() => database.stop());

type Tables = { 'box.shows': { id: string; free: number; version: number } };
const openShows = async () => {
  await service.reset();
  const shown = [hamlet, { ...hamlet, id: 'macbeth' }];
  await database.primary.db<Tables>().insertInto('box.shows').values(shown).execute();
};

it('refuses more seats than there are, without a database', () => {
  const decision = decisionOf(office, decideReserve).given(hamlet);
  decision.when({ id: 'r-1', show: 'hamlet', seats: 4 }).thenRefused('SoldOut');
  decision
    .when({ id: 'r-1', show: 'hamlet', seats: 2 })
    .thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet', seats: 2 } });
});

describe('a reservation', () => {
  beforeEach(openShows);
  const command = { id: 'r-1', show: 'hamlet', seats: 2 };

  it('publishes what has happened', async () => {
    const { primary, bus } = service;
    const outcome = await reserve(primary.runner(shows))(command, primary.run());
    expect(outcome).toMatchObject({ status: 'committed', result: { left: 1 } });
    const time = new Date(clock.now()).toISOString();
    expect(bus.published).toMatchObject([{ type: 'SeatsReserved', subject: 'hamlet', time }]);
  });

  it('is published later where the bus was down, and handled once where it comes twice', async () => {
    const { primary, bus } = service;
    bus.setReachable(false);
    await reserve(primary.runner(shows))(command, primary.run());
    bus.setReachable(true);
    expect(await service.relay()).toBe(1);
    const delivered = await service.deliver({ copies: 2 });
    expect(delivered.map(({ status }) => status)).toEqual(['committed', 'replayed']);
  });

  it('is published by a later run of the relay where the bus was busy', async () => {
    const { primary, bus } = service;
    bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    await reserve(primary.runner(shows))(command, primary.run());
    expect(await service.relay()).toBe(0);
    bus.setRejection();
    await service.advance(3_600_000);
    expect(await service.relay()).toBe(1);
  });
});

const next = { ...hamlet, free: 0, version: 8 };
describe('the repository of shows', () => {
  const suite = repositoryContract({
    createSubject: async () => {
      await openShows();
      return { region: database.primary, repository: shows };
    },
    unknown: { id: 'nobody' },
    states: { 'a show': { query: { id: 'hamlet' }, state: hamlet, next } },
  });
  for (const { name, run } of suite) it(name, run);
});

describe('the command reserve', () => {
  const suite = commandContract({
    createSubject: async () => {
      await openShows();
      return service;
    },
    send: ({ runner, run }, id, content: { show: string; seats: number }) =>
      reserve(runner(shows))({ id, ...content }, run()),
    command: { show: 'hamlet', seats: 1 },
    others: { show: 'macbeth', seats: 2 },
  });
  for (const { name, run } of suite) it(name, run);
});

describe('the consumers of the office', () => {
  const suite = consumersContract({
    createSubject: async () => {
      await openShows();
      const { runner, run } = service.primary;
      await reserve(runner(shows))({ id: 'r-1', show: 'hamlet', seats: 2 }, run());
      return service;
    },
  });
  for (const { name, run } of suite) it(name, run);
});
