import { number, object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  decidePayment,
  type Payment,
  paymentMsMax,
  payments,
  shop,
} from '../../../docs/examples/payment-deadline.ts';
import {
  accept,
  type ConsumerEvent,
  type DecidedEventOf,
  type Decision,
  defineService,
  refuse,
} from '../../../src/domain/kernel/index.ts';
import { consumerOf } from '../../../src/testing/index.ts';

const order = { order: 'o-1' };
const placed = { type: 'OrderPlaced', data: order } as const;
const paid = { type: 'OrderPaid', data: order } as const;
const due = { type: 'PaymentDue', data: order } as const;
const process = consumerOf(shop, 'payments', { empty: payments.empty, decide: decidePayment });
const startsAt = Date.parse('2026-01-01T00:00:00Z');

const emitted = { schemaVersion: 1, subject: 'o-1', aggregateVersion: 1, data: order } as const;

describe('a consumer without a database', () => {
  it('decides on what it has heard before', () => {
    process
      .when(placed)
      .thenState({ id: 'o-1', status: 'waiting', version: 1 })
      .thenEvents({ type: 'PaymentDue', data: order, notBefore: startsAt + paymentMsMax })
      .thenResult(null);
    process.given(placed).when(paid).thenEvents();
    process.given(placed).when(paid).thenState({ id: 'o-1', status: 'paid', version: 2 });
  });

  it('gets its own timeout at the time that it has set', () => {
    const at = startsAt + 60_000;
    const times: number[] = [];
    const timed = consumerOf(shop, 'payments', {
      empty: payments.empty,
      decide: (state, event, now) => {
        times.push(now);
        return decidePayment(state, event, now);
      },
    });
    timed
      .given({ ...placed, at })
      .whenDue()
      .thenEvents({ type: 'OrderExpired', data: order });
    expect(times).toEqual([at, at + paymentMsMax]);
    process.given(placed).givenDue().when(paid).thenNothing();
    process.given(placed, paid).whenDue().thenNothing();
  });

  it('begins in a state that the test gives', () => {
    const expired: Payment = { id: 'o-1', status: 'expired', version: 4 };
    process.from(expired).when(paid).thenNothing();
    process.from(expired).when(due).thenState(expired);
  });

  it('has no timeout to hear before it has set one', () => {
    const message = 'Consumer payments has no timeout to hear, after OrderPaid';
    expect(() => process.given(paid).whenDue()).toThrow(message);
    expect(() => process.given(placed).givenDue().whenDue()).toThrow('no timeout to hear');
  });

  it('ends alike in each order of the events', () => {
    process.given(placed, paid).inAnyOrder(({ status }) => status);
  });

  it('shows two orders that end differently', () => {
    const check = () => process.given(placed, paid).inAnyOrder();
    expect(check).toThrow(
      /^Expected the same end in each order of events\nOrderPlaced, OrderPaid\nends in[\s\S]*version: 2\n\}\nbut\nOrderPaid, OrderPlaced\nends in[\s\S]*version: 1\n\}$/,
    );
  });

  it('is paid or expired at the end of each order, its timeout among them', () => {
    const ends: string[] = [];
    process.given(placed, paid).inEachOrder(({ state, heard, emitted: events }) => {
      ends.push(`${heard.join(' ')}: ${state.status}`);
      const hasExpired = events.some(({ type }) => type === 'OrderExpired');
      expect(hasExpired).toBe(state.status === 'expired');
    });
    expect(ends).toEqual([
      'OrderPlaced OrderPaid PaymentDue: paid',
      'OrderPlaced PaymentDue OrderPaid: expired',
      'OrderPaid OrderPlaced: paid',
    ]);
  });

  it('names the order in which a check has failed', () => {
    const check = () =>
      process.given(placed, paid).inEachOrder(({ state }) => {
        if (state.status === 'expired') throw new Error('expired');
      });
    expect(check).toThrow('In the order OrderPlaced, PaymentDue, OrderPaid: expired');
  });

  it('tries at most the orders of seven events', () => {
    const many = Array.from({ length: 8 }, () => paid);
    expect(() => process.given(...many.slice(0, 3)).inAnyOrder(({ id }) => id)).not.toThrow();
    expect(() => process.given(...many).inAnyOrder(({ id }) => id)).toThrow('at most seven');
  });

  it('changes nothing more by the same event under another id', () => {
    process.given(placed).when(paid).thenState({ id: 'o-1', status: 'paid', version: 2 });
    process.when(placed).thenOnce();
    expect(() => process.given(placed).when(paid).thenOnce()).toThrow(
      /Expected the state after the first[\s\S]*version: 2[\s\S]*but got[\s\S]*version: 3/,
    );
  });

  it('gets no event twice under one id', () => {
    const first = { ...paid, id: 'e-1' };
    process.given(first, first).when(placed).thenState({ id: 'o-1', status: 'paid', version: 1 });
    expect(() => process.given(first).when(first)).toThrow('Consumer payments knows this event');
  });

  it('shows an event or a change where nothing was expected', () => {
    expect(() => process.when(placed).thenNothing()).toThrow(/Expected events[\s\S]*PaymentDue/);
    expect(() => process.when(paid).thenNothing()).toThrow(/Expected the state from before/);
  });
});

type Counted = { readonly seats: number };
const box = defineService({
  name: 'box',
  source: 'shop.box',
  schema: 'box',
  migrations: [],
  events: {
    SeatsSold: {
      version: 3,
      schema: object({ seats: number(), show: string() }),
      upcast: {
        1: (data: { readonly seat: string }) => ({ seats: [data.seat] }),
        2: (data: { readonly seats: readonly string[] }) => ({
          seats: data.seats.length,
          show: 'hamlet',
        }),
      },
    },
    Bell: { version: 1, schema: object({}) },
  },
  consumers: { count: { on: ['SeatsSold'] }, bells: { on: ['Bell'] } },
});

const decideCount = (
  { seats }: Counted,
  { data }: ConsumerEvent<typeof box, 'count'>,
): Decision<Counted, null, never, 'TooMany'> =>
  data.seats > 8
    ? refuse('TooMany', 'Eight seats are sold at once')
    : accept({ state: { seats: seats + data.seats }, events: [], result: null });

const count = consumerOf(box, 'count', { empty: { seats: 0 }, decide: decideCount });

describe('an event that a test gives', () => {
  it('may be of an older version, which is upcast along the chain', () => {
    count
      .given({ type: 'SeatsSold', schemaVersion: 1, data: { seat: 'a-1' } })
      .when({ type: 'SeatsSold', schemaVersion: 2, data: { seats: ['a-2', 'a-3'] } })
      .thenState({ seats: 3 });
    count
      .given({ type: 'SeatsSold', data: { seats: 4, show: 'hamlet' } })
      .when({ type: 'SeatsSold', schemaVersion: 3, data: { seats: 4, show: 'hamlet' } })
      .thenState({ seats: 8 });
  });

  it('is checked by its schema, as at its reader', () => {
    const wrong = { type: 'SeatsSold', schemaVersion: 2, data: {} } as never;
    expect(() => count.when(wrong)).toThrow('The upcast of event SeatsSold from 2 has failed');
    const misfit = { type: 'SeatsSold', data: { seats: 'four', show: 'hamlet' } } as never;
    expect(() => count.when(misfit)).toThrow('does not fit its schema: data.seats');
  });

  it('may be refused, and not where it was heard before', () => {
    const nine = { type: 'SeatsSold', data: { seats: 9, show: 'hamlet' } } as const;
    count.when(nine).thenRefused('TooMany');
    const message = 'Consumer count has refused the last of SeatsSold: TooMany: Eight seats';
    expect(() => count.given(nine)).toThrow(message);
  });

  it('has the attributes that the test gives', () => {
    type Bell = ConsumerEvent<typeof box, 'bells'>;
    const seen: Bell[] = [];
    const bells = consumerOf(box, 'bells', {
      empty: 0,
      decide: (rung: number, bell) => {
        seen.push(bell);
        return accept({ state: rung + 1, events: [], result: null });
      },
    });
    const at = Date.parse('2026-03-04T05:06:07Z');
    bells
      .given({ type: 'Bell', data: {} })
      .when({ type: 'Bell', data: {}, id: 'b-2', subject: 'door', aggregateVersion: 9, at });
    expect(seen).toMatchObject([
      { aggregateversion: 1, time: '2026-01-01T00:00:00.000Z' },
      { id: 'b-2', subject: 'door', aggregateversion: 9, time: '2026-03-04T05:06:07.000Z' },
    ]);
  });
});

describe('a decision of a consumer', () => {
  const bell = (version: number): DecidedEventOf<typeof box> => ({
    ...{ type: 'Bell', schemaVersion: 1, subject: 'door', aggregateVersion: version },
    data: {},
  });

  it('that no unit of work would commit is refused', () => {
    const wrong = consumerOf(box, 'count', {
      empty: { seats: 0 },
      decide: (state) =>
        accept({ state, events: [{ ...bell(1), data: 'none' } as never], result: null }),
    });
    expect(() => wrong.when({ type: 'SeatsSold', data: { seats: 1, show: 'a' } })).toThrow(
      'Event Bell is not committed, because its readers would refuse it',
    );
  });

  it('that saves only what changes is added to what was loaded', () => {
    const adding = consumerOf(box, 'count', {
      empty: { seats: 0 },
      decide: (_, { data }) => accept({ state: { seats: data.seats }, events: [], result: null }),
      loaded: (before, saved) => ({ seats: before.seats + saved.seats }),
    });
    const two = { type: 'SeatsSold', data: { seats: 2, show: 'a' } } as const;
    const decided: number[] = [];
    adding.given(two, two, two).inEachOrder(({ state }) => decided.push(state.seats));
    expect(new Set(decided)).toEqual(new Set([6]));
    adding.given(two, two).when(two).thenState({ seats: 2 });
  });

  it('that emits an event for itself without an end is found', () => {
    const ringing = consumerOf(box, 'bells', {
      empty: 0,
      decide: (rung: number) => accept({ state: rung + 1, events: [bell(rung + 1)], result: null }),
    });
    const ring = () => ringing.given({ type: 'Bell', data: {} }).inEachOrder(() => undefined);
    expect(ring).toThrow('Consumer bells still emits events for itself after 50 events');
  });
});

it('shows the subject and version of an event that differ where they are given', () => {
  const then = process.when(placed);
  then.thenEvents({ type: 'PaymentDue', ...emitted, notBefore: startsAt + paymentMsMax });
  expect(() => then.thenEvents({ type: 'PaymentDue', ...emitted, aggregateVersion: 2 })).toThrow(
    /aggregateVersion: 2[\s\S]*but got[\s\S]*aggregateVersion: 1/,
  );
});
