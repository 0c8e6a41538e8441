/**
 * Makes 1,000 reservations in both Regions of the local stack, pays half of them close to their
 * deadlines, loses a Region in the middle, and ends with 1 unless each reservation is paid or
 * expires, once and not both.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Audit, judge, readAudit, type Verdict } from '../reservations/audit.ts';
import { type Customers, runCustomers } from '../reservations/customers.ts';
import { type ReservationsStack, startReservations } from '../reservations/stack.ts';

const { values } = parseArgs({
  options: {
    reservations: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '16' },
    /** How long a reservation waits for its payment. */
    seconds: { type: 'string', default: '20' },
  },
  // `npm run proofs -- reservations` leaves its name there.
  allowPositionals: true,
});

/** So many that reservations seldom meet at the row of a show. */
const shows = Array.from({ length: 40 }, (_, at) => `show-${at}`);

/**
 * The survivor takes events over after two minutes of the database's clock, which nothing speeds
 * up. A timeout may become due just before, and a second one after it.
 */
const settleMsMax = 10 * 60_000;
const pollMs = 2_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const addShows = async ({ db }: ReservationsStack, seats: number): Promise<void> => {
  const rows = shows.map((id) => ({ id, seats, free: seats }));
  await db.insertInto('reservations.shows').values(rows).execute();
};

/** Waits until the outbox has published all that it has, timeouts included, and all is handled. */
const settle = async ({ db, idle }: ReservationsStack): Promise<void> => {
  const deadline = Date.now() + settleMsMax;
  const unpublished = () =>
    db
      .selectFrom('reservations.outbox')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('published_at', 'is', null)
      .executeTakeFirstOrThrow();
  for (;;) {
    const { count } = await unpublished();
    await idle();
    if (Number(count) === 0 && Number((await unpublished()).count) === 0) return;
    if (Date.now() > deadline) throw new Error(`${count} events are still not published`);
    await delay(pollMs);
  }
};

const shownVerdict = (verdict: Verdict): string =>
  (['paid', 'expired', 'both', 'neither', 'twice', 'accepted', 'returned'] as const)
    .map((name) => `${verdict[name]} ${name}`)
    .join(', ');

/** The ends of the reservations of each plan. */
const sayPlans = ({ reservations }: Audit, { plans }: Customers): void => {
  const status = new Map(reservations.map((one) => [one.id, one.status]));
  for (const [name, ids] of plans) {
    const paid = ids.filter((id) => status.get(id) === 'paid').length;
    say(`      ${ids.length} pay ${name}: ${paid} are paid, ${ids.length - paid} expire`);
  }
};

/** How long after their time reservations have expired, by the Region that made them. */
const lateness = ({ events }: Audit, paymentMsMax: number, region: string): readonly number[] => {
  const made = events.filter((one) => one.type === 'SeatsReserved' && one.originregion === region);
  const due = new Map(made.map((one) => [one.subject, Date.parse(one.time) + paymentMsMax]));
  const again = new Set(
    events
      .filter(({ type, aggregateversion }) => type === 'PaymentDue' && aggregateversion > 2)
      .map(({ subject }) => subject),
  );
  return events
    .filter(({ type, subject }) => type === 'ReservationExpired' && !again.has(subject))
    .flatMap(({ subject, time }) => {
      const dueAt = due.get(subject);
      return dueAt === undefined ? [] : [Date.parse(time) - dueAt];
    })
    .sort((one, other) => one - other);
};

/** Timeouts of a version that a reservation had left: it waited once more. */
const staleTimeouts = ({ events }: Audit): number => {
  const timeouts = events.filter(({ type }) => type === 'PaymentDue');
  return timeouts.length - new Set(timeouts.map(({ subject }) => subject)).size;
};

const judged = (what: string, value: string, isMet: boolean): boolean => {
  say(`${isMet ? 'ok  ' : 'FAIL'}  ${what}: ${value}`);
  return isMet;
};

const judgeAudit = (title: string, audit: Audit, { made, received }: Customers): boolean => {
  const verdict = judge(audit, made);
  for (const problem of verdict.problems.slice(0, 20)) say(`      ${problem}`);
  return [
    judged(title, shownVerdict(verdict), verdict.problems.length === 0),
    judged(
      'each payment is accepted or returned',
      `${verdict.accepted} + ${verdict.returned} of ${received}`,
      verdict.accepted + verdict.returned === received,
    ),
  ].every(Boolean);
};

const judgeLateness = (audit: Audit, paymentMsMax: number, regions: readonly string[]): boolean =>
  regions
    .map((region) => {
      const late = lateness(audit, paymentMsMax, region);
      const [first = 0, last = 0] = [late[0], late.at(-1)];
      const half = late[Math.floor(late.length / 2)] ?? 0;
      return judged(
        `no reservation of ${region} expires before its time`,
        `${late.length} expire ${seconds(first)} to ${seconds(last)} after it, half of them within ${seconds(half)}`,
        first >= 0,
      );
    })
    .every(Boolean);

const prove = async (count: number, clients: number, paymentMsMax: number): Promise<boolean> => {
  const stack = await startReservations({ ...process.env, PAYMENT_MS_MAX: `${paymentMsMax}` });
  const { primary, secondary } = stack;
  try {
    await addShows(stack, count);
    const since = new Date();
    say(`${count} reservations in ${primary.region} and ${secondary.region}, ${clients} at a time`);
    const onHalf = async () => {
      await secondary.stop();
      say(`${secondary.region} is lost after ${seconds(Date.now() - since.getTime())}`);
    };
    const options = { count, clients, paymentMsMax, shows, onHalf };
    const customers = await runCustomers(stack, options);
    say(`${customers.sentAgain} requests were sent again, to the other Region`);
    await settle(stack);
    const before = judge(await readAudit(stack.db), customers.made);
    say(`without what ${secondary.region} had on its bus: ${shownVerdict(before)}`);
    for (const origin of [secondary.region, primary.region]) {
      say(`republish: ${await stack.republish(origin, since)}`);
    }
    await settle(stack);
    const audit = await readAudit(stack.db);
    sayPlans(audit, customers);
    say(`      ${staleTimeouts(audit)} timeouts were stale: their reservations waited once more`);
    const whileLost = judgeAudit(`with ${secondary.region} lost`, audit, customers);
    const inTime = judgeLateness(audit, paymentMsMax, [primary.region, secondary.region]);
    await secondary.start();
    await settle(stack);
    const back = judgeAudit(`with ${secondary.region} back`, await readAudit(stack.db), customers);
    return whileLost && inTime && back;
  } finally {
    await stack.stop();
  }
};

const wanted = [values.reservations, values.clients, values.seconds].map(Number);
const [count = 0, clients = 0, secondsMax = 0] = wanted;
const isGiven = wanted.every((number) => Number.isInteger(number) && number > 0);
if (!isGiven) {
  process.stderr.write('Give --reservations, --clients and --seconds whole numbers above 0.\n');
}
process.exitCode = isGiven && (await prove(count, clients, secondsMax * 1_000)) ? 0 : 1;
