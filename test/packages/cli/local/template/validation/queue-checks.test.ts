import { describe } from 'vitest';
import { refuses } from './service.ts';

describe('queues', () => {
  refuses([
    [
      'a standard queue that is named as a FIFO queue',
      'Queue',
      { QueueName: 'notes.fifo' },
      'QueueName is "notes.fifo"; only the name of a FIFO queue may have a dot',
    ],
    [
      'a number of receives above 1,000',
      'Queue',
      {
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['Failures', 'Arn'] },
          maxReceiveCount: 1001,
        },
      },
      'RedrivePolicy.maxReceiveCount is 1001; it must be 1 to 1000',
    ],
    [
      'a dead-letter queue that is missing',
      'Queue',
      {
        RedrivePolicy: {
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:gone',
          maxReceiveCount: 3,
        },
      },
      'RedrivePolicy: there is no queue arn:aws:sqs:us-east-1:000000000000:gone in this Region of the app',
    ],
    [
      'a redrive policy without a queue',
      'Queue',
      { RedrivePolicy: { maxReceiveCount: 3 } },
      'RedrivePolicy needs a deadLetterTargetArn and a maxReceiveCount',
    ],
  ]);
});
