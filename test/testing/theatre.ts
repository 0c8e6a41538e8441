import {
  accept,
  type DecidedEventOf,
  type Decision,
  defineService,
} from '../../src/domain/kernel/index.ts';
import {
  createTestService,
  type TestDatabase,
  type TestRegion,
  testClock,
  testIds,
} from '../../src/testing/index.ts';
import { booking, countSeats, createReserve, noShow, occupancy, shows } from './booking.ts';

/** A booking service whose shows close an hour after their last reservation, in a test. */
export const theatre = defineService({
  ...booking,
  consumers: { ...booking.consumers, closing: { on: ['SeatsReserved', 'ShowClosed'] } },
});
export type Theatre = typeof theatre;

type Closed = Extract<DecidedEventOf<Theatre>, { readonly type: 'ShowClosed' }>;

export const closesAfterMs = 3_600_000;

/** Whether the consumer of a kind of event fails, which a test may change. */
export type Trouble = { closing?: Error; keepsClosing?: boolean };

type Tables = {
  readonly 'booking.shows': { id: string; free: number; version: number };
  readonly 'booking.occupancy': { region: string; show: string; seats: string };
};

/** The theatre in two Regions, with the clock of the test. */
export const createTheatre = (database: TestDatabase) => {
  const trouble: Trouble = {};
  const clock = testClock();
  const service = createTestService(theatre, database, {
    clock,
    ids: testIds(),
    consumers: {
      occupancy: ({ runner, region }) => countSeats(runner(occupancy) as never, region),
      notices:
        ({ runner }) =>
        async (_event, run) =>
          runner(shows).run({
            ...run,
            decide: () =>
              accept<typeof noShow, null, never>({ state: noShow, events: [], result: null }),
          }),
      closing:
        ({ runner }) =>
        async (event, run) => {
          if (trouble.closing) throw trouble.closing;
          const { show } = event.data;
          const closed: Closed = {
            ...{ type: 'ShowClosed', schemaVersion: 1, subject: show, aggregateVersion: 1 },
            ...{ data: { show }, notBefore: run.now + closesAfterMs },
          } as const;
          const closes = event.type === 'SeatsReserved' || trouble.keepsClosing;
          return runner(occupancy).run({
            ...run,
            load: null,
            decide: (): Decision<readonly never[], null, Closed> =>
              accept({ state: [], events: closes ? [closed] : [], result: null }),
          });
        },
    },
  });
  const open = async (): Promise<void> => {
    delete trouble.closing;
    delete trouble.keepsClosing;
    await service.reset();
    const hamlet = { id: 'hamlet', free: 9, version: 0 };
    await service.primary.db<Tables>().insertInto('booking.shows').values(hamlet).execute();
  };
  const reserve = (key: string, { runner, run }: TestRegion<Theatre> = service.primary) =>
    createReserve(runner(shows) as never)(key, { show: 'hamlet', seats: 2 }, run());
  /** The seats that are counted, by the Regions that have counted them. */
  const counted = async (): Promise<Readonly<Record<string, number>>> => {
    const rows = service.secondary.db<Tables>().selectFrom('booking.occupancy');
    const found = await rows.select(['region', 'seats']).orderBy('region').execute();
    return Object.fromEntries(found.map(({ region, seats }) => [region, Number(seats)]));
  };
  return { service, clock, trouble, open, reserve, counted };
};
