import type { Kysely } from 'kysely';
import {
  type AnyService,
  type Clock,
  createRetrier,
  createWorkRunner,
  type DecidedEventOf,
  type DomainEvent,
  type EventCatalogue,
  type EventEnvelope,
  type EventPublisher,
  type Ids,
  type Logger,
  type Metrics,
  type Questions,
  type Random,
  type RetriedQuestions,
  type Retrier,
  type Tracer,
  type UnitOfWork,
  type WorkRunner,
} from '../../../domain/kernel/index.ts';
import { orderedConsumers } from '../../../domain/kernel/work/ordered-events.ts';
import { retryQuestions } from '../../../domain/kernel/work/questions.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { createIdempotencyRecords } from '../transaction/idempotency-records.ts';
import { createDsqlUnitOfWork, type DsqlRepository } from '../transaction/unit-of-work.ts';
import type { Row } from '../wire/statement.ts';
import { orderedInsert } from './ordering/ordered-events.ts';
import type { OutboxWriter } from './outbox/outbox-writer.ts';

type RunnerDeps = {
  readonly connections: ConnectionPool;
  /** Holds the records of commands and events. */
  readonly schema: string;
  readonly outbox: OutboxWriter;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The Region that this process runs in. */
  readonly region: string;
  readonly publisher: EventPublisher;
  readonly tracer?: Tracer;
};

/** The span of one unit of work, with all its attempts. DSQL's only database is `postgres`. */
const traced = <Query, State>(
  unitOfWork: UnitOfWork<Query, State>,
  tracer: Tracer | undefined,
): UnitOfWork<Query, State> =>
  tracer
    ? {
        execute: (work) =>
          tracer.span(
            'commit',
            () => unitOfWork.execute(work),
            () => ({ kind: 'client', about: { database: 'postgres' } }),
          ),
      }
    : unitOfWork;

/** Makes the runner of each repository. All share one retrier, and the records of one schema. */
export const createRunnerOf = <Event extends DomainEvent>(
  deps: RunnerDeps & {
    readonly retrier: Retrier;
    readonly catalogue: Pick<EventCatalogue<EventEnvelope, Event>, 'envelop'>;
  },
) => {
  const records = createIdempotencyRecords(deps.schema);
  const outboxInsert = deps.outbox.insert;
  return <Query, State, Rows extends readonly unknown[] = readonly Row[]>(
    repository: DsqlRepository<Query, State, Rows>,
  ): WorkRunner<Query, State, Event> =>
    createWorkRunner({
      ...deps,
      unitOfWork: traced(
        createDsqlUnitOfWork({ ...deps, records, outboxInsert, repository }),
        deps.tracer,
      ),
    });
};

/** The work and the questions of one function of a declared service. */
export const createServiceWork = <Service extends AnyService>(
  service: Service,
  deps: RunnerDeps & {
    readonly clock: Clock;
    readonly random: Random;
    readonly database: Kysely<unknown>;
  },
) => {
  const { database } = deps;
  const retrier = createRetrier(deps);
  const consumersOf = orderedConsumers(service.consumers);
  const ordered = consumersOf && orderedInsert(deps.schema, consumersOf);
  const insert: RunnerDeps['outbox']['insert'] = (events, scheduled) => [
    ...deps.outbox.insert(events, scheduled),
    ...(ordered?.(events) ?? []),
  ];
  const db = <Tables>(): Kysely<Tables> => database as unknown as Kysely<Tables>;
  return {
    /**
     * The service's Kysely. Its tables are those that the caller asks for, as in
     * `createTotals(db())` or `db<Tables>()`.
     */
    db,
    /**
     * Retries questions that `questions` does not make. It is not the one of commands: it learns
     * how long a question lasts, and a commit lasts longer.
     */
    retrier,
    /**
     * Makes the service's questions. Each takes the invocation that asks, and is asked again after
     * a transient fault until its deadline.
     *
     * @example
     * const { freeSeats } = questions(createQuestions);
     * const seats = await freeSeats(run, 'hamlet');
     */
    questions: <Tables, Asked extends Questions>(
      make: (db: Kysely<Tables>) => Asked,
    ): RetriedQuestions<Asked> => retryQuestions(retrier, make(db())),
    /** Runs work on a repository, whose decisions emit the events that the service declares. */
    runner: createRunnerOf({
      ...deps,
      outbox: { ...deps.outbox, insert },
      retrier: createRetrier(deps),
      catalogue: service.catalogue as unknown as Pick<
        EventCatalogue<EventEnvelope, DecidedEventOf<Service>>,
        'envelop'
      >,
    }),
  };
};
