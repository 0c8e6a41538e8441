import type { Kysely } from 'kysely';
import { object, string } from 'valibot';
import { expectTypeOf } from 'vitest';
import type { DsqlRepository } from '../../../../src/adapters/dsql/index.ts';
import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  type DecidedEventOf,
  type Decision,
  type DomainEvent,
  defineService,
  type EventEnvelope,
  type Json,
  type Outcome,
  type RunContext,
  type WorkRunner,
} from '../../../../src/domain/kernel/index.ts';
import {
  type AnswerRequest,
  type ServiceParts,
  serveApi,
  serveConsumer,
} from '../../../../src/handlers/runtime/index.ts';

const booking = defineService({
  name: 'booking',
  source: 'shop.booking',
  schema: 'booking',
  migrations: [],
  events: {
    SeatsReserved: {
      version: 2,
      oldestVersion: 2,
      schema: object({ show: string() }),
      scope: 'all-regions',
    },
    SeatsReleased: { version: 1, schema: object({ show: string() }) },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});
type Booking = typeof booking;
type Show = { readonly free: number };
type Tables = { readonly 'booking.shows': { readonly id: string } };
declare const shows: DsqlRepository<string, Show>;
declare const showsOf: (db: Kysely<Tables>) => DsqlRepository<string, Show>;
declare const answer: AnswerRequest;

// A runner's decisions say the events of the declaration.
declare const parts: ServiceParts<Booking>;
expectTypeOf(parts.runner(shows)).toEqualTypeOf<
  WorkRunner<string, Show, DecidedEventOf<Booking>>
>();

// The tables are those that the repository asks for.
expectTypeOf(parts.db<Tables>()).toEqualTypeOf<Kysely<Tables>>();
void showsOf(parts.db());
// @ts-expect-error tables that nobody has named
parts.db().selectFrom('booking.shows');

// A question takes the invocation that asks first: without one, nothing would retry it.
declare const questionsOf: (db: Kysely<Tables>) => {
  readonly show: (id: string) => Promise<{ readonly free: number } | undefined>;
};
declare const run: RunContext;
const questions = parts.questions(questionsOf);
expectTypeOf(questions.show(run, 'hamlet')).resolves.toEqualTypeOf<
  { readonly free: number } | undefined
>();
// @ts-expect-error nothing says until when it is asked again
void questions.show('hamlet');

void serveApi(booking, () => answer);
void serveApi(booking, () => ({ answer, routes: { '/': ['GET'] } }));
// @ts-expect-error a method that there is not
void serveApi(booking, () => ({ answer, routes: { '/': ['FETCH'] } }));
// @ts-expect-error a service that was not declared
void serveApi({ ...parts, name: 'booking' }, () => answer);

// The event of an inline use case is the union of those that the consumer listens to.
void serveConsumer(booking, 'occupancy', ({ runner }) => {
  const occupancy = runner(shows);
  return (event, run) => {
    expectTypeOf(event).toEqualTypeOf<ConsumerEvent<Booking, 'occupancy'>>();
    expectTypeOf(event.type).toEqualTypeOf<'SeatsReserved' | 'SeatsReleased'>();
    return occupancy.run({
      ...run,
      load: event.data.show,
      decide: (state) => accept({ state, events: [], result: null }),
    });
  };
});
void serveConsumer(booking, 'notices', ({ runner }) => (event, run) => {
  expectTypeOf(event.type).toEqualTypeOf<'SeatsReserved'>();
  return runner(shows).run({
    ...run,
    load: null,
    decide: (state) =>
      accept({
        state,
        events: [
          {
            type: 'SeatsReserved',
            schemaVersion: 2,
            subject: event.data.show,
            aggregateVersion: 1,
            data: { show: event.data.show },
          },
        ],
        result: null,
      }),
  });
});
declare const decideOld: () => Decision<
  Show,
  null,
  DomainEvent<'SeatsReserved', { show: string }, 1>
>;
declare const decideKnowing: (state: Show) => Decision<Show, null>;
void serveConsumer(booking, 'notices', ({ runner }) => (_event, run) => {
  // @ts-expect-error an event in the version before
  void runner(shows).run({ ...run, decide: decideOld });
  // @ts-expect-error `load` was forgotten
  void runner(shows).run({ ...run, decide: decideKnowing });
  return runner(shows).run({ ...run, load: null, decide: decideKnowing });
});

type UseCase<Event> = (event: Event, run: ConsumerContext) => Promise<Outcome<Json>>;
declare const count: UseCase<ConsumerEvent<Booking, 'occupancy'>>;
declare const countReleased: UseCase<
  ConsumerEvent<Booking, 'occupancy'> & { type: 'SeatsReleased' }
>;
declare const audit: UseCase<EventEnvelope>;
void serveConsumer(booking, 'occupancy', () => count);
void serveConsumer(booking, 'occupancy', () => audit);
// @ts-expect-error a use case of an event that the consumer does not listen to
void serveConsumer(booking, 'notices', () => count);
// @ts-expect-error a use case that does not take all events of the consumer
void serveConsumer(booking, 'occupancy', () => countReleased);
// @ts-expect-error no such consumer
void serveConsumer(booking, 'notice', () => audit);
