import type { BusWatch } from './bus-watch.ts';
import type { LedgerSums } from './effects.ts';

export type Judge = (what: string, value: string, isMet: boolean) => void;

/** The events of one run, with the transactions that they are about. */
export const eventsOf = (watch: BusWatch, run: string): ReadonlyMap<string, string> =>
  new Map([...watch.accepted()].filter(([, transaction]) => transaction.startsWith(`${run}-`)));

/** Each transaction of a run has one event on a bus, and each event has its transaction. */
export const judgeEvents = (
  judge: Judge,
  events: ReadonlyMap<string, string>,
  recorded: ReadonlyMap<string, string>,
): void => {
  const told = new Set(events.values());
  const lost = [...recorded.keys()].filter((id) => !told.has(id));
  const stateless = [...events.values()].filter((id) => !recorded.has(id));
  judge('no event is lost', `${lost.length} of ${recorded.size}`, lost.length === 0);
  judge('no event is without its state', `${stateless.length}`, stateless.length === 0);
  judge('no transaction has two events', `${events.size - told.size}`, events.size === told.size);
};

const shown = (value: unknown): string => JSON.stringify(value);

/** The totals are the sums of the transactions: an effect that is lost or doubled shows. */
export const judgeTotals = (judge: Judge, { totals, recorded }: LedgerSums): void =>
  judge(
    'project-totals has each event once in effect',
    `${shown(totals)} of ${shown(recorded)}`,
    shown(totals) === shown(recorded),
  );

/** Whether the copies of all Regions, or of one, have been recorded. */
export const hasArrivals = ({ arrivals, recorded }: LedgerSums, region?: string): boolean =>
  Object.entries(recorded).every(
    ([origin, { count }]) =>
      (region !== undefined && origin !== region) || arrivals[origin] === count,
  );

export const judgeArrivals = (judge: Judge, sums: LedgerSums): void =>
  judge(
    'audit-replica has each event of the other Region once in effect',
    shown(sums.arrivals),
    hasArrivals(sums),
  );

/** The bus has an event twice only where the process that had sent it could not mark it. */
export const judgeDuplicates = (
  judge: Judge,
  watch: BusWatch,
  events: ReadonlyMap<string, string>,
): void => {
  const { all, explained, unexplained } = watch.duplicates(new Set(events.keys()));
  judge(
    'duplicates on the buses are explained by processes that died after they had published',
    [`${all}, ${explained} explained`, ...unexplained].join('; '),
    unexplained.length === 0,
  );
};
