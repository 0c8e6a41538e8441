import { defined } from '../../../domain/kernel/defined.ts';
import type { AnyService } from '../../../domain/kernel/index.ts';
import { type AnswerRequest, createApiHandler } from '../api/api-handler.ts';
import type { ApiRoutes } from '../api/http-request.ts';
import { processEnvironment, readServiceConfig } from '../config.ts';
import { createBusPublisher } from '../events/publisher.ts';
import { verifiable } from '../verification/verifiable.ts';
import { createServiceParts, type ServeOptions, type ServiceParts } from './service-parts.ts';

/**
 * The function that answers; with the paths and methods that it answers over HTTP where these are
 * not POST to `/`.
 */
export type ApiWiring =
  | AnswerRequest
  | { readonly answer: AnswerRequest; readonly routes?: ApiRoutes };

/**
 * The entry of a service's API, for direct invocations and HTTP. It opens its connection during
 * INIT.
 *
 * @param wire makes the function that answers, once per execution environment
 * @throws {InvariantViolation} in INIT, that names the variable to set
 * @example
 * export const handler = await serveApi(booking, ({ db, runner }) =>
 *   createBookingApi(runner(createShowRepository(db()))),
 * );
 */
export const serveApi = async <Service extends AnyService>(
  service: Service,
  wire: (parts: ServiceParts<Service>) => ApiWiring,
  { env = processEnvironment }: ServeOptions = {},
) => {
  const config = readServiceConfig(env);
  const publisher = createBusPublisher(config, env);
  const parts = createServiceParts(service, config, env, publisher);
  // The connection opens while the rest is wired.
  const connected = parts.connections.warmUp();
  const wired = wire(parts);
  const { answer, routes } = typeof wired === 'function' ? { answer: wired } : wired;
  await connected;
  const handler = createApiHandler({ ...parts, answer, ...defined({ routes }) });
  return verifiable(handler, { ...parts, user: config.dsqlUser });
};
