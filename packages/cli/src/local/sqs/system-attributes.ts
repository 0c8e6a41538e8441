import type { ReceivedMessage } from './queue.ts';

/** The sender of every message here. */
const senderId = 'AIDALOCAL';

/** The attributes that SQS gives to a message that is received. */
export const systemAttributes = (message: ReceivedMessage): Readonly<Record<string, string>> => {
  const { deadLetterSourceArn, groupId, deduplicationId, sequenceNumber } = message;
  const trace = message.systemAttributes?.['AWSTraceHeader']?.StringValue;
  return {
    SenderId: senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(trace !== undefined && { AWSTraceHeader: trace }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
};
