export type { QueueDefinition, RedrivePolicy } from './definition.ts';
export { InvalidQueue, readQueue } from './definition.ts';
export type { MessageAttribute, MessageAttributes, MessageContent } from './message.ts';
export { bodyMd5, traceAttributes } from './message.ts';
export type { Queue, QueueCounts, ReceivedMessage } from './queue.ts';
export { queueUrl, sqsRoute } from './route.ts';
export type { Sqs } from './sqs.ts';
export { createSqs } from './sqs.ts';
export { systemAttributes } from './system-attributes.ts';
