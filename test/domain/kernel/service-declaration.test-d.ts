import { object, string } from 'valibot';
import { expectTypeOf } from 'vitest';
import {
  accept,
  type ConsumerEvent,
  type DecidedEventOf,
  type Decision,
  type DeclaredService,
  type DomainEvent,
  defineService,
  type EventEnvelope,
  type RunContext,
  type Schema,
  type WorkRunner,
} from '../../../src/domain/kernel/index.ts';
import type { ConsumerDeclaration } from '../../../src/domain/kernel/service-declaration.ts';

interface Reserved {
  readonly show: string;
  readonly seats: number;
}
declare const reserved: Schema<Reserved, Reserved>;
const parts = { name: 'booking', source: 'shop.booking', schema: 'booking', migrations: [] };
const events = {
  SeatsReserved: { version: 2, oldestVersion: 2, schema: reserved, scope: 'all-regions' },
  SeatsReleased: { version: 1, schema: object({ show: string() }) },
} as const;

const booking = defineService({
  ...parts,
  events: {
    SeatsReserved: { version: 2, oldestVersion: 2, schema: reserved, scope: 'all-regions' },
    SeatsReleased: { version: 1, schema: object({ show: string() }) },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});
type Booking = typeof booking;
expectTypeOf(booking).toExtend<DeclaredService>();

// A consumer's event is the union of those that it listens to.
type ReservedEnvelope = EventEnvelope<'SeatsReserved', Reserved>;
type ReleasedEnvelope = EventEnvelope<'SeatsReleased', { show: string }>;
expectTypeOf<ConsumerEvent<Booking, 'occupancy'>>().toEqualTypeOf<
  ReservedEnvelope | ReleasedEnvelope
>();
expectTypeOf<ConsumerEvent<Booking, 'notices'>>().toEqualTypeOf<ReservedEnvelope>();
// @ts-expect-error no such consumer
type Nobody = ConsumerEvent<Booking, 'notice'>;
expectTypeOf<Nobody>().not.toBeAny();

// A decision may emit the declared events, with their data, in their newest version.
type Show = { readonly free: number };
type Says<Event extends DomainEvent> = WorkRunner<string, Show, Event>;
declare const runner: WorkRunner<string, Show, DecidedEventOf<Booking>>;
expectTypeOf(runner).toExtend<Says<DomainEvent<'SeatsReserved', Reserved, 2>>>();
expectTypeOf(runner).toExtend<Says<DomainEvent<'SeatsReleased', { show: string }, 1>>>();
expectTypeOf(runner).not.toExtend<Says<DomainEvent<'SeatsReserved', Reserved, 1>>>();
expectTypeOf(runner).not.toExtend<Says<DomainEvent<'SeatsReserved', Reserved>>>();
expectTypeOf(runner).not.toExtend<Says<DomainEvent<'SeatsReserved', { show: string }, 2>>>();
expectTypeOf(runner).not.toExtend<Says<DomainEvent<'Unheard', Reserved, 1>>>();

declare const context: RunContext;
const once = { kind: 'command', key: 'k', fingerprint: '' } as const;
const event = { subject: 'hamlet', aggregateVersion: 1, data: { show: 'hamlet', seats: 1 } };
const newest = { ...event, type: 'SeatsReserved', schemaVersion: 2 } as const;
void runner.run({
  ...context,
  once,
  load: 'hamlet',
  decide: (state) => accept({ state, events: [newest], result: null }),
});
const older = { ...newest, schemaVersion: 1 } as const;
void runner.run({
  ...context,
  once,
  load: 'hamlet',
  // @ts-expect-error the version before
  decide: (state) => accept({ state, events: [older], result: null }),
});

// A decision that takes a state says what to load, also by the events of a declaration.
declare const decide: (state: Show) => Decision<Show, null, DecidedEventOf<Booking>>;
void runner.run({ ...context, once, load: 'hamlet', decide });
// @ts-expect-error `load` was forgotten
void runner.run({ ...context, once, decide });

defineService({
  ...parts,
  events,
  // @ts-expect-error an event that is not declared
  consumers: { occupancy: { on: ['SeatsReservd'] } },
});
defineService({
  ...parts,
  events,
  // @ts-expect-error an event that does not reach the other Region
  consumers: { notices: { on: ['SeatsReleased'], of: 'other-region' } },
});
// Where no event reaches the other Region, the compiler says how to mend it.
type Local = ConsumerDeclaration<{ readonly Sold: { version: 1; schema: Schema<string, string> } }>;
type OfTheOther = Extract<Local, { readonly of: 'other-region' }>;
expectTypeOf<OfTheOther['on'][0]>().toEqualTypeOf<'Give the event the scope "all-regions"'>();
defineService({
  ...parts,
  events,
  // @ts-expect-error a consumer of nothing
  consumers: { notices: { on: [] } },
});
defineService({
  ...parts,
  events,
  // @ts-expect-error another Region than the other one
  consumers: { notices: { on: ['SeatsReserved'], of: 'this-region' } },
});
defineService({
  ...parts,
  events,
  consumers: {
    // biome-ignore lint/suspicious/noDuplicateObjectKeys: the compiler refuses it too
    notices: { on: ['SeatsReserved'] },
    // @ts-expect-error a name that is another consumer's
    notices: { on: ['SeatsReleased'] },
  },
});
defineService({
  ...parts,
  // @ts-expect-error a scope that there is not
  events: { SeatsReserved: { version: 1, schema: reserved, scope: 'everywhere' } },
  consumers: {},
});
declare const dated: Schema<{ readonly at: Date }>;
defineService({
  ...parts,
  // @ts-expect-error data that JSON changes
  events: { Opened: { version: 1, schema: dated } },
  consumers: {},
});
// @ts-expect-error a migration without its statement
defineService({ ...parts, migrations: [{ id: 'booking-0001' }], events, consumers: {} });

const both = [{ id: 'booking-0001', ddl: 'CREATE …', dml: 'INSERT …' }] as const;
// @ts-expect-error a migration that defines and changes data
defineService({ ...parts, migrations: both, events, consumers: {} });
defineService({ ...parts, migrations: [{ id: 'b', dml: 'INSERT …' }], events, consumers: {} });

// A service that declares no events says none.
const silent = defineService({ ...parts, events: {}, consumers: {} });
expectTypeOf<DecidedEventOf<typeof silent>>().toBeNever();

// A consumer of both Regions may be ordered, one of copies may not.
defineService({
  ...parts,
  events,
  consumers: { occupancy: { on: ['SeatsReserved', 'SeatsReleased'], ordered: true } },
});
defineService({
  ...parts,
  events,
  // @ts-expect-error the copies come from one Region
  consumers: { notices: { on: ['SeatsReserved'], of: 'other-region', ordered: true } },
});
