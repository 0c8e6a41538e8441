import { object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import { defineService, InvariantViolation } from '../../../src/domain/kernel/index.ts';

const schema = object({ show: string() });
const declaration = {
  name: 'booking',
  source: 'shop.booking',
  schema: 'booking',
  migrations: [
    { id: 'booking-0001-shows', ddl: 'CREATE TABLE booking.shows (id text PRIMARY KEY)' },
  ],
  events: {
    SeatsReserved: { version: 2, oldestVersion: 2, schema, scope: 'all-regions' },
    SeatsReleased: { version: 1, schema },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
} as const;

/** As from JavaScript: the compiler would refuse most of these before. */
const defined = (changed: Readonly<Record<string, unknown>>) => () =>
  defineService({ ...declaration, ...changed } as never);

const refusal = (changed: Readonly<Record<string, unknown>>): string => {
  try {
    defined(changed)();
  } catch (error) {
    expect(error).toBeInstanceOf(InvariantViolation);
    return (error as Error).message;
  }
  return 'not refused';
};

const reserved = {
  specversion: '1.0',
  id: 'e-1',
  source: 'shop.booking',
  type: 'SeatsReserved',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'hamlet',
  datacontenttype: 'application/json',
  schemaversion: 2,
  originregion: 'us-east-1',
  aggregateversion: 1,
  correlationid: 'c-1',
  data: { show: 'hamlet' },
};

describe('a declared service', () => {
  it('is the data of its declaration, with a role and the catalogue of its events', () => {
    const booking = defineService(declaration);
    const { catalogue, ...data } = booking;
    expect(data).toEqual({ ...declaration, role: 'booking_app' });
    expect(catalogue.source).toBe('shop.booking');
    expect(catalogue.parse(reserved)).toEqual(reserved);
    expect(() => catalogue.parse({ ...reserved, schemaversion: 1 })).toThrow('Unknown version 1');
  });

  it('has the role that it names, which may have the name of the admin in it', () => {
    expect(defined({ role: 'admin_app' })).not.toThrow();
    expect(defined({ schema: 'sys_logs' })).not.toThrow();
    expect(defineService({ ...declaration, role: 'clerk' }).role).toBe('clerk');
  });

  it('may have no events and no consumers', () => {
    expect(defined({ events: {}, consumers: {} })).not.toThrow();
  });

  it.each(['a', 'box-office', 'a1-b2', 'n'.repeat(24)])('may have the name %s', (name) => {
    expect(defined({ name })).not.toThrow();
  });

  it.each(['', 'Booking', '1st', 'box_office', 'box--office', '-box', 'box-', 7])(
    'refuses the name %j',
    (name) => {
      expect(refusal({ name })).toBe(
        `The service name ${JSON.stringify(name)} must be kebab-case of at most 24 characters`,
      );
    },
  );

  it('refuses a name of 25 characters, because those of its functions have little room', () => {
    expect(refusal({ name: 'n'.repeat(25) })).toMatch(/at most 24 characters/);
  });

  it.each([
    ...['', 'Booking', 'box-office', '1st', 'a"b', 's'.repeat(64)],
    ...['pg_shows', 'admin', 'sys', 'information_schema'],
  ])('refuses the schema %j, and such a role', (name) => {
    const problem =
      'must be 1 to 63 of a-z, 0-9 and "_", not "admin", "sys" or "information_schema", nor begin with a digit or "pg_"';
    expect(refusal({ schema: name })).toBe(`The schema ${JSON.stringify(name)} ${problem}`);
    expect(refusal({ role: name })).toBe(`The role ${JSON.stringify(name)} ${problem}`);
  });

  it('refuses a schema whose role PostgreSQL would cut, unless it names one', () => {
    expect(refusal({ schema: 's'.repeat(60) })).toMatch(/^The role .* 1 to 63/);
    expect(defined({ schema: 's'.repeat(63), role: 'clerk' })).not.toThrow();
  });

  it('refuses events that `declareEvents` refuses', () => {
    expect(refusal({ source: 'aws.shop' })).toMatch(/begins with "aws\."/);
    const events = { SeatsReserved: { version: 0, schema } };
    expect(refusal({ events, consumers: {} })).toMatch(/^Version of event SeatsReserved/);
  });
});

describe('a declared consumer', () => {
  const consumer = (name: string, value: unknown) => ({ consumers: { [name]: value } });

  it('may have a queue, whose settings are checked', () => {
    const on = ['SeatsReserved'];
    expect(defined(consumer('notices', { on, queue: true }))).not.toThrow();
    expect(refusal(consumer('notices', { on, queue: { batchSize: 0 } }))).toBe(
      'The consumer "notices" has a queue with batchSize 0: use a whole number from 1 to 100',
    );
  });
  const on = ['SeatsReserved'];

  it.each(['watch-balances', 'Occupancy', 'v2.totals_x'])('may have the name %s', (name) => {
    expect(defined(consumer(name, { on }))).not.toThrow();
  });

  it('refuses a name that the inbox does not take', () => {
    expect(refusal(consumer('a b', { on }))).toBe(
      'The consumer "a b" must be a text of letters, digits, ".", "_" and "-"',
    );
  });

  it.each(['SeatsReservd', 'toString'])('refuses the event %s, which is not declared', (type) => {
    expect(refusal(consumer('notices', { on: [type] }))).toBe(
      `The consumer "notices" listens to ${type}: declare it in \`events\``,
    );
  });

  it.each([{ on: [] }, {}])('refuses to listen to nothing: %j', (value) => {
    expect(refusal(consumer('notices', value))).toBe(
      'The consumer "notices" listens to nothing: fill its `on`',
    );
  });

  it('may be ordered where it gets the events of both Regions', () => {
    expect(defined(consumer('occupancy', { on, ordered: true }))).not.toThrow();
  });

  it('refuses to order copies of one Region', () => {
    const value = { on, of: 'other-region', ordered: true };
    expect(refusal(consumer('notices', value))).toBe(
      'The consumer "notices" is ordered and gets the copies of one Region only, while both Regions change a subject: leave out `ordered` or `of`',
    );
  });

  it.each(['yes', false, null])('refuses %j as `ordered`', (ordered) => {
    expect(refusal(consumer('notices', { on, ordered }))).toBe(
      'The consumer "notices" has an `ordered` that is not true',
    );
  });

  it('refuses an event of the other Region that stays in its own', () => {
    const value = { on: ['SeatsReserved', 'SeatsReleased'], of: 'other-region' };
    expect(refusal(consumer('notices', value))).toBe(
      'The consumer "notices" listens to SeatsReleased of the other Region: give the event the scope "all-regions"',
    );
  });
});
