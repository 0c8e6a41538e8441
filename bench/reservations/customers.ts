import { setTimeout as delay } from 'node:timers/promises';
import type { StackRegion } from '../../packages/cli/src/local/index.ts';
import type { ReservationsStack } from './stack.ts';

/** A payment of one reservation: when it is reported, from the deadline on, and how. */
type Payment = {
  /** Milliseconds after the deadline; `undefined` for at once. */
  readonly at?: number;
  readonly outcome?: 'declined';
  /** Whether both Regions get the same report at the same time. */
  readonly repeated?: true;
};

/** How the customer of a reservation pays. */
type Plan = { readonly name: string; readonly payments: readonly Payment[] };

/** The relay publishes a timeout within its period, one second here, after the deadline. */
const relayMs = 1_000;

/** A report of a payment needs about this long to be decided. */
const beforeMs = 300;

/** Payments that fail do so this long before the deadline. */
const declinedMs = 2_000;

/** Moments between the first and the last one of a plan. */
const spreadSteps = 60;

/**
 * Half of the customers pay, and most of them close to their deadline. The other half does not; a
 * part of them tries.
 */
const planOf = (number: number, paymentMsMax: number): Plan => {
  // Spreads the customers of one plan over its interval; 7 is prime to the number of plans.
  const spread = ((number * 7) % spreadSteps) / spreadSteps;
  const before = -spread * beforeMs;
  const after = spread * relayMs;
  const declined = { at: -declinedMs, outcome: 'declined' } as const;
  // A payment that failed lets its reservation wait as long again from then on.
  const secondAt = paymentMsMax - declinedMs;
  const paying: readonly Plan[] = [
    { name: 'at once, reported to both Regions', payments: [{ repeated: true }] },
    { name: 'just before the deadline', payments: [{ at: before }] },
    { name: 'at the deadline', payments: [{ at: 0, repeated: true }] },
    { name: 'just after the deadline', payments: [{ at: after }] },
    { name: 'twice, around the deadline', payments: [{ at: before }, { at: after }] },
    {
      name: 'after one that failed, around the second deadline',
      payments: [declined, { at: secondAt + before / 2 + after / 2 }],
    },
  ];
  const others: readonly Plan[] = [
    { name: 'never', payments: [] },
    { name: 'never', payments: [] },
    { name: 'only ones that failed', payments: [declined, declined] },
  ];
  const chosen = number % 2 === 0 ? paying : others;
  return chosen[Math.floor(number / 2) % chosen.length] ?? { name: 'never', payments: [] };
};

/** The results of all customers. */
export type Customers = {
  /** Ids of the reservations that were acknowledged. */
  readonly made: readonly string[];
  /** The reservations of the customers of each plan. */
  readonly plans: ReadonlyMap<string, readonly string[]>;
  /** Reports of payments that were acknowledged, those of the same payment counted once. */
  readonly received: number;
  /** Requests that were sent again, since their Region did not answer. */
  readonly sentAgain: number;
};

/** Neither Region has answered after so many attempts: an error. */
const attemptsMax = 100;
const pauseMs = 200;

type Send = (at: number, payload: object) => Promise<void>;

/**
 * Sends a request until it is answered, each time to the other Region: the same key has one effect.
 */
const createSend = ({ ask, primary, secondary }: ReservationsStack) => {
  let sentAgain = 0;
  const regions: readonly StackRegion[] = [primary, secondary];
  const send: Send = async (at, payload) => {
    let cause: unknown;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (attempt > 0) sentAgain += 1;
      const region = regions[(at + attempt) % regions.length] ?? primary;
      const status = await ask(region, payload).catch((error: unknown) => {
        cause = error;
        return undefined;
      });
      if (status === 200) return;
      // A Region under load says so, and is asked again.
      if (status !== undefined && status < 500) {
        throw new Error(`${JSON.stringify(payload)} is answered by ${status}`);
      }
      if (attempt % regions.length === 1) await delay(pauseMs);
    }
    throw new Error(`${JSON.stringify(payload)} is not answered`, { cause });
  };
  return { send, sentAgain: () => sentAgain };
};

export type CustomersOptions = {
  readonly count: number;
  /** Customers that reserve at the same time. */
  readonly clients: number;
  readonly paymentMsMax: number;
  readonly shows: readonly string[];
  /** Is called once, when half of the reservations are made. */
  readonly onHalf: () => Promise<void>;
};

const payOf = async (
  send: Send,
  number: number,
  deadline: number,
  payments: readonly Payment[],
): Promise<void> => {
  const pay = async ({ at, outcome, repeated }: Payment, index: number): Promise<void> => {
    if (at !== undefined) await delay(Math.max(0, deadline + at - Date.now()));
    const payload = {
      ...{ operation: 'report-payment', key: `p-${number}-${index}`, reservation: `r-${number}` },
      outcome: outcome ?? 'received',
    };
    const copies = repeated ? 2 : 1;
    await Promise.all(
      Array.from({ length: copies }, (_, copy) => send(number + index + copy, payload)),
    );
  };
  await Promise.all(payments.map(pay));
};

/** Lets the customers reserve and pay, and returns when each has its last answer. */
export const runCustomers = async (
  stack: ReservationsStack,
  { count, clients, paymentMsMax, shows, onHalf }: CustomersOptions,
): Promise<Customers> => {
  const { send, sentAgain } = createSend(stack);
  const made: string[] = [];
  const customersOf = new Map<string, readonly string[]>();
  const running: Promise<void>[] = [];
  let received = 0;
  let next = 0;

  const reserve = async (number: number): Promise<void> => {
    const show = shows[number % shows.length];
    const key = `r-${number}`;
    await send(number, { operation: 'reserve', key, show, customer: 'ada', seats: 1 });
    made.push(key);
    const { name, payments } = planOf(number, paymentMsMax);
    customersOf.set(name, [...(customersOf.get(name) ?? []), key]);
    received += payments.filter(({ outcome }) => outcome === undefined).length;
    running.push(payOf(send, number, Date.now() + paymentMsMax, payments));
    if (made.length === Math.floor(count / 2)) running.push(onHalf());
  };

  const client = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await reserve(next - 1);
    }
  };

  await Promise.all(Array.from({ length: clients }, client));
  await Promise.all(running);
  return { made, plans: customersOf, received, sentAgain: sentAgain() };
};
