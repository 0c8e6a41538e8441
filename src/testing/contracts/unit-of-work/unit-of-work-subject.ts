import type { Outbox, UnitOfWork } from '../../../domain/kernel/index.ts';
import type { CounterQuery, CounterState } from '../counter.ts';
import type { Checks } from '../suite.ts';

/** A unit of work on counters that is tried. */
export type UnitOfWorkSubject = {
  readonly unitOfWork: UnitOfWork<CounterQuery, CounterState>;
  /** The same database, as another process sees it. */
  readonly other: UnitOfWork<CounterQuery, CounterState>;
  /** Where the unit of work leaves its events. */
  readonly outbox: Outbox;
  /**
   * The same again, but another process sets this counter to 100 whenever one of the first `times`
   * attempts that have read is about to commit: those lose a conflict.
   */
  readonly overtaken: (counter: string, times: number) => UnitOfWork<CounterQuery, CounterState>;
  /** The value of a counter, read by itself; `undefined` when there is none. */
  readonly value: (name: string) => Promise<number | undefined>;
};

/** The checks of one group of rules. */
export type UnitOfWorkChecks = Checks<UnitOfWorkSubject>;

/** How many events wait in the outbox. */
export const pendingOf = async ({ outbox }: UnitOfWorkSubject): Promise<number> =>
  (await outbox.status()).pending.count;
