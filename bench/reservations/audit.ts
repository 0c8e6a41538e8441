import type { Kysely } from 'kysely';

/** The rows of the service `examples/reservations`, as far as an audit reads them. */
export type AuditTables = {
  readonly 'reservations.shows': {
    readonly id: string;
    readonly seats: number;
    readonly free: number;
  };
  readonly 'reservations.reservations': {
    readonly id: string;
    readonly show: string;
    readonly seats: number;
    readonly status: string;
  };
  readonly 'reservations.payments': {
    readonly id: string;
    readonly reservation: string;
    readonly status: string;
  };
  readonly 'reservations.outbox': {
    readonly envelope: string;
    readonly published_at: Date | null;
  };
};

/** An event as the outbox keeps it, as far as an audit reads it. */
export type AuditEvent = {
  readonly type: string;
  readonly subject: string;
  /** RFC 3339: when its decision was taken. */
  readonly time: string;
  readonly originregion: string;
  readonly aggregateversion: number;
};

/** All that the service has stored: its rows, and each event that it has committed. */
export type Audit = {
  readonly shows: readonly AuditTables['reservations.shows'][];
  readonly reservations: readonly AuditTables['reservations.reservations'][];
  readonly payments: readonly AuditTables['reservations.payments'][];
  readonly events: readonly AuditEvent[];
};

/** Reads it all. The outbox keeps each event for a day, also when it is published. */
export const readAudit = async (db: Kysely<AuditTables>): Promise<Audit> => {
  const outbox = await db.selectFrom('reservations.outbox').select('envelope').execute();
  return {
    shows: await db.selectFrom('reservations.shows').selectAll().execute(),
    reservations: await db.selectFrom('reservations.reservations').selectAll().execute(),
    payments: await db.selectFrom('reservations.payments').selectAll().execute(),
    events: outbox.map(({ envelope }) => JSON.parse(envelope) as AuditEvent),
  };
};

/** The counts of an audit, and a line for each rule that a row breaks. */
export type Verdict = {
  readonly paid: number;
  readonly expired: number;
  /** Reservations with an event of each end. */
  readonly both: number;
  /** Reservations without an end. */
  readonly neither: number;
  /** Reservations with one end more than once. */
  readonly twice: number;
  readonly accepted: number;
  readonly returned: number;
  readonly problems: readonly string[];
};

const groupedBy = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> => Map.groupBy(items, keyOf);

/** The end that each event is. */
const endOf: Readonly<Record<string, string>> = {
  ReservationPaid: 'paid',
  ReservationExpired: 'expired',
};

const isUnequal = (what: string, found: unknown, expected: unknown): readonly string[] =>
  found === expected ? [] : [`${what}: ${found} instead of ${expected}`];

/** Each payment is accepted or returned once, and one is accepted for each paid reservation. */
const judgePayments = ({ reservations, payments, events }: Audit): readonly string[] => {
  const accepted = groupedBy(
    payments.filter(({ status }) => status === 'accepted'),
    ({ reservation }) => reservation,
  );
  const returns = groupedBy(
    events.filter(({ type }) => type === 'PaymentReturned'),
    ({ subject }) => subject,
  );
  return [
    ...payments
      .filter(({ status }) => status === 'received')
      .map(({ id }) => `payment ${id} is neither accepted nor returned`),
    ...payments.flatMap(({ id, status }) =>
      isUnequal(
        `returns of payment ${id}`,
        returns.get(id)?.length ?? 0,
        status === 'returned' ? 1 : 0,
      ),
    ),
    ...reservations.flatMap(({ id, status }) =>
      isUnequal(
        `accepted payments of reservation ${id}`,
        accepted.get(id)?.length ?? 0,
        status === 'paid' ? 1 : 0,
      ),
    ),
  ];
};

/** The seats of reservations that have not expired are taken, and no others. */
const judgeSeats = ({ shows, reservations }: Audit): readonly string[] =>
  shows.flatMap(({ id, seats, free }) => {
    const held = reservations.filter(({ show, status }) => show === id && status !== 'expired');
    const taken = held.reduce((sum, one) => sum + one.seats, 0);
    return isUnequal(`free seats of show ${id}`, free, seats - taken);
  });

/**
 * Judges what the service has stored, once it is at rest.
 *
 * @param made the ids of the reservations whose commands were acknowledged, and of no others
 */
export const judge = (audit: Audit, made: readonly string[]): Verdict => {
  const { reservations, payments, events } = audit;
  const status = new Map(reservations.map((one) => [one.id, one.status]));
  const ends = groupedBy(
    events.filter(({ type }) => endOf[type] !== undefined),
    ({ subject }) => subject,
  );
  const endsOf = (id: string) => (ends.get(id) ?? []).map(({ type }) => endOf[type]);
  const withEnds = (is: (said: readonly unknown[]) => boolean) =>
    made.filter((id) => is(endsOf(id)));
  const both = withEnds((said) => new Set(said).size > 1);
  const neither = withEnds((said) => said.length === 0);
  const twice = withEnds((said) => new Set(said).size < said.length);
  const isIn = (wanted: string) => (one: { readonly status: string }) => one.status === wanted;
  return {
    paid: reservations.filter(isIn('paid')).length,
    expired: reservations.filter(isIn('expired')).length,
    ...{ both: both.length, neither: neither.length, twice: twice.length },
    accepted: payments.filter(isIn('accepted')).length,
    returned: payments.filter(isIn('returned')).length,
    problems: [
      ...both.map((id) => `reservation ${id} is paid and has expired`),
      ...neither.map((id) => `reservation ${id} is neither paid nor expired: ${status.get(id)}`),
      ...twice.map((id) => `reservation ${id} has ended more than once: ${endsOf(id).join()}`),
      ...isUnequal('reservations', reservations.length, made.length),
      ...made.flatMap((id) =>
        endsOf(id).length === 1
          ? isUnequal(`reservation ${id}`, status.get(id), endsOf(id)[0])
          : [],
      ),
      ...judgePayments(audit),
      ...judgeSeats(audit),
    ],
  };
};
