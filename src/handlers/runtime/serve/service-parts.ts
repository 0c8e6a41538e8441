import { Kysely } from 'kysely';
import { DsqlDialect } from '../../../adapters/dsql/index.ts';
import { createServiceWork } from '../../../adapters/dsql/records/service-runner.ts';
import type { AnyService, EventPublisher } from '../../../domain/kernel/index.ts';
import {
  type EnvironmentVariables,
  hasEventBus,
  readEventBusName,
  type ServiceConfig,
} from '../config.ts';
import { createService } from '../service.ts';
import { tracedPublisher } from '../spans.ts';

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
  const { runner: _, ...parts } = createService(config, service.schema, env);
  const { connections } = parts;
  const { region } = config;
  const { schema } = service;
  const database = new Kysely<unknown>({ dialect: new DsqlDialect({ connections }) });
  const traced = hasEventBus(env)
    ? tracedPublisher(publisher, parts.tracer, readEventBusName(env))
    : publisher;
  const deps = { ...parts, schema, region, publisher: traced, database };
  const work = createServiceWork(service, deps);
  return {
    ...parts,
    /** The Region that this process runs in. */
    region,
    ...work,
  };
};

/** The parts that a function of a declared service is wired from. */
export type ServiceParts<Service extends AnyService> = ReturnType<
  typeof createServiceParts<Service>
>;
