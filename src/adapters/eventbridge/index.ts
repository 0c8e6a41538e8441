/** Amazon EventBridge: publishing. The AWS SDK's client is in `antipode/eventbridge-sdk`. */
export * from './endpoint.ts';
export { NoAnswer } from './http-exchange.ts';
export * from './packing.ts';
export * from './publisher.ts';
export * from './put-events.ts';
export { EventBridgeError } from './put-events-answer.ts';
export type { SigningKeys } from './signature.ts';
