import { type DsqlRepository, insertOnly, template } from 'antipode/dsql';
import type { Kysely } from 'kysely';
import type { Booking, BookingQuery, Reservation, Show } from '../domain/bookings.ts';
import type { Notice } from '../domain/notices.ts';
import type { Occupancy } from '../domain/occupancy.ts';
import type { Tables } from './tables.ts';

type Id = { readonly id: string };

export const createBookings = (
  db: Kysely<Tables>,
): DsqlRepository<BookingQuery, Booking, [Show, Reservation]> => {
  const showById = template(({ id }: Id) =>
    db.selectFrom('booking.shows').selectAll().where('id', '=', id),
  );
  const showOfReservation = template(({ id }: Id) =>
    db
      .selectFrom('booking.reservations as reservation')
      .innerJoin('booking.shows as show', 'show.id', 'reservation.show')
      .selectAll('show')
      .where('reservation.id', '=', id),
  );
  const reservationById = template(({ id }: Id) =>
    db.selectFrom('booking.reservations').selectAll().where('id', '=', id),
  );
  const updateShow = template(({ id, free, version }: Show) =>
    db.updateTable('booking.shows').set({ free, version }).where('id', '=', id),
  );
  const putReservation = template(({ id, show, customer, seats, status }: Reservation) =>
    db
      .insertInto('booking.reservations')
      .values({ id, show, customer, seats, status })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ status })),
  );
  return {
    empty: { show: undefined, reservation: undefined },
    load: ({ reservation, show }) => [
      show === undefined ? showOfReservation({ id: reservation }) : showById({ id: show }),
      reservationById({ id: reservation }),
    ],
    toState: ([[show], [reservation]]) => ({ show, reservation }),
    save: ({ show, reservation }) => [
      ...(show ? [updateShow(show)] : []),
      ...(reservation ? [putReservation(reservation)] : []),
    ],
  };
};

export const createOccupancies = (
  db: Kysely<Tables>,
): DsqlRepository<{ readonly show: string }, Occupancy, [Occupancy]> => {
  const empty = { show: '', reservations: 0, seats: 0 };
  const occupancyOf = template(({ show }: { show: string }) =>
    db.selectFrom('booking.occupancy').selectAll().where('show', '=', show),
  );
  const put = template(({ show, reservations, seats }: Occupancy) =>
    db
      .insertInto('booking.occupancy')
      .values({ show, reservations, seats })
      .onConflict((conflict) => conflict.column('show').doUpdateSet({ reservations, seats })),
  );
  return {
    empty,
    load: ({ show }) => [occupancyOf({ show })],
    toState: ([[row = empty]]) => row,
    save: (occupancy) => [put(occupancy)],
  };
};

export const createNotices = (db: Kysely<Tables>) =>
  insertOnly(
    template(({ reservation, region, text }: Notice) =>
      db.insertInto('booking.notices').values({ reservation, region, text }),
    ),
  );
