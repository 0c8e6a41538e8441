/**
 * Amazon EventBridge: publishing. The AWS SDK's client is in `antipode/eventbridge-sdk`.
 *
 * @packageDocumentation
 */

export { NoAnswer } from '../aws/http-exchange.ts';
export type { SigningKeys } from '../aws/signature.ts';
export { eventBridgeEndpoint } from './endpoint.ts';
export type { PutEventsEntry } from './packing.ts';
export {
  createEventBridgePublisher,
  type PutEvents,
  type PutEventsOutput,
  type PutEventsResult,
} from './publisher.ts';
export { createPutEvents } from './put-events.ts';
export { EventBridgeError } from './put-events-answer.ts';
