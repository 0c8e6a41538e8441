import { number, object, string } from 'valibot';
import { expectTypeOf } from 'vitest';
import type { DsqlRepository } from '../../../../src/adapters/dsql/index.ts';
import {
  accept,
  createWorkRunner,
  type Decision,
  type DomainEvent,
  declareEvents,
  type EventCatalogue,
  type EventEnvelope,
  type Outcome,
  type RunContext,
  type Schema,
  type WorkRunner,
} from '../../../../src/domain/kernel/index.ts';
import type { Service } from '../../../../src/handlers/runtime/index.ts';
import { decisionOf } from '../../../../src/testing/index.ts';

// An interface may be event data: it has no index signature.
interface Reserved {
  readonly show: string;
  readonly seats: number;
  readonly rows?: readonly { readonly name: string }[];
}
interface Receipt {
  readonly left: number;
}
type SeatsReserved = DomainEvent<'SeatsReserved', Reserved, 1>;
type ShowClosed = DomainEvent<'ShowClosed', { readonly show: string }, 2>;
type Show = { readonly free: number };
type Query = { readonly id: string };

declare const reserved: Schema<Reserved, Reserved>;
const catalogue = declareEvents('shop.box', {
  SeatsReserved: { version: 1, schema: reserved },
  ShowClosed: { version: 2, oldestVersion: 2, schema: object({ show: string() }) },
});

// Its readers get envelopes; decisions say events.
expectTypeOf(catalogue.parse).returns.toExtend<
  EventEnvelope<'SeatsReserved', Reserved> | EventEnvelope<'ShowClosed', { show: string }>
>();
expectTypeOf<SeatsReserved | ShowClosed>().toExtend<Parameters<typeof catalogue.envelop>[0]>();
expectTypeOf(catalogue).toExtend<EventCatalogue<EventEnvelope>>();

// A schema that reads one type and gives another declares the first for decisions, the second for
// readers.
declare const dated: Schema<{ readonly at: Date }, { readonly at: string }>;
const times = declareEvents('shop.times', { Opened: { version: 1, schema: dated } });
expectTypeOf(times.parse({}).data.at).toEqualTypeOf<Date>();
expectTypeOf<Parameters<typeof times.envelop>[0]['data']['at']>().toEqualTypeOf<string>();

// Data that JSON changes cannot be declared.
declare const impossible: {
  readonly date: Schema<{ readonly at: Date }>;
  readonly map: Schema<{ readonly of: readonly Map<string, string>[] }>;
  readonly big: Schema<{ readonly cents: bigint }>;
  readonly method: Schema<{ readonly price: () => number }>;
  readonly hole: Schema<{ readonly list: readonly (string | undefined)[] }>;
};
// @ts-expect-error a date
declareEvents('shop.box', { Opened: { version: 1, schema: impossible.date } });
// @ts-expect-error a map in a list
declareEvents('shop.box', { Opened: { version: 1, schema: impossible.map } });
// @ts-expect-error a bigint
declareEvents('shop.box', { Opened: { version: 1, schema: impossible.big } });
// @ts-expect-error a method
declareEvents('shop.box', { Opened: { version: 1, schema: impossible.method } });
// @ts-expect-error undefined in a list
declareEvents('shop.box', { Opened: { version: 1, schema: impossible.hole } });
// @ts-expect-error a version that is a text
declareEvents('shop.box', { Opened: { version: '1', schema: object({ seats: number() }) } });

// A runner knows the events of its catalogue; a use case names those that it says.
declare const deps: Omit<Parameters<typeof createWorkRunner<Query, Show, never>>[0], 'catalogue'>;
const runner = createWorkRunner({ ...deps, catalogue });
expectTypeOf(runner).toExtend<WorkRunner<Query, Show, SeatsReserved>>();
expectTypeOf(runner).toExtend<WorkRunner<Query, Show, SeatsReserved | ShowClosed>>();
expectTypeOf(runner).toExtend<WorkRunner<Query, Show>>();
expectTypeOf(runner).not.toExtend<WorkRunner<Query, Show, DomainEvent<'Unheard', Reserved>>>();
expectTypeOf(runner).not.toExtend<
  WorkRunner<Query, Show, DomainEvent<'SeatsReserved', { readonly show: number }>>
>();
// @ts-expect-error a runner has a catalogue
createWorkRunner(deps);

declare const service: Service;
declare const repository: DsqlRepository<Query, Show>;
const { publisher } = deps;
expectTypeOf(service.runner(repository, { catalogue, publisher })).toExtend<
  WorkRunner<Query, Show, SeatsReserved | ShowClosed>
>();
// @ts-expect-error a source is no catalogue
service.runner(repository, { source: 'shop.box', publisher });

declare const context: RunContext;
const once = { kind: 'command', key: 'k', fingerprint: '' } as const;
const run = { ...context, once };
const event: SeatsReserved = {
  type: 'SeatsReserved',
  schemaVersion: 1,
  subject: 'hamlet',
  aggregateVersion: 1,
  data: { show: 'hamlet', seats: 1 },
};
declare const receipt: Receipt;

// The result may be an interface too.
expectTypeOf(
  runner.run({
    ...run,
    load: { id: 'hamlet' },
    decide: (state) => {
      expectTypeOf(state).toEqualTypeOf<Show>();
      return accept({ state, events: [event], result: receipt });
    },
  }),
).resolves.toEqualTypeOf<Outcome<Receipt, never>>();

void runner.run({
  ...run,
  load: { id: 'hamlet' },
  // @ts-expect-error an event that the catalogue does not have
  decide: (state) => accept({ state, events: [{ ...event, type: 'Unheard' }], result: null }),
});
void runner.run({
  ...run,
  load: { id: 'hamlet' },
  // @ts-expect-error data of another event
  decide: (state) => accept({ state, events: [{ ...event, data: { by: 'me' } }], result: null }),
});
void runner.run({
  ...run,
  load: { id: 'hamlet' },
  // @ts-expect-error a result that JSON changes
  decide: (state) => accept({ state, events: [], result: { at: new Date() } }),
});
void runner.run({
  ...run,
  load: { id: 'hamlet' },
  // @ts-expect-error a result that JSON refuses
  decide: (state) => accept({ state, events: [], result: 1n }),
});

// `decide` is not async.
void runner.run({
  ...run,
  load: { id: 'hamlet' },
  // @ts-expect-error a promise is no decision
  decide: async (state) => accept({ state, events: [], result: null }),
});
void runner.run({
  ...run,
  // @ts-expect-error a promise is no decision, without a state neither
  decide: async () => accept({ state: { free: 1 }, events: [], result: null }),
});
// @ts-expect-error nothing is no decision
void runner.run({ ...run, load: { id: 'hamlet' }, decide: () => undefined });

// A decision names its events; one that names none says none, and suits every runner.
declare const decideQuietly: (state: Show) => Decision<Show, null>;
declare const quietRunner: WorkRunner<Query, Show>;
void quietRunner.run({ ...run, load: { id: 'hamlet' }, decide: decideQuietly });
void runner.run({ ...run, load: { id: 'hamlet' }, decide: decideQuietly });
const decideLoudly = (state: Show): Decision<Show, null> =>
  // @ts-expect-error the decision's type names no event
  accept({ state, events: [event], result: null });
// @ts-expect-error nor does a test expect one
decisionOf(decideLoudly).given({ free: 1 }).when({}).thenEvents(event);

// A decision that takes a state says what to load; `null` is the empty state.
declare const decide: (state: Show) => Decision<Show, null, SeatsReserved>;
declare const id: string | undefined;
// @ts-expect-error `load` was forgotten
void runner.run({ ...run, decide });
// @ts-expect-error `load` was forgotten
void runner.run({ ...run, load: undefined, decide });
// @ts-expect-error it may be forgotten
void runner.run({ ...run, load: id === undefined ? undefined : { id }, decide });
// @ts-expect-error another query
void runner.run({ ...run, load: { name: 'hamlet' }, decide });
void runner.run({ ...run, load: { id: 'hamlet' }, decide });
void runner.run({ ...run, load: null, decide });
void runner.run({ ...run, load: id === undefined ? null : { id }, decide });
void runner.run({ ...run, decide: () => decide({ free: 1 }) });
// @ts-expect-error `once` was forgotten
void runner.run({ ...context, load: null, decide });
// @ts-expect-error a key was forgotten
void runner.run({ ...context, once: { kind: 'command', fingerprint: '' }, load: null, decide });
expectTypeOf<Parameters<typeof runner.run>[0]>().toHaveProperty('once');

// The kit of tests knows the events of a decision.
const box = decisionOf(
  (state: Show, _command: object): Decision<Show, null, SeatsReserved | ShowClosed> =>
    accept({ state, events: [event], result: null }),
);
const then = box.given({ free: 1 }).when({});
then.thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet', seats: 1 } });
then.thenEvents(event, { type: 'ShowClosed', data: { show: 'hamlet' } });
// @ts-expect-error no such event
then.thenEvents({ type: 'SeatsReservd', data: { show: 'hamlet', seats: 1 } });
// @ts-expect-error a field is missing
then.thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet' } });
// @ts-expect-error a field is not one of the event
then.thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet', seats: 1, by: 'me' } });
// @ts-expect-error data of the other event
then.thenEvents({ type: 'ShowClosed', data: { show: 'hamlet', seats: 1 } });

// A service that only consumes declares no events, and its decisions say none.
const silent = createWorkRunner({ ...deps, catalogue: declareEvents('shop.audit', {}) });
expectTypeOf(silent).toExtend<WorkRunner<Query, Show>>();
expectTypeOf(silent).not.toExtend<WorkRunner<Query, Show, SeatsReserved>>();
void silent.run({ ...run, load: { id: 'hamlet' }, decide: decideQuietly });
