import { environmentCredentials } from '../../../adapters/dsql/index.ts';
import {
  createEventBridgePublisher,
  createPutEvents,
  eventBridgeEndpoint,
} from '../../../adapters/eventbridge/index.ts';
import type { EventPublisher } from '../../../domain/kernel/index.ts';
import { type EnvironmentVariables, readEventBusName } from '../config.ts';

/** For a function without a bus, such as a consumer's: the relay publishes its events. */
export const noPublisher: EventPublisher = {
  publish: async (events) =>
    events.map(() => ({
      ok: false,
      retryable: true,
      reason: 'This function has no bus',
      isDeferred: true,
    })),
};

/**
 * Publishes to the bus that the stack has named, wired for Lambda: one per execution environment.
 *
 * @param env is read again for each signature: Lambda replaces its keys there
 * @throws {InvariantViolation} that names the variable to set
 */
export const createBusPublisher = (
  { region }: { readonly region: string },
  env: EnvironmentVariables,
): EventPublisher => {
  const putEvents = createPutEvents({
    region,
    url: eventBridgeEndpoint(region, env),
    credentials: () => environmentCredentials(env),
    traceHeader: () => env['_X_AMZN_TRACE_ID'],
  });
  return createEventBridgePublisher({ busName: readEventBusName(env), putEvents });
};
