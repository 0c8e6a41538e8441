import {
  commandContract,
  consumersContract,
  createTestService,
  insertOnlyContract,
  repositoryContract,
  type Suite,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from 'antipode/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createBookings, createNotices, createOccupancies } from '../src/adapters/repositories.ts';
import { booking } from '../src/booking.ts';
import type { Booking, Reservation } from '../src/domain/bookings.ts';
import { createCancel } from '../src/domain/cancel.ts';
import { createReserve, type Reserve } from '../src/domain/reserve.ts';
import { notices, occupancy } from '../src/handlers/consumers.ts';

let database: TestDatabase;
let service: TestService<typeof booking>;
beforeAll(async () => {
  database = await startTestDatabase(booking);
  service = createTestService(booking, database, { consumers: { occupancy, notices } });
}, 120_000);
afterAll(() => database?.stop());

const testEach = (title: string, suite: Suite) =>
  describe(title, () => {
    for (const { name, run } of suite) it(name, run);
  });

/** `seats` of a show are reserved, and no others. */
const booked = (show: string, total: number, seats: number): Booking => ({
  show: { id: show, seats: total, free: total - seats, version: 1 },
  reservation: { id: `r-${show}`, show, customer: 'ada', seats, status: 'reserved' },
});

const cancelled = ({ show, reservation }: Booking): Booking => ({
  show: show && { ...show, free: show.seats, version: 2 },
  reservation: reservation && ({ ...reservation, status: 'cancelled' } satisfies Reservation),
});

const hamlet = booked('hamlet', 100, 2);
const macbeth = booked('macbeth', 1000, 8);

testEach(
  'the repository of bookings',
  repositoryContract({
    createSubject: async () => {
      await service.reset();
      return { region: database.primary, repository: createBookings(database.primary.db()) };
    },
    unknown: { reservation: 'nobody', show: 'nowhere' },
    states: {
      'a reservation and the show that is asked for': {
        query: { reservation: 'r-hamlet', show: 'hamlet' },
        state: hamlet,
        next: cancelled(hamlet),
      },
      'a reservation and its own show': {
        query: { reservation: 'r-macbeth' },
        state: macbeth,
        next: cancelled(macbeth),
      },
    },
  }),
);

testEach(
  'the repository of occupancies',
  repositoryContract({
    createSubject: async () => {
      await service.reset();
      return { region: database.secondary, repository: createOccupancies(database.secondary.db()) };
    },
    unknown: { show: 'nowhere' },
    states: {
      'the occupancy of a show': {
        query: { show: 'hamlet' },
        state: { show: 'hamlet', reservations: 1, seats: 2 },
        next: { show: 'hamlet', reservations: 3, seats: 9 },
      },
    },
  }),
);

testEach(
  'the repository of notices',
  insertOnlyContract({
    createSubject: async () => {
      await service.reset();
      return { region: database.primary, repository: createNotices(database.primary.db()) };
    },
    rows: { 'a notice': { reservation: 'r-1', region: 'us-east-1', text: 'two seats of hamlet' } },
  }),
);

const reserve = ({ db, runner, run }: TestService<typeof booking>['primary'], command: Reserve) =>
  createReserve(runner(createBookings(db())))(command, run());

const command = { show: 'hamlet', customer: 'ada', seats: 2 };

testEach(
  'the command reserve',
  commandContract({
    createSubject: async () => {
      await service.reset();
      return service;
    },
    send: (region, key, content: Omit<Reserve, 'key'>) => reserve(region, { key, ...content }),
    command,
    others: { show: 'macbeth', customer: 'bob', seats: 3 },
  }),
);

testEach(
  'the command cancel',
  commandContract({
    createSubject: async () => {
      await service.reset();
      for (const key of ['r-1', 'r-2']) await reserve(service.primary, { key, ...command });
      return service;
    },
    send: ({ db, runner, run }, key, content: { reservation: string }) =>
      createCancel(runner(createBookings(db())))({ key, ...content }, run()),
    command: { reservation: 'r-1' },
    others: { reservation: 'r-2' },
  }),
);

testEach(
  'the consumers of booking',
  consumersContract({
    createSubject: async () => {
      await service.reset();
      for (const key of ['r-1', 'r-2']) await reserve(service.secondary, { key, ...command });
      return service;
    },
  }),
);
