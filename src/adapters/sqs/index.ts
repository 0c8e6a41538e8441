/**
 * Amazon SQS: dead letters, without the AWS SDK.
 *
 * @packageDocumentation
 */
export { createSqsDeadLetters } from './dead-letters.ts';
export { sqsEndpoint } from './endpoint.ts';
export { createSendMessage, type SendMessage, SqsError } from './send-message.ts';
