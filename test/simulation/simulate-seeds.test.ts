import { expect, test } from 'vitest';
import {
  BrokenPromise,
  type FaultName,
  simulateSeeds,
} from '../../src/testing/simulation/index.ts';
import { scenario } from './bank/scenario.ts';

/** A bank with a promise that it keeps only as long as few accounts are open. */
const impossible: typeof scenario = {
  ...scenario,
  check: (rows) =>
    rows('accounts').length < 3 ? [] : [{ oracle: 'two accounts', message: 'There is a third' }],
};

const failed = async (options: Parameters<typeof simulateSeeds>[1]): Promise<BrokenPromise> => {
  const error: unknown = await simulateSeeds(impossible, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BrokenPromise) return error;
  throw new Error('No seed has broken the promise', { cause: error });
};

test('a seed that breaks a promise fails with its story, as short as it can be', async () => {
  const options = { seeds: 3, firstSeed: 4, commandCount: 20, faults: [] } as const;
  const { message, seed, story, violations } = await failed(options);
  expect(seed).toBe(4);
  expect(violations).toEqual([{ oracle: 'two accounts', message: 'There is a third' }]);
  expect(story.filter((line) => line.includes('is told'))).toHaveLength(3);
  expect(message).toContain('two accounts: There is a third');
  expect(message).toContain(story.at(-1));
});

test('its message has the call that plays the same seed again', async () => {
  const { message } = await failed({ seeds: 2, commandCount: 20, faults: ['crash'] });
  const call = /To repeat it: await simulateSeeds\(scenario, (.*)\)$/.exec(message)?.[1] ?? '';
  expect(JSON.parse(call)).toEqual({
    ...{ seeds: 1, firstSeed: 1, commandCount: 20, faults: ['crash'] },
  });
  const again = await failed(JSON.parse(call) as Parameters<typeof simulateSeeds>[1]);
  expect(again.message).toBe(message);
});

test.each([0, -1, 1.5, Number.NaN])('%s seeds are refused', async (seeds) => {
  await expect(simulateSeeds(scenario, { seeds })).rejects.toThrow('whole number of at least 1');
});

test.each([0, -3, Number.NaN])(
  '%s commands are refused: a seed would try nothing',
  async (count) => {
    const played = simulateSeeds(scenario, { seeds: 1, commandCount: count });
    await expect(played).rejects.toThrow('Give `commandCount` a whole number of at least 1');
  },
);

test('a scenario without commands is refused: its seeds would try nothing', async () => {
  const played = simulateSeeds({ ...scenario, commands: () => [] }, { seeds: 1 });
  await expect(played).rejects.toThrow('Let `commands` of the scenario give requests');
});

test.each([
  ['an error of the program', () => JSON.parse('{'), 'SyntaxError'],
  ['the clock of the machine', () => Date.now(), 'Date.now() was called'],
])('an API that never works because of %s breaks a promise', async (_, ask, message) => {
  const failing: typeof scenario = {
    ...scenario,
    api: () => async () => {
      ask();
      throw new Error('It has not thrown');
    },
    check: () => [],
  };
  const played = simulateSeeds(failing, { seeds: 1, commandCount: 3, faults: [] });
  await expect(played).rejects.toThrow(
    expect.objectContaining({ name: 'BrokenPromise', message: expect.stringContaining(message) }),
  );
  await expect(played).rejects.toThrow('no error of the program: The API in ');
});

test('a fault that does not exist is refused: a seed would play without it', async () => {
  const faults = ['crahs' as FaultName];
  const played = simulateSeeds(scenario, { seeds: 1, commandCount: 3, faults });
  await expect(played).rejects.toThrow('There is no fault "crahs": give some of crash, ');
});

test('two runs at once are refused, and the clock is there again afterwards', async () => {
  const run = (firstSeed: number) =>
    simulateSeeds(scenario, { seeds: 1, firstSeed, commandCount: 5 });
  const [first, second] = await Promise.allSettled([run(1), run(2)]);
  expect(first).toMatchObject({ status: 'fulfilled' });
  expect(second).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('already: play one') },
  });
  expect(Date.now()).toBeGreaterThan(Date.UTC(2026, 0, 1));
});
