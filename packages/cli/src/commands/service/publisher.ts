import type { EventPublisher } from 'antipode/domain';
import { createEventBridgePublisher } from 'antipode/eventbridge';
import { type FoundService, resourceIds } from './find-service.ts';
import { loadEventBridge } from './sdk.ts';

/** Attempts of one request. The person may run the command again. */
const attemptsMax = 2;

/**
 * Publishes on the bus of a service.
 *
 * @throws {Error} with one line where its stack has none
 */
export const createServicePublisher = async (service: FoundService): Promise<EventPublisher> => {
  const [busName] = resourceIds(service, 'AWS::Events::EventBus');
  if (busName === undefined) throw new Error(`stack ${service.stack} has no event bus`);
  const { EventBridgeClient } = await loadEventBridge();
  const { putEventsWith } = await import('antipode/eventbridge-sdk');
  const client = new EventBridgeClient({ ...service.settings, maxAttempts: attemptsMax });
  return createEventBridgePublisher({ busName, putEvents: putEventsWith(client) });
};
