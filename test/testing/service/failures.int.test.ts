import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../../src/testing/index.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import { createTheatre, theatre } from '../theatre.ts';

let database: TestDatabase;
let stage: ReturnType<typeof createTheatre>;
beforeAll(async () => {
  database = await startTestDatabase(theatre, { postgres: postgresUrl() });
  stage = createTheatre(database);
});
beforeEach(() => stage.open());
afterAll(() => database?.stop());

/** Time for the other Region to take over, and for the attempts after that. Milliseconds. */
const takeoverMs = 300_000;

const treeOf = async (options = {}) => (await stage.service.settle(options)).tree;

/** The parts of a tree that name one consumer. */
const linesOf = (tree: readonly string[], name: string) =>
  tree.map((line) => line.trim()).filter((line) => line.startsWith(name));

describe('a command that crashes', () => {
  it('before COMMIT has done nothing, and may come again', async () => {
    stage.service.failures.crashNext('before-commit');
    await expect(stage.reserve('r-1')).rejects.toThrow('The process has crashed before commit');
    expect(await treeOf()).toEqual([
      'r-1 in us-east-1: failed: The process has crashed before commit, as the test has asked',
    ]);
    expect(await stage.reserve('r-1')).toMatchObject({ status: 'committed' });
  });

  it('after COMMIT has its events published by the relay', async () => {
    stage.service.failures.crashNext('after-commit', 'r-2');
    expect(await stage.reserve('r-1')).toMatchObject({ status: 'committed' });
    await expect(stage.reserve('r-2')).rejects.toThrow('crashed after commit');
    expect(stage.service.bus.published).toHaveLength(1);
    expect(await stage.reserve('r-2')).toMatchObject({ status: 'replayed' });
    const tree = await treeOf();
    expect(linesOf(tree, 'SeatsReserved')).toEqual([
      'SeatsReserved of hamlet',
      'SeatsReserved of hamlet, by the relay of us-east-1',
    ]);
    expect(await stage.counted()).toEqual({ 'us-east-1': 4 });
  });

  it('after it has published is published twice, and takes effect once', async () => {
    stage.service.failures.crashNext('after-publish');
    await expect(stage.reserve('r-1')).rejects.toThrow('crashed after publish');
    const tree = await treeOf();
    expect(tree[1]).toBe('  SeatsReserved of hamlet, published 2 times');
    expect(linesOf(tree, 'occupancy')).toEqual([
      'occupancy in us-east-1: committed',
      'occupancy in us-east-1: replayed',
    ]);
    expect(await stage.counted()).toEqual({ 'us-east-1': 2 });
  });

  it('does not crash where it does not come to the step, and the next one does', async () => {
    await stage.reserve('r-1');
    stage.service.failures.crashNext('after-commit');
    expect(await stage.reserve('r-1')).toMatchObject({ status: 'replayed' });
    await expect(stage.reserve('r-2')).rejects.toThrow('crashed after commit');
    expect(await stage.reserve('r-3')).toMatchObject({ status: 'committed' });
  });
});

describe('a consumer that crashes', () => {
  it.each([
    ['before-commit', 'committed'],
    ['after-commit', 'replayed'],
    ['after-publish', 'replayed'],
  ] as const)('%s gets its event again, with one effect', async (step, status) => {
    await stage.reserve('r-1');
    stage.service.failures.crashNext(step, 'occupancy');
    const lines = linesOf(await treeOf(), 'occupancy');
    expect(lines[0]).toContain(`failed: The process has crashed ${step.replace('-', ' ')}`);
    expect(lines.slice(1)).toEqual([`occupancy in us-east-1: ${status}`]);
    expect(await stage.counted()).toEqual({ 'us-east-1': 2 });
  });
});

describe('a COMMIT', () => {
  it('that meets a conflict is decided again', async () => {
    stage.service.failures.conflictNext();
    expect(await stage.reserve('r-1')).toMatchObject({ status: 'committed', result: { left: 7 } });
    const { commands } = await stage.service.settle();
    expect(commands).toMatchObject([{ attempts: 2, status: 'committed' }]);
    expect(commands[0]?.events).toHaveLength(1);
  });

  it('whose answer is lost has taken effect', async () => {
    stage.service.failures.loseAnswerNext('secondary');
    expect(await stage.reserve('r-1')).toMatchObject({ status: 'committed' });
    expect(await stage.reserve('r-2', stage.service.secondary)).toMatchObject({
      ...{ status: 'replayed', result: { left: 5 } },
    });
    const { commands } = await stage.service.settle();
    expect(commands[1]).toMatchObject({ name: 'r-2', status: 'replayed' });
    expect(commands[1]?.events).toHaveLength(1);
    expect(await stage.counted()).toEqual({ 'us-east-1': 2, 'us-west-2': 2 });
  });

  it('of a consumer fails too', async () => {
    await stage.reserve('r-1');
    stage.service.failures.conflictNext();
    stage.service.failures.loseAnswerNext();
    const tree = await treeOf();
    // The first two attempts of the first consumer meet them, one each.
    expect(linesOf(tree, 'occupancy')).toEqual(['occupancy in us-east-1: replayed, 3 attempts']);
    expect(linesOf(tree, 'ShowClosed')).toHaveLength(1);
    expect(await stage.counted()).toEqual({ 'us-east-1': 2 });
  });
});

describe('a Region that is lost', () => {
  it('runs nothing, and the other one publishes its events when they are old enough', async () => {
    const { service } = stage;
    service.failures.crashNext('after-commit');
    await expect(stage.reserve('r-1')).rejects.toThrow('crashed');
    service.failures.loseRegion('primary');
    await expect(stage.reserve('r-2')).rejects.toThrow('The primary Region is lost');
    expect(await stage.reserve('r-3', service.secondary)).toMatchObject({ status: 'committed' });
    const { open, tree } = await service.settle({ withinMs: takeoverMs, allowOpen: true });
    expect(linesOf(tree, 'SeatsReserved')).toEqual([
      expect.stringMatching(/^SeatsReserved of hamlet, by the relay of us-west-2 after \d+ s$/),
      'SeatsReserved of hamlet',
    ]);
    expect(open).toHaveLength(3);
    for (const line of open) expect(line).toContain('waits: us-east-1 is lost');
    service.failures.restoreRegion('primary');
    await service.settle();
    expect(await stage.counted()).toEqual({ 'us-east-1': 2, 'us-west-2': 2 });
  });

  it('has its events in the outbox until then', async () => {
    const { service } = stage;
    service.failures.crashNext('after-commit');
    await expect(stage.reserve('r-1')).rejects.toThrow('crashed');
    service.failures.loseRegion('primary');
    await expect(service.settle()).rejects.toThrow('waits in the outbox of us-east-1');
    expect(await service.relay()).toBe(0);
    await service.advance(takeoverMs);
    expect(await service.relay()).toBe(1);
  });
});

it('a link that is cut keeps the copies of events until it is joined', async () => {
  const { service } = stage;
  service.failures.cutLink();
  await stage.reserve('r-1');
  const { open, tree } = await service.settle({ allowOpen: true });
  expect(open).toEqual([
    expect.stringMatching(/^notices in us-west-2 .* waits: the link between the Regions is cut$/),
  ]);
  expect(linesOf(tree, 'occupancy')).toHaveLength(1);
  service.failures.mendLink();
  expect(linesOf(await treeOf(), 'notices')).toEqual(['notices in us-west-2: committed']);
});

it('the clock of one Region is set before the clock of the test', async () => {
  const { service, clock } = stage;
  service.failures.moveClock('secondary', -90_000);
  expect(service.primary.run().now).toBe(clock.now());
  expect(service.secondary.run().now).toBe(clock.now() - 90_000);
  expect(service.secondary.clock.now()).toBe(clock.now() - 90_000);
  await stage.reserve('r-1', service.secondary);
  expect(service.bus.published).toMatchObject([
    { time: new Date(clock.now() - 90_000).toISOString() },
  ]);
});

describe('the bus', () => {
  it('loses an event that it has taken, and nobody hears of it', async () => {
    const { bus } = stage.service;
    bus.setLoss(({ consumer }) => consumer === 'occupancy');
    await stage.reserve('r-1');
    bus.setLoss();
    expect(linesOf(await treeOf(), 'occupancy')).toEqual([]);
    await stage.reserve('r-2');
    await stage.service.settle();
    expect(await stage.counted()).toEqual({ 'us-east-1': 2 });
  });

  it('delays an event until the test lets it go', async () => {
    const { service } = stage;
    service.bus.setDelay(({ consumer }) => consumer === 'occupancy');
    await stage.reserve('r-1');
    const { open } = await service.settle({ allowOpen: true });
    expect(open).toEqual([expect.stringMatching(/^occupancy .* waits: the test delays it$/)]);
    service.bus.setDelay();
    expect(linesOf(await treeOf(), 'occupancy')).toEqual(['occupancy in us-east-1: committed']);
  });

  it('delivers in a random order, with duplicates, which a seed repeats', async () => {
    const { service } = stage;
    const orderOf = async (seed: number) => {
      await stage.open();
      for (const key of ['r-1', 'r-2', 'r-3', 'r-4']) await stage.reserve(key);
      const { deliveries } = await service.settle({ seed });
      expect(await stage.counted()).toEqual({ 'us-east-1': 8 });
      return deliveries.map(({ name, status }) => `${name} ${status}`);
    };
    const first = await orderOf(7);
    expect(await orderOf(7)).toEqual(first);
    expect(await orderOf(8)).not.toEqual(first);
    expect(first.filter((one) => one.endsWith('replayed')).length).toBeGreaterThan(0);
  });
});

it('a reset ends all failures', async () => {
  const { service } = stage;
  service.failures.crashNext('before-commit');
  service.failures.conflictNext();
  service.failures.loseRegion('primary');
  service.failures.cutLink();
  service.failures.moveClock('primary', 1);
  service.bus.setLoss(() => true);
  service.bus.setDelay(() => true);
  await stage.open();
  expect(service.primary.run().now).toBe(stage.clock.now());
  await stage.reserve('r-1');
  const { commands, deliveries } = await service.settle();
  expect(commands).toMatchObject([{ status: 'committed', attempts: 1 }]);
  expect(deliveries).toHaveLength(3);
});
