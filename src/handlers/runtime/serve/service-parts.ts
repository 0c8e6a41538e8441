import { Kysely } from 'kysely';
import { DsqlDialect, type DsqlRepository, type Row } from '../../../adapters/dsql/index.ts';
import {
  type AnyService,
  createRetrier,
  type DecidedEventOf,
  type EventCatalogue,
  type EventEnvelope,
  type EventPublisher,
  type WorkRunner,
} from '../../../domain/kernel/index.ts';
import type { EnvironmentVariables, ServiceConfig } from '../config.ts';
import { createService } from '../service.ts';

/**
 * The environment variables from which a function reads its configuration; those of the process
 * unless a test gives others.
 */
export type ServeOptions = { readonly env?: EnvironmentVariables };

/**
 * The parts of one function of a declared service.
 *
 * @throws {InvariantViolation} that names the setting that is wrong
 */
export const createServiceParts = <Service extends AnyService>(
  service: Service,
  config: ServiceConfig,
  env: EnvironmentVariables,
  publisher: EventPublisher,
) => {
  const { runner: runnerOf, ...parts } = createService(config, service.schema, env);
  const { connections, clock, random, metrics } = parts;
  const database = new Kysely<unknown>({ dialect: new DsqlDialect({ connections }) });
  const catalogue = service.catalogue as unknown as Pick<
    EventCatalogue<EventEnvelope, DecidedEventOf<Service>>,
    'envelop'
  >;

  return {
    ...parts,
    /** The Region that this process runs in. */
    region: config.region,
    /**
     * Retries questions until the deadline: `retrier.run(() => seatsOf(show), run.deadline, run)`.
     * It is not the one of commands: it learns how long a question lasts, and a commit lasts
     * longer.
     */
    retrier: createRetrier({ clock, random, metrics }),
    /**
     * The service's Kysely. Its tables are those that the caller asks for, as in
     * `createTotals(db())` or `db<Tables>()`.
     */
    db: <Tables>(): Kysely<Tables> => database as unknown as Kysely<Tables>,
    /** Runs work on a repository, whose decisions say the events that the service declares. */
    runner: <Query, State, Rows extends readonly unknown[] = readonly Row[]>(
      repository: DsqlRepository<Query, State, Rows>,
    ): WorkRunner<Query, State, DecidedEventOf<Service>> =>
      runnerOf(repository, { catalogue, publisher }),
  };
};

/** The parts that a function of a declared service is wired from. */
export type ServiceParts<Service extends AnyService> = ReturnType<
  typeof createServiceParts<Service>
>;
