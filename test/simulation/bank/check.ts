import type { EventEnvelope } from '../../../src/domain/kernel/index.ts';
import type { FinalRows, History, Violation } from '../../../src/testing/simulation/index.ts';
import type { Account, Posting } from './accounts.ts';
import type { Arrival, ReviewState, Statement, Total } from './consumers.ts';
import type { Movement } from './events.ts';
import { isolation } from './isolation.ts';

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

const movementsOf = (history: History): readonly EventEnvelope<string, Movement>[] =>
  [...history.events.values()]
    .map(({ envelope }) => envelope as EventEnvelope<string, Movement>)
    .filter(({ type }) => type === 'Debited' || type === 'Credited');

const signed = ({ type, data }: EventEnvelope<string, Movement>): number =>
  type === 'Debited' ? -data.amount : data.amount;

/** The ticks of both Regions are whole minutes, so that they meet. */
const interestTime = /^interest \d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/;

const money = (rows: FinalRows): readonly string[] => {
  const accounts = rows<Account>('accounts');
  const postings = rows<Posting>('postings');
  const held = sum(accounts, ({ balance }) => balance);
  const came = sum(
    postings.filter(({ isNew }) => isNew),
    ({ amount }) => amount,
  );
  return [
    ...(held === came ? [] : [`The accounts hold ${held}, and ${came} have come in`]),
    ...postings
      .filter(({ id }) => id.startsWith('interest') && !interestTime.test(id))
      .map(({ id }) => `${id} was paid between two minutes`),
    ...accounts.filter(({ balance }) => balance < 0).map(({ id }) => `${id} is overdrawn`),
  ];
};

/** Each account's statement has each of its events once, in their order, and its balance. */
const statements = (rows: FinalRows): readonly string[] => {
  const known = new Map(rows<Statement>('statements').map((one) => [one.account, one.lines]));
  return rows<Account>('accounts').flatMap(({ id, balance, version }) => {
    const lines = known.get(id) ?? [];
    const isInOrder = lines.every((line, index) => line.version === index + 1);
    const versions = lines.map((line) => line.version).join(' ');
    return isInOrder && lines.length === version && sum(lines, ({ amount }) => amount) === balance
      ? []
      : [`The statement of ${id}, version ${version} and ${balance}, has the versions ${versions}`];
  });
};

/** The totals are those of all credits, and every debit has crossed to the other Region. */
const projections = (rows: FinalRows, history: History): readonly string[] => {
  const movements = movementsOf(history);
  const credits = movements.filter(({ type }) => type === 'Credited');
  const debits = movements.filter(({ type }) => type === 'Debited');
  const totals = rows<Total>('totals');
  const total = sum(totals, ({ amount }) => amount);
  const count = sum(totals, (one) => one.count);
  const arrived = rows<Arrival>('arrivals');
  return [
    ...(total === sum(credits, signed) && count === credits.length
      ? []
      : [`The totals are ${total} of ${count} credits, and there are ${credits.length}`]),
    ...(arrived.length === debits.length &&
    sum(arrived, ({ amount }) => amount) === sum(debits, signed)
      ? []
      : [`${arrived.length} debits have arrived, and there are ${debits.length}`]),
  ];
};

/** A review ends in one way: a stale timeout changes nothing. */
const reviews = (rows: FinalRows, history: History): readonly string[] => {
  const reviewed = new Map<string, number>();
  for (const { envelope } of history.events.values()) {
    if (envelope.type !== 'TransferReviewed') continue;
    const { transfer } = envelope.data as Movement;
    reviewed.set(transfer, (reviewed.get(transfer) ?? 0) + 1);
  }
  return rows<ReviewState>('reviews').flatMap(({ transfer, status, isSettled }) => {
    const count = reviewed.get(transfer) ?? 0;
    const isSound = count === (status === 'reviewed' ? 1 : 0) && status !== 'open';
    if (isSound && isSettled === (status === 'settled')) return [];
    const how = isSettled ? 'settled before' : 'not settled before';
    return [
      `The review of ${transfer} is ${status}, ${how}, and ${count} events say that it was reviewed`,
    ];
  });
};

/**
 * Transfers append to the lists of two accounts, whose places are the versions: if one list has
 * them in this order and another one in that, no serial order gives both.
 */
const cycles = (history: History): readonly string[] => {
  const subjects = Map.groupBy(movementsOf(history), ({ subject }) => subject);
  const after = new Map<string, Set<string>>();
  const before = new Map<string, number>();
  for (const events of subjects.values()) {
    const ordered = events.toSorted((one, other) => one.aggregateversion - other.aggregateversion);
    for (const [index, { data }] of ordered.entries()) {
      if (!before.has(data.transfer)) before.set(data.transfer, 0);
      const next = ordered[index + 1]?.data.transfer;
      if (next === undefined || next === data.transfer) continue;
      const known = after.get(data.transfer) ?? new Set();
      after.set(data.transfer, known);
      if (known.has(next)) continue;
      known.add(next);
      before.set(next, (before.get(next) ?? 0) + 1);
    }
  }
  const free = [...before].filter(([, count]) => count === 0).map(([transfer]) => transfer);
  let left = before.size;
  for (let transfer = free.pop(); transfer !== undefined; transfer = free.pop()) {
    left -= 1;
    for (const next of after.get(transfer) ?? []) {
      const count = (before.get(next) ?? 0) - 1;
      before.set(next, count);
      if (count === 0) free.push(next);
    }
  }
  return left === 0 ? [] : [`${left} transfers have no serial order`];
};

/** The promises of the bank. */
export const checkBank = (rows: FinalRows, history: History): readonly Violation[] =>
  [
    { oracle: 'money is conserved', messages: money(rows) },
    { oracle: 'statements are in order', messages: statements(rows) },
    { oracle: 'projections equal events', messages: projections(rows, history) },
    { oracle: 'a review ends once', messages: reviews(rows, history) },
    { oracle: 'a serial order exists', messages: cycles(history) },
    { oracle: 'snapshots are isolated', messages: isolation(rows) },
  ].flatMap(({ oracle, messages }) =>
    messages.slice(0, 3).map((message): Violation => ({ oracle, message })),
  );
