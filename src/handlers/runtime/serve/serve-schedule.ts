import { type AnyService, InvariantViolation } from '../../../domain/kernel/index.ts';
import { hasEventBus, processEnvironment, readServiceConfig } from '../config.ts';
import { createBusPublisher, noPublisher } from '../events/publisher.ts';
import { createScheduleHandler, type RunTick } from '../events/schedule-handler.ts';
import { verifiable } from '../verification/verifiable.ts';
import { createServiceParts, type ServeOptions, type ServiceParts } from './service-parts.ts';

/**
 * The entry of a function that runs on a schedule of its own in both Regions, such as a daily
 * report. Each tick takes effect once, in one of them. It opens its connection during INIT.
 *
 * The schedule sends `{"scheduledTime": "<aws.scheduler.scheduled-time>"}`. Its events are
 * published where the function has a bus (`EVENT_BUS_NAME`), and by the relay where it has none.
 *
 * @param name the schedule's, equal in both Regions
 * @param wire makes the use case, once per execution environment. It passes `run` on to its runner,
 * `once` included
 * @param options `everySeconds` is the period of a schedule with a rate: the ticks of two Regions
 * are apart by less, and meet
 * @throws {InvariantViolation} in INIT, that names the variable to set; also for a name that a
 * consumer of the service has, or that no consumer could have
 * @example
 * export const handler = await serveSchedule(shop, 'daily-report', ({ db, runner }) =>
 *   reportDay(runner(createReportRepository(db()))),
 * );
 */
export const serveSchedule = async <Service extends AnyService>(
  service: Service,
  name: string,
  wire: (parts: ServiceParts<Service>) => RunTick,
  {
    env = processEnvironment,
    everySeconds,
  }: ServeOptions & { readonly everySeconds?: number } = {},
) => {
  if (Object.hasOwn(service.consumers, name)) {
    throw new InvariantViolation(
      `${service.name} has a consumer ${name}: give the schedule another name`,
    );
  }
  const config = readServiceConfig(env);
  const publisher = hasEventBus(env) ? createBusPublisher(config, env) : noPublisher;
  const parts = createServiceParts(service, config, env, publisher);
  // The connection opens while the rest is wired.
  const connected = parts.connections.warmUp();
  const runTick = wire(parts);
  await connected;
  const handler = createScheduleHandler({ ...parts, name, everySeconds, runTick });
  return verifiable(handler, { ...parts, user: config.dsqlUser });
};
