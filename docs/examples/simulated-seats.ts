import type { MemoryRepository } from 'antipode/memory';
import { type Scenario, simulateSeeds } from 'antipode/simulation';
import { expect, it } from 'vitest';
import { box, reserve } from './seats.ts';
import type { Show } from './shows.ts';

const ids = ['faust', 'hamlet', 'tosca'];
const seatsOfShow = 90;

const shows: MemoryRepository<{ readonly id: string }, Show> = {
  empty: { id: '', free: 0, version: 0 },
  load: (transaction, { id }) =>
    transaction.get<Show>('shows', id) ?? { id, free: seatsOfShow, version: 0 },
  save: (transaction, show) => {
    transaction.put('shows', show.id, show);
    return undefined;
  },
};

const scenario: Scenario = {
  declaration: () => box,
  api: ({ runner }) => reserve(runner(shows)),
  consumers: {},
  commands: (random, count) =>
    Array.from({ length: count }, () => {
      const id = random.uuid();
      return { key: id, request: { id, show: random.pick(ids), seats: 1 + random.below(4) } };
    }),
  check: (rows, { events }) => {
    const told = [...events.values()].map(({ envelope }) => envelope.data as { seats: number });
    const reserved = told.reduce((sum, { seats }) => sum + seats, 0);
    const sold = rows<Show>('shows').reduce((sum, { free }) => sum + seatsOfShow - free, 0);
    const message = `${sold} seats are sold, and the events have ${reserved}`;
    return sold === reserved ? [] : [{ oracle: 'each sold seat has an event', message }];
  },
};

it('keeps every promise in two Regions', async () => {
  const { faultCount } = await simulateSeeds(scenario, { seeds: 5 });
  expect(faultCount).toBeGreaterThan(100);
}, 60_000);
