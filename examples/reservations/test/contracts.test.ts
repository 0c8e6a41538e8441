import {
  commandContract,
  consumersContract,
  createTestService,
  repositoryContract,
  type Suite,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from 'antipode/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createBookings } from '../src/adapters/repositories.ts';
import { paymentMsMax } from '../src/config.ts';
import { createReportPayment, type ReportPayment } from '../src/domain/report-payment.ts';
import type { Booking } from '../src/domain/reservations.ts';
import { createReserve, type Reserve } from '../src/domain/reserve.ts';
import { payments } from '../src/handlers/consumers.ts';
import { reservations } from '../src/reservations.ts';

let database: TestDatabase;
let service: TestService<typeof reservations>;
beforeAll(async () => {
  database = await startTestDatabase(reservations);
  service = createTestService(reservations, database, { consumers: { payments } });
}, 120_000);
afterAll(() => database?.stop());

const testEach = (title: string, suite: Suite) =>
  describe(title, () => {
    for (const { name, run } of suite) it(name, run);
  });

type Region = TestService<typeof reservations>['primary'];

const reserve = ({ db, runner, run }: Region, command: Reserve) =>
  createReserve(runner(createBookings(db())), paymentMsMax)(command, run());

const report = ({ db, runner, run }: Region, command: ReportPayment) =>
  createReportPayment(runner(createBookings(db())))(command, run());

const command = { show: 'hamlet', customer: 'ada', seats: 2 };
const received = { reservation: 'r-1', outcome: 'received' } as const;

const booked: Booking = {
  show: { id: 'hamlet', seats: 100, free: 98 },
  reservation: { id: 'r-1', ...command, status: 'unpaid', declined: 0, version: 2 },
  payment: { id: 'p-1', reservation: 'r-1', status: 'received' },
};

testEach(
  'the repository of bookings',
  repositoryContract({
    createSubject: async () => {
      await service.reset();
      return { region: database.primary, repository: createBookings(database.primary.db()) };
    },
    unknown: { reservation: 'nobody', show: 'nowhere', payment: 'none' },
    states: {
      'a reservation with its show and a payment': {
        query: { reservation: 'r-1', payment: 'p-1' },
        state: booked,
        next: {
          show: booked.show && { ...booked.show, free: 100 },
          reservation: booked.reservation && {
            ...{ ...booked.reservation, status: 'expired', declined: 1, version: 4 },
          },
          payment: booked.payment && { ...booked.payment, status: 'returned' },
        },
      },
    },
  }),
);

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
  'the report of a payment',
  commandContract({
    createSubject: async () => {
      await service.reset();
      for (const key of ['r-1', 'r-2']) await reserve(service.primary, { key, ...command });
      return service;
    },
    send: (region, key, content: Omit<ReportPayment, 'key'>) => report(region, { key, ...content }),
    command: received,
    others: { reservation: 'r-2', outcome: 'declined' },
  }),
);

testEach(
  'the consumer of reservations',
  consumersContract({
    createSubject: async () => {
      await service.reset();
      for (const key of ['r-1', 'r-2']) await reserve(service.secondary, { key, ...command });
      await report(service.secondary, { key: 'p-1', ...received });
      return service;
    },
  }),
);
