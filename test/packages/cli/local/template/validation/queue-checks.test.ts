import { describe, expect, it } from 'vitest';
import { refusalsOf, refuses, withProperties } from './service.ts';

describe('queues', () => {
  refuses([
    [
      'a standard queue that is named as a FIFO queue',
      'Queue',
      { QueueName: 'notes.fifo' },
      'QueueName is "notes.fifo"; only the name of a FIFO queue may have a dot',
    ],
    [
      'the deduplication of a standard queue',
      'Queue',
      { ContentBasedDeduplication: true },
      'ContentBasedDeduplication: only a FIFO queue may have it',
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

  it('keep dead letters of their own kind, and those of a function in a standard queue', () => {
    const fifo = { QueueName: 'notes-failures.fifo', FifoQueue: true };
    expect(refusalsOf(withProperties('Failures', fifo))).toEqual([
      'will fail in AWS: app/Queue: RedrivePolicy: a FIFO queue has a FIFO queue for its dead letters, a standard one none',
      'will fail in AWS: app/FnEvents: DestinationConfig.OnFailure: arn:aws:sqs:us-east-1:000000000000:notes-failures.fifo is a FIFO queue; use a standard queue',
    ]);
  });

  it('of the type FIFO get no events by a rule that names no message group', () => {
    const fifo = { QueueName: 'notes.fifo', FifoQueue: true, RedrivePolicy: null };
    const { Rule } = withProperties('Rule', {
      Targets: [{ Id: '0', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
    });
    const { Mapping: _, ...others } = withProperties('Queue', fifo);
    expect(refusalsOf({ ...others, Rule: Rule ?? {} })).toContain(
      'will fail in AWS: app/Rule: Targets[0] is a FIFO queue and needs SqsParameters with a MessageGroupId',
    );
  });
});
