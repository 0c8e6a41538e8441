/**
 * Amazon EventBridge by the AWS SDK's client. The other parts are in `antipode/eventbridge`.
 *
 * @packageDocumentation
 */

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PutEvents } from './publisher.ts';

/** Attempts of one request. The relay sends later what failed in all of them. */
const attemptsMax = 2;

/**
 * A `PutEvents` on the AWS SDK's client, for a service that has middleware or settings of its own
 * on it. It has a module of its own: a function that publishes by `createPutEvents` does not load
 * the SDK's client.
 *
 * @example
 * const putEvents = putEventsWith(new EventBridgeClient({ region, maxAttempts: 2 }));
 * const publisher = createEventBridgePublisher({ busName, putEvents });
 */
export const putEventsWith = (client: EventBridgeClient): PutEvents => {
  return (entries, abortSignal) =>
    client.send(new PutEventsCommand({ Entries: [...entries] }), { abortSignal });
};

/**
 * An EventBridge client with explicit settings, so that the SDK searches no files and no metadata
 * services for them.
 *
 * @param options.credentials is asked for each request: Lambda's keys are replaced while the
 * process lives
 */
export const createEventBridgeClient = (options: {
  readonly region: string;
  readonly credentials: () => {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}): EventBridgeClient =>
  new EventBridgeClient({
    region: options.region,
    credentials: async () => options.credentials(),
    maxAttempts: attemptsMax,
  });
