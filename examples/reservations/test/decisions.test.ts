import { decisionOf } from 'antipode/testing';
import { describe, expect, it } from 'vitest';
import { decideNext } from '../src/domain/payment-process.ts';
import { decideReport } from '../src/domain/report-payment.ts';
import type { Payment, Reservation, Show } from '../src/domain/reservations.ts';
import { decideReserve } from '../src/domain/reserve.ts';
import { reservations } from '../src/reservations.ts';

const show: Show = { id: 'hamlet', seats: 10, free: 3 };
const unpaid: Reservation = {
  ...{ id: 'r-1', show: 'hamlet', customer: 'ada', seats: 2 },
  ...{ status: 'unpaid', declined: 0, version: 2 },
};
const payment: Payment = { id: 'p-1', reservation: 'r-1', status: 'received' };
const dueAt = 2_000_000_000_000;

describe('a reservation', () => {
  const reserve = decisionOf(reservations, decideReserve);
  const command = { key: 'r-1', show: 'hamlet', customer: 'ada', seats: 2 };

  it('takes its seats, and commits its first timeout in the version that it waits in', () => {
    expect(decideReserve({ show }, command, dueAt)).toMatchObject({
      state: { show: { ...show, free: 1 }, reservation: unpaid },
      events: [
        { type: 'SeatsReserved', aggregateVersion: 1 },
        { type: 'PaymentDue', aggregateVersion: unpaid.version, notBefore: dueAt },
      ],
    });
  });

  it('needs a show, free seats, and a key of its own', () => {
    reserve.given({}).when(command).thenRefused('ShowNotFound');
    const sold = { show: { ...show, free: 1 } };
    reserve.given(sold).when(command).thenRefused('SoldOut');
    reserve.given({ show, reservation: unpaid }).when(command).thenRefused('ReservationExists');
  });
});

describe('a report of a payment', () => {
  const report = decisionOf(reservations, decideReport);
  const command = { key: 'p-1', reservation: 'r-1', outcome: 'received' } as const;

  it.each(['unpaid', 'paid', 'expired'] as const)(
    'is taken for a reservation that is %s',
    (status) => {
      report
        .given({ reservation: { ...unpaid, status } })
        .when(command)
        .thenState({ payment })
        .thenEvents({ type: 'PaymentReceived', data: { reservation: 'r-1', payment: 'p-1' } });
    },
  );

  it('needs a reservation, and a key of its own', () => {
    report.given({}).when(command).thenRefused('ReservationNotFound');
    report.given({ reservation: unpaid, payment }).when(command).thenRefused('PaymentExists');
  });
});

describe('the process', () => {
  type Heard = Pick<Parameters<typeof decideNext>[1], 'type' | 'aggregateversion'>;
  const process = decisionOf(
    reservations,
    (state: Parameters<typeof decideNext>[0], heard: Heard) => decideNext(state, heard, dueAt),
  );
  const due = (aggregateversion: number) => ({ type: 'PaymentDue', aggregateversion }) as const;
  const received = { type: 'PaymentReceived', aggregateversion: 1 } as const;
  const declined = { type: 'PaymentDeclined', aggregateversion: 1 } as const;
  const data = { reservation: 'r-1' };
  const paid = { ...data, payment: 'p-1' };

  it('accepts the first payment in time', () => {
    process
      .given({ show, reservation: unpaid, payment })
      .when(received)
      .thenState({
        reservation: { ...unpaid, status: 'paid', version: 3 },
        payment: { ...payment, status: 'accepted' },
      })
      .thenEvents({ type: 'ReservationPaid', aggregateVersion: 3, data: paid });
  });

  it.each(['paid', 'expired'] as const)('pays back what comes when it is %s', (status) => {
    process
      .given({ show, reservation: { ...unpaid, status, version: 3 }, payment })
      .when(received)
      .thenState({ payment: { ...payment, status: 'returned' } })
      .thenEvents({ type: 'PaymentReturned', subject: 'p-1', aggregateVersion: 2, data: paid });
  });

  it('frees the seats at its timeout', () => {
    process
      .given({ show, reservation: unpaid, payment: undefined })
      .when(due(2))
      .thenState({
        show: { ...show, free: 5 },
        reservation: { ...unpaid, status: 'expired', version: 3 },
      })
      .thenEvents({ type: 'ReservationExpired', data });
  });

  it('waits once more after a payment that failed, and then ignores the first timeout', () => {
    const again = { ...unpaid, declined: 1, version: 3 };
    process
      .given({ show, reservation: unpaid })
      .when(declined)
      .thenState({ reservation: again })
      .thenEvents({ type: 'PaymentDue', aggregateVersion: 3, notBefore: dueAt, data });
    process.given({ show, reservation: again }).when(declined).thenEvents();
    process.given({ show, reservation: again }).when(due(2)).thenState({}).thenEvents();
    process
      .given({ show, reservation: again })
      .when(due(3))
      .thenEvents({ type: 'ReservationExpired', data });
  });

  it.each(['paid', 'expired'] as const)('ignores each timeout when it is %s', (status) => {
    for (const version of [2, 3]) {
      const reservation = { ...unpaid, status, version: 3 };
      process.given({ show, reservation }).when(due(version)).thenState({}).thenEvents();
    }
  });

  it('ignores a payment that it has judged, and a reservation that nobody knows', () => {
    const judged = { ...payment, status: 'accepted' } as const;
    process.given({ show, reservation: unpaid, payment: judged }).when(received).thenEvents();
    process.given({}).when(due(2)).thenEvents();
  });
});
