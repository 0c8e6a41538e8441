import { type DsqlRepository, template } from 'antipode/dsql';
import type { Kysely } from 'kysely';
import type { Booking, BookingQuery, Payment, Reservation, Show } from '../domain/reservations.ts';
import type { Tables } from './tables.ts';

type Id = { readonly id: string };

export const createBookings = (
  db: Kysely<Tables>,
): DsqlRepository<BookingQuery, Booking, [Show, Reservation, Payment]> => {
  const showById = template(({ id }: Id) =>
    db.selectFrom('reservations.shows').selectAll().where('id', '=', id),
  );
  const showOfReservation = template(({ id }: Id) =>
    db
      .selectFrom('reservations.reservations as reservation')
      .innerJoin('reservations.shows as show', 'show.id', 'reservation.show')
      .selectAll('show')
      .where('reservation.id', '=', id),
  );
  const reservationById = template(({ id }: Id) =>
    db.selectFrom('reservations.reservations').selectAll().where('id', '=', id),
  );
  const paymentById = template(({ id }: Id) =>
    db.selectFrom('reservations.payments').selectAll().where('id', '=', id),
  );
  const updateShow = template(({ id, free }: Show) =>
    db.updateTable('reservations.shows').set({ free }).where('id', '=', id),
  );
  const putReservation = template(
    ({ id, show, customer, seats, status, declined, version }: Reservation) =>
      db
        .insertInto('reservations.reservations')
        .values({ id, show, customer, seats, status, declined, version })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ status, declined, version })),
  );
  const putPayment = template(({ id, reservation, status }: Payment) =>
    db
      .insertInto('reservations.payments')
      .values({ id, reservation, status })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ status })),
  );
  return {
    empty: {},
    load: ({ reservation, show, payment }) => [
      show === undefined ? showOfReservation({ id: reservation }) : showById({ id: show }),
      reservationById({ id: reservation }),
      paymentById({ id: payment ?? '' }),
    ],
    toState: ([[show], [reservation], [payment]]) => ({ show, reservation, payment }),
    save: ({ show, reservation, payment }) => [
      ...(show ? [updateShow(show)] : []),
      ...(reservation ? [putReservation(reservation)] : []),
      ...(payment ? [putPayment(payment)] : []),
    ],
  };
};
