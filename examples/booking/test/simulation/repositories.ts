import type { MemoryRepository, MemoryTransaction } from 'antipode/memory';
import type { Booking, BookingQuery, Reservation, Show } from '../../src/domain/bookings.ts';
import type { Notice } from '../../src/domain/notices.ts';
import type { Occupancy } from '../../src/domain/occupancy.ts';

/** Few shows of few seats, so that commands conflict and shows are sold out. */
export const showIds = ['cats', 'faust', 'hamlet', 'tosca'] as const;

/** The seats of each show. */
export const seatsOfShow = 90;

const firstRows = new Map<string, Show>(
  showIds.map((id) => [id, { id, seats: seatsOfShow, free: seatsOfShow, version: 0 }]),
);

/** Migrations do not run, so a show that nobody has saved is read as they make it. */
const showOf = (transaction: MemoryTransaction, id: string | undefined): Show | undefined =>
  id === undefined ? undefined : (transaction.get<Show>('shows', id) ?? firstRows.get(id));

export const bookings: MemoryRepository<BookingQuery, Booking> = {
  empty: { show: undefined, reservation: undefined },
  load: (transaction, { reservation: id, show }) => {
    const reservation = transaction.get<Reservation>('reservations', id);
    return { show: showOf(transaction, show ?? reservation?.show), reservation };
  },
  save: (transaction, { show, reservation }) => {
    if (show) transaction.put('shows', show.id, show);
    if (reservation) transaction.put('reservations', reservation.id, reservation);
    return undefined;
  },
};

export const occupancies: MemoryRepository<{ readonly show: string }, Occupancy> = {
  empty: { show: '', reservations: 0, seats: 0 },
  load: (transaction, { show }) =>
    transaction.get<Occupancy>('occupancy', show) ?? { show, reservations: 0, seats: 0 },
  save: (transaction, occupancy) => {
    transaction.put('occupancy', occupancy.show, occupancy);
    return undefined;
  },
};

export const notices: MemoryRepository<never, readonly Notice[]> = {
  empty: [],
  load: () => [],
  save: (transaction, written) => {
    for (const notice of written) transaction.put('notices', notice.reservation, notice);
    return undefined;
  },
};
