import type { EventPublisher } from 'antipode/domain';
import { createEventBridgePublisher } from 'antipode/eventbridge';
import type { FoundService } from './find-service.ts';
import { loadEventBridge } from './sdk.ts';
import { serviceBus } from './service-bus.ts';

/** Attempts of one request. The person may run the command again. */
const attemptsMax = 2;

/** Time for one request and its retry. Milliseconds. */
export const publishMsMax = 20_000;

/**
 * Publishes on the bus of a service.
 *
 * @throws {Error} with one line where its stack has none, or several
 */
export const createServicePublisher = async (service: FoundService): Promise<EventPublisher> => {
  const busName = serviceBus(service);
  const { EventBridgeClient } = await loadEventBridge();
  const { putEventsWith } = await import('antipode/eventbridge-sdk');
  const client = new EventBridgeClient({ ...service.settings, maxAttempts: attemptsMax });
  return createEventBridgePublisher({ busName, putEvents: putEventsWith(client) });
};
