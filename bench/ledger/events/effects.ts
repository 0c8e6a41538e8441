import type { Operator } from '../../../test/e2e/ledger/operator.ts';
import type { LedgerStack } from '../../../test/e2e/ledger/stack.ts';

/** The number and the sum of amounts, by Region. */
export type Sums = Readonly<Record<string, { readonly count: number; readonly amount: string }>>;

/** The state of the ledger, and the effects of its consumers. */
export type LedgerSums = {
  /** Of the transactions themselves. */
  readonly recorded: Sums;
  /** Of the totals, which a consumer adds up. */
  readonly totals: Sums;
  /** Copies of the other Region's events that a consumer has recorded, by Region of origin. */
  readonly arrivals: Readonly<Record<string, number>>;
};

const sumsOf = async (operator: Operator, from: string): Promise<Sums> => {
  const rows = await operator.ask(
    `SELECT region, sum(count)::text AS count, sum(amount)::text AS amount FROM ${from} AS t
      GROUP BY region ORDER BY region`,
  );
  return Object.fromEntries(
    rows.map((row) => [
      row['region'],
      { count: Number(row['count']), amount: String(row['amount']) },
    ]),
  );
};

export const readSums = async (operator: Operator): Promise<LedgerSums> => {
  const arrived = await operator.ask(
    'SELECT origin_region, count(*)::text AS count FROM ledger.arrivals GROUP BY 1 ORDER BY 1',
  );
  return {
    recorded: await sumsOf(
      operator,
      '(SELECT region, 1 AS count, amount FROM ledger.transactions)',
    ),
    totals: await sumsOf(operator, 'ledger.totals'),
    arrivals: Object.fromEntries(
      arrived.map((row) => [String(row['origin_region']), Number(row['count'])]),
    ),
  };
};

/** Ids of the transactions that have committed, of one run. */
export const readRecorded = async (
  operator: Operator,
  run: string,
): Promise<ReadonlyMap<string, string>> => {
  const rows = await operator.ask(
    "SELECT id, region FROM ledger.transactions WHERE id LIKE $1 || '-%'",
    run,
  );
  return new Map(rows.map((row) => [String(row['id']), String(row['region'])]));
};

/**
 * The events that a consumer has handled without an error, by their ids; when it had the first
 * time, in milliseconds since the epoch.
 */
export const handledBy = (
  { invocations }: Pick<LedgerStack, 'invocations'>,
  functionName: string,
): ReadonlyMap<string, number> => {
  const handled = new Map<string, number>();
  for (const one of invocations) {
    if (one.failed || one.functionName !== functionName) continue;
    const { id } = JSON.parse(one.payload).detail;
    if (!handled.has(id)) handled.set(id, one.endedAt);
  }
  return handled;
};

/**
 * Messages in the dead-letter queues of all Regions: events, and runs of the relay. A run that died
 * or came late is one of those; the next run has done its work.
 */
export const deadLetters = ({
  stack,
}: Pick<LedgerStack, 'stack'>): { readonly events: number; readonly relayRuns: number } => {
  const counted = { events: 0, relayRuns: 0 };
  for (const { definition, counts } of stack.regions.flatMap(({ sqs }) => sqs.queues)) {
    const { visible, inFlight, delayed } = counts();
    const kind = /relay/i.test(definition.name) ? 'relayRuns' : 'events';
    counted[kind] += visible + inFlight + delayed;
  }
  return counted;
};
