import type { Json, Outcome, RunContext } from 'antipode/domain';
import type {
  FinalRows,
  Scenario,
  SeededRandom,
  SimulatedCommand,
  SimulatedParts,
  Violation,
} from 'antipode/simulation';
import { booking } from '../../src/booking.ts';
import type {
  Booking,
  BookingQuery,
  Reservation,
  SeatsReleased,
  SeatsReserved,
  Show,
} from '../../src/domain/bookings.ts';
import { type Cancel, createCancel } from '../../src/domain/cancel.ts';
import { type Notice, noteReservation } from '../../src/domain/notices.ts';
import { countSeats, type Occupancy } from '../../src/domain/occupancy.ts';
import { createReserve, type Reserve } from '../../src/domain/reserve.ts';
import { bookings, notices, occupancies, seatsOfShow, showIds } from './repositories.ts';

type Request = ({ readonly kind: 'reserve' } & Reserve) | ({ readonly kind: 'cancel' } & Cancel);

const createApi = ({ runner }: SimulatedParts) => {
  const work = runner<BookingQuery, Booking, SeatsReserved | SeatsReleased>(bookings);
  const reserve = createReserve(work);
  const cancel = createCancel(work);
  return (request: Request, run: RunContext): Promise<Outcome<Json>> =>
    request.kind === 'reserve' ? reserve(request, run) : cancel(request, run);
};

/** Two in three reserve; the others cancel an earlier reservation, which may have been refused. */
const commandsOf = (random: SeededRandom, count: number): readonly SimulatedCommand[] => {
  const reserved: string[] = [];
  return Array.from({ length: count }, () => {
    const key = random.uuid();
    if (reserved.length > 0 && random.chance(0.33)) {
      return { key, request: { kind: 'cancel', key, reservation: random.pick(reserved) } };
    }
    reserved.push(key);
    const show = random.pick(showIds);
    const customer = `customer-${random.below(20)}`;
    return { key, request: { kind: 'reserve', key, show, customer, seats: 1 + random.below(8) } };
  });
};

const check = (rows: FinalRows): readonly Violation[] => {
  const reservations = rows<Reservation>('reservations');
  const freeOf = new Map(rows<Show>('shows').map(({ id, free }) => [id, free]));
  const counted = new Map(rows<Occupancy>('occupancy').map((one) => [one.show, one]));
  const seatsOf = showIds.flatMap((id): readonly Violation[] => {
    const free = freeOf.get(id) ?? seatsOfShow;
    const held = reservations
      .filter(({ show, status }) => show === id && status === 'reserved')
      .reduce((sum, { seats }) => sum + seats, 0);
    const seats = counted.get(id)?.seats ?? 0;
    const isSold = free >= 0 && held + free === seatsOfShow;
    return [
      ...(isSold ? [] : [{ oracle: 'no seat is sold twice', message: `${id}: ${held}, ${free}` }]),
      ...(seats === held
        ? []
        : [{ oracle: 'occupancy equals seats', message: `${id} has ${seats}, not ${held}` }]),
    ];
  });
  const noticed = rows<Notice>('notices').length;
  const missing = `${noticed} of ${reservations.length} reservations have a notice`;
  return noticed === reservations.length
    ? seatsOf
    : [...seatsOf, { oracle: 'every reservation is noticed', message: missing }];
};

/** The booking example: its domain and its declaration, over repositories in memory. */
export const scenario: Scenario = {
  declaration: () => booking,
  api: createApi,
  consumers: {
    occupancy: ({ runner }) => countSeats(runner(occupancies)),
    notices: ({ runner }) => noteReservation(runner(notices)),
  },
  commands: commandsOf,
  check,
};
