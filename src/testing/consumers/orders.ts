import { createShow } from '../shown-value.ts';
import type { AnyGivenEvent } from './given-event.ts';
import {
  accepted,
  type History,
  hearDue,
  hearGiven,
  orderOf,
  type TestedConsumer,
} from './history.ts';

/** Orders that one check tries: those of seven events. */
const ordersMax = 5_040;

/** Events of one order: a process that schedules events for itself without an end is wrong. */
const stepsMax = 50;

const tooMany = (): Error =>
  new Error(`These events have more than ${ordersMax} orders: give at most seven at once`);

/** The end of one order of events. */
export type OrderEnd<State> = Pick<History<State>, 'state' | 'heard' | 'emitted'>;

/**
 * Tries each order of events, and gives the end of each.
 *
 * @param withTimeouts whether the consumer also hears what it emits for itself, at each place after
 * the event that has caused it
 * @throws {Error} for too many orders, or when the consumer refuses an event in one of them
 */
export const eachOrder = <State, Result>(
  tested: TestedConsumer<State, Result>,
  start: History<State>,
  events: readonly AnyGivenEvent[],
  withTimeouts: boolean,
  end: (history: History<State>) => void,
): void => {
  let ends = 0;
  // The id of an event stays the same wherever it comes.
  const all = events.map((event, at) => ({ id: `given-in-order-${at + 1}`, ...event }));

  const step = (history: History<State>, left: readonly AnyGivenEvent[]): void => {
    if (history.heard.length - start.heard.length > stepsMax) {
      throw new Error(
        `Consumer ${tested.consumer} still emits events for itself after ${stepsMax} events`,
      );
    }
    const due = withTimeouts ? history.pending : [];
    if (left.length + due.length === 0) {
      ends += 1;
      if (ends > ordersMax) throw tooMany();
      end(history);
    }
    for (const event of left) {
      const next = accepted(tested, history, hearGiven(tested, history, event));
      step(
        next,
        left.filter((one) => one !== event),
      );
    }
    for (const one of due) step(accepted(tested, history, hearDue(tested, history, one)), left);
  };
  step(start, all);
};

/**
 * Checks that events end in the same state in each order.
 *
 * @param view the part of the state that must be the same
 * @throws {Error} that shows two orders with different ends
 */
export const requireOneEnd = <State, Result>(
  tested: TestedConsumer<State, Result>,
  start: History<State>,
  events: readonly AnyGivenEvent[],
  view: (state: State) => unknown,
): void => {
  let first: { readonly heard: readonly string[]; readonly shown: string } | undefined;
  eachOrder(tested, start, events, false, ({ heard, state }) => {
    const shown = createShow()(view(state));
    first ??= { heard, shown };
    if (shown === first.shown) return;
    throw new Error(
      `Expected the same end in each order of events\n${orderOf(first.heard)}\nends in\n${first.shown}\nbut\n${orderOf(heard)}\nends in\n${shown}`,
    );
  });
};
