import type {
  OutboxInspection,
  OutboxRow,
} from '../../adapters/dsql/records/outbox/outbox-inspection.ts';
import type { EventEnvelope } from '../../domain/kernel/index.ts';
import type { Journal } from './journal.ts';
import type { Delivery, DeliveryOptions } from './memory-bus.ts';
import { type SettledRecord, settledRecord } from './settled-record.ts';

/** How far a service runs until it counts as settled. */
export type SettleOptions = DeliveryOptions & {
  /**
   * Lets so many milliseconds pass: scheduled events whose time comes within them are published,
   * and rejected ones tried again. `Infinity` ends when none is left. 0 unless given.
   */
  readonly withinMs?: number;
  /**
   * Rounds of relay and deliveries, of which each timeout needs one; 1,000 unless given. A process
   * that waits for itself without an end is wrong.
   */
  readonly roundsMax?: number;
  /** Returns what is open as `open` of the record, instead of failing. */
  readonly allowOpen?: boolean;
};

/** Something that has happened in a test service has not come to its end. */
export class NotSettled extends Error {
  override readonly name = 'NotSettled';
  /** All that has happened, and what is open. */
  readonly record: SettledRecord;
  constructor(record: SettledRecord, options?: ErrorOptions) {
    const count = record.open.length;
    super(
      `Not settled: ${count} ${count === 1 ? 'thing is' : 'things are'} open.\n${record}`,
      options,
    );
    this.record = record;
  }
}

/** Each takes some milliseconds. */
const roundsMaxDefault = 1_000;

/** Lambda runs a function that fails for an event twice again, and then gives the event up. */
const attemptsMax = 3;

/** Rows of the outbox that are named as open. */
const rowsMax = 100;

/** The parts of a test service that settle. */
export type SettleParts = {
  readonly journal: Journal;
  readonly deliver: (options: DeliveryOptions) => Promise<readonly unknown[]>;
  readonly waiting: () => readonly Delivery[];
  /** Why a delivery waits that nobody may deliver now. */
  readonly heldBecause: (delivery: Delivery) => string | undefined;
  /** The delivery that has failed last; none after a delivery that has not. */
  readonly takeFailed: () => Delivery | undefined;
  readonly relay: () => Promise<number>;
  /** Whether the relay can reach the bus. */
  readonly isReachable: () => boolean;
  readonly advance: (ms: number) => Promise<void>;
  /** The outbox in a Region that is not lost. */
  readonly inspection: () => OutboxInspection;
  /** The events whose rows are in the outbox. */
  readonly storedIds: () => Promise<ReadonlySet<string>>;
  /** The time of the test's clock, where that moves. */
  readonly testTime: () => number | undefined;
  readonly isLost: (region: string) => boolean;
  /** The age of an event at which a Region takes it over from a lost one, in milliseconds. */
  readonly takeoverAgeMs: number;
};

type Row = { readonly row: OutboxRow; readonly dueInMs: number; readonly isScheduled: boolean };

const shownRow = ({ id, envelope }: OutboxRow): string => {
  try {
    const { type, subject } = JSON.parse(envelope) as EventEnvelope;
    return `${type} of ${subject} (${id})`;
  } catch {
    return `The event ${id}`; // A person has changed its row.
  }
};

const shownDelivery = ({ consumer, region, event }: Delivery): string =>
  `${consumer} in ${region} for ${event.type} of ${event.subject} (${event.id})`;

/** The rows that are not published, each with the time until it is due. */
const pendingRows = async (parts: SettleParts): Promise<readonly Row[]> => {
  const outbox = parts.inspection();
  const rows = await outbox.oldest('pending', rowsMax);
  const now = rows.length > 0 ? (await outbox.now()).getTime() : 0;
  return rows.map((row) => {
    const notBefore = parts.journal.events.get(row.id)?.notBefore;
    const time = parts.testTime();
    const isScheduled =
      row.attempts === 0 && row.lastError === undefined && notBefore !== undefined;
    // By the test's clock, which stands still while the database's goes on.
    const dueInMs = isScheduled && time !== undefined ? notBefore - time : row.dueAt - now;
    const takeoverAt = parts.isLost(row.origin)
      ? row.occurredAt + parts.takeoverAgeMs - now
      : dueInMs;
    return { row, isScheduled, dueInMs: Math.max(dueInMs, takeoverAt) };
  });
};

const openRows = (rows: readonly Row[]): readonly string[] =>
  rows
    .filter(({ isScheduled, dueInMs }) => !isScheduled || dueInMs <= 0)
    .map(({ row, dueInMs }) => {
      const reason = row.lastError === undefined ? '' : `: ${row.lastError}`;
      const next = dueInMs > 0 ? `, next attempt in ${Math.ceil(dueInMs)} ms` : '';
      return `${shownRow(row)} waits in the outbox of ${row.origin}${reason}${next}`;
    });

type Failures = Map<Delivery, { attempts: number; reason: string }>;

const openDeliveries = (parts: SettleParts, failures: Failures): readonly string[] =>
  [...new Set(parts.waiting())].map((delivery) => {
    const failed = failures.get(delivery);
    const held = parts.heldBecause(delivery);
    if (held !== undefined) return `${shownDelivery(delivery)} waits: ${held}`;
    if (!failed) return `${shownDelivery(delivery)} was not delivered`;
    return `${shownDelivery(delivery)} has failed, ${failed.attempts} attempts: ${failed.reason}`;
  });

/** Delivers all that waits, each three times at most; whether anything was handled. */
const deliverAll = async (
  parts: SettleParts,
  failures: Failures,
  { reorder = (all) => all, ...options }: DeliveryOptions,
): Promise<boolean> => {
  const attemptsOf = (delivery: Delivery): number => failures.get(delivery)?.attempts ?? 0;
  const next = (all: readonly Delivery[]) =>
    reorder(all)
      .filter((one) => attemptsOf(one) < attemptsMax)
      .toSorted((one, other) => attemptsOf(one) - attemptsOf(other));
  let isFailing = false;
  for (;;) {
    try {
      return (await parts.deliver({ ...options, reorder: next })).length > 0 || isFailing;
    } catch (error) {
      const failed = parts.takeFailed();
      if (!failed) throw error;
      isFailing = true;
      const isLast = parts.journal.works.at(-1)?.status === 'dead-lettered';
      const reason = error instanceof Error ? error.message : String(error);
      failures.set(failed, { attempts: isLast ? attemptsMax : attemptsOf(failed) + 1, reason });
    }
  }
};

/**
 * Leaves the events that are committed: not all attempts are, and a crash hides which one was.
 */
const keepCommitted = async ({ journal, storedIds }: SettleParts): Promise<void> => {
  const stored = await storedIds();
  const isCommitted = (id: string): boolean =>
    stored.has(id) ||
    journal.events.get(id)?.publications.some(({ rejection }) => rejection === undefined) === true;
  for (const { emitted } of journal.works) {
    const committed = emitted.filter(isCommitted);
    emitted.splice(0, emitted.length, ...committed);
  }
};

/** Makes the function that runs a service until nothing is left to do. */
export const createSettle =
  (parts: SettleParts) =>
  async (options: SettleOptions = {}): Promise<SettledRecord> => {
    const { withinMs = 0, roundsMax = roundsMaxDefault, allowOpen = false, ...delivery } = options;
    const failures: Failures = new Map();
    let passedMs = 0;
    let endless: unknown;

    /** Lets the time pass until the next row is due; whether there is one within the time. */
    const passToNext = async (): Promise<boolean> => {
      const waits = (await pendingRows(parts)).map(({ dueInMs }) => dueInMs);
      // A row may become due while the relay ends.
      if (parts.isReachable() && waits.some((ms) => ms <= 0)) return true;
      const nextMs = Math.ceil(Math.min(...waits.filter((ms) => ms > 0)));
      if (!(passedMs + nextMs <= withinMs) || nextMs === Number.POSITIVE_INFINITY) return false;
      passedMs += nextMs;
      await parts.advance(nextMs);
      return true;
    };

    const settleAll = async (): Promise<void> => {
      for (let round = 0; round < roundsMax; round += 1) {
        const published = await parts.relay();
        const isBusy = await deliverAll(parts, failures, delivery);
        if (published === 0 && !isBusy && !(withinMs > 0 && (await passToNext()))) return;
      }
      throw new Error(`The service is still busy after ${roundsMax} rounds`);
    };

    try {
      await settleAll();
      if (Number.isFinite(withinMs) && withinMs > passedMs)
        await parts.advance(withinMs - passedMs);
    } catch (error) {
      endless = error;
    }
    const rows = await pendingRows(parts);
    const dead = await parts.inspection().oldest('dead', rowsMax);
    await keepCommitted(parts);
    const open = [
      ...(endless === undefined ? [] : [String(endless)]),
      ...openDeliveries(parts, failures),
      ...openRows(rows),
      ...dead.map((row) => `${shownRow(row)} is dead in the outbox: ${row.lastError}`),
    ];
    const { journal } = parts;
    const record = settledRecord(journal.works, journal.events, open);
    journal.turnPage();
    if (open.length > 0 && !allowOpen) throw new NotSettled(record, { cause: endless });
    return record;
  };
