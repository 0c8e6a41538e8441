import { describe, expect, it } from 'vitest';
import { reserve, box as service } from '../../docs/examples/seats.ts';
import type { MemoryRepository } from '../../src/adapters/memory/index.ts';
import { refuse } from '../../src/domain/kernel/index.ts';
import { acceptingBus, memoryService } from '../support/memory-service.ts';

type Show = { readonly id: string; readonly free: number; readonly version: number };

const shows: MemoryRepository<{ readonly id: string }, Show> = {
  empty: { id: '', free: 0, version: 0 },
  load: (transaction, { id }) => transaction.get<Show>('shows', id) ?? shows.empty,
  save: (transaction, show) => {
    transaction.put('shows', show.id, show);
    return undefined;
  },
};

const boxOffice = () => {
  const { clock, database, runnerOf } = memoryService();
  const transaction = database.begin();
  transaction.put('shows', 'hamlet', { id: 'hamlet', free: 3, version: 7 });
  transaction.commit();
  const box = runnerOf(shows, {
    catalogue: service.catalogue,
    publisher: acceptingBus().publisher,
  });
  const run = () => ({
    causation: { correlationid: 'c' },
    now: clock.now(),
    deadline: clock.now() + 10_000,
  });
  const free = () => database.begin().get<Show>('shows', 'hamlet')?.free;
  const committed = () =>
    database
      .begin()
      .all<{ readonly event: unknown }>('outbox')
      .map(({ event }) => event);
  return { box, run, free, committed };
};

const command = { id: 'r-1', show: 'hamlet', seats: 2 };

describe('the box office of the documents', () => {
  it('reserves once, however often it is asked', async () => {
    const { box, run, free } = boxOffice();
    expect(await reserve(box)(command, run())).toMatchObject({ status: 'committed' });
    const replay = await reserve(box)(command, run());
    expect(replay).toEqual({ status: 'replayed', result: { left: 1 } });
    expect(free()).toBe(1);
  });

  it('commits an event that its readers read', async () => {
    const { box, run, committed } = boxOffice();
    await reserve(box)(command, run());
    const events = committed().map((event) => service.catalogue.parse(event));
    expect(events).toMatchObject([
      { type: 'SeatsReserved', subject: 'hamlet', aggregateversion: 8, data: { seats: 2 } },
    ]);
  });

  it('refuses another request under the same id', async () => {
    const { box, run } = boxOffice();
    await reserve(box)(command, run());
    expect(await reserve(box)({ ...command, seats: 1 }, run())).toEqual({ status: 'mismatched' });
  });

  it('does not answer another operation on the same content as a reservation', async () => {
    const { box, run } = boxOffice();
    await reserve(box)(command, run());
    for (const fingerprint of ['hamlet 2', JSON.stringify(['hamlet', 2])]) {
      const cancelled = box.run({
        ...run(),
        once: { kind: 'command', key: command.id, fingerprint },
        load: { id: 'hamlet' },
        decide: () => refuse('NotYet', 'It is not to be decided'),
      });
      expect(await cancelled).toEqual({ status: 'mismatched' });
    }
  });
});
