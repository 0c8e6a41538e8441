import { number, object, pipe, safeInteger, string } from 'valibot';
import { type DsqlRepository, statement } from '../../src/adapters/dsql/index.ts';
import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  type DecidedEventOf,
  type Decision,
  defineService,
  type RunContext,
  refuse,
  type WorkRunner,
} from '../../src/domain/kernel/index.ts';

/** A small service, as a user of the test kit declares one. */
export const booking = defineService({
  name: 'booking',
  source: 'shop.booking',
  schema: 'booking',
  migrations: [
    {
      id: 'booking-0001-shows',
      ddl: 'CREATE TABLE IF NOT EXISTS booking.shows (id text PRIMARY KEY, free bigint NOT NULL, version bigint NOT NULL, name text UNIQUE)',
    },
    {
      id: 'booking-0002-occupancy',
      ddl: 'CREATE TABLE IF NOT EXISTS booking.occupancy (region text, show text, seats bigint NOT NULL, PRIMARY KEY (region, show))',
    },
  ],
  events: {
    SeatsReserved: {
      version: 2,
      oldestVersion: 2,
      schema: object({ show: string(), seats: pipe(number(), safeInteger()) }),
      scope: 'all-regions',
    },
    ShowClosed: { version: 1, schema: object({ show: string() }) },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'ShowClosed'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});
export type Booking = typeof booking;
type BookingEvent = DecidedEventOf<Booking>;

export type Show = {
  readonly id: string;
  readonly free: number;
  readonly version: number;
  readonly name: string | null;
};
export type ShowQuery = { readonly id: string };
type ShowRow = {
  readonly id: string;
  readonly free: string;
  readonly version: string;
  readonly name: string | null;
};

export const noShow: Show = { id: '', free: 0, version: 0, name: null };

export const shows: DsqlRepository<ShowQuery, Show, [ShowRow]> = {
  empty: noShow,
  load: ({ id }) => [
    statement<ShowRow>('SELECT id, free, version, name FROM booking.shows WHERE id = $1', id),
  ],
  toState: ([[row]]) =>
    row ? { ...row, free: Number(row.free), version: Number(row.version) } : noShow,
  save: ({ id, free, version, name }) => [
    statement(
      `INSERT INTO booking.shows (id, free, version, name) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET free = excluded.free, version = excluded.version, name = excluded.name`,
      ...[id, free, version, name],
    ),
  ],
  refusalOf: (constraint) =>
    constraint === 'shows_name_key' ? refuse('NameTaken', 'Choose another name') : undefined,
};

export type Reserve = { readonly show: string; readonly seats: number };

export const decideReserve = (
  show: Show,
  { seats }: Reserve,
): Decision<Show, { readonly left: number }, BookingEvent> => {
  if (seats > show.free) return refuse('SoldOut', `${show.free} seats are left`);
  const version = show.version + 1;
  const data = { show: show.id, seats };
  return accept({
    state: { ...show, free: show.free - seats, version },
    events: [
      {
        type: 'SeatsReserved',
        schemaVersion: 2,
        subject: show.id,
        aggregateVersion: version,
        data,
      },
    ],
    result: { left: show.free - seats },
  });
};

export const createReserve =
  (runner: WorkRunner<ShowQuery, Show, BookingEvent>) =>
  (key: string, command: Reserve, run: RunContext) =>
    runner.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['reserve', command]) },
      load: { id: command.show },
      decide: (show) => decideReserve(show, command),
    });

type Seats = { readonly region: string; readonly show: string; readonly seats: number };

/** Adds to what is stored: its state is what is new. */
export const occupancy: DsqlRepository<never, readonly Seats[]> = {
  empty: [],
  load: () => [],
  toState: () => [],
  save: (added) =>
    added.map(({ region, show, seats }) =>
      statement(
        `INSERT INTO booking.occupancy AS known (region, show, seats) VALUES ($1, $2, $3)
          ON CONFLICT (region, show) DO UPDATE SET seats = known.seats + excluded.seats`,
        ...[region, show, seats],
      ),
    ),
};

/** Counts what is reserved, under the name of the Region that it is counted in. */
export const countSeats =
  (runner: WorkRunner<never, readonly Seats[], BookingEvent>, region: string) =>
  (event: ConsumerEvent<Booking, 'occupancy'>, run: ConsumerContext) =>
    runner.run({
      ...run,
      load: null,
      decide: () =>
        accept({
          state:
            event.type === 'SeatsReserved'
              ? [{ region, show: event.data.show, seats: event.data.seats }]
              : [],
          events: [],
          result: null,
        }),
    });
