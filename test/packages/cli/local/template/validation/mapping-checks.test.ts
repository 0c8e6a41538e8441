import { describe, expect, it } from 'vitest';
import { refusalsOf, refuses, service, withProperties } from './service.ts';

const fifo = { QueueName: null, FifoQueue: true, RedrivePolicy: null } as const;

describe('event source mappings', () => {
  refuses([
    [
      'a function that is missing',
      'Mapping',
      { FunctionName: 'gone' },
      'FunctionName: there is no function gone in this Region of the app',
    ],
    [
      'a queue that is missing',
      'Mapping',
      { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:gone' },
      'EventSourceArn: there is no queue arn:aws:sqs:us-east-1:000000000000:gone in this Region of the app',
    ],
    [
      'a batch above ten without a window',
      'Mapping',
      { BatchSize: 11, MaximumBatchingWindowInSeconds: 0 },
      'BatchSize is 11; above 10 it needs a MaximumBatchingWindowInSeconds of 1 or more',
    ],
    [
      'another answer than that of failed items',
      'Mapping',
      { FunctionResponseTypes: ['ReportFailures'] },
      'FunctionResponseTypes[0] is "ReportFailures"; it must be ReportBatchItemFailures',
    ],
    [
      'a concurrency of one',
      'Mapping',
      { ScalingConfig: { MaximumConcurrency: 1 } },
      'ScalingConfig.MaximumConcurrency is 1; the least is 2',
    ],
  ]);

  it('refuse a queue that shows messages again while the function may still run', () => {
    expect(refusalsOf(withProperties('Queue', { VisibilityTimeout: 29 }))).toEqual([
      "will fail in AWS: app/Mapping: the visibility timeout of its queue, 29 s, is less than its function's timeout, 30 s",
    ]);
  });

  it('refuse a second one of the same queue and function', () => {
    expect(refusalsOf({ ...service, Twin: service['Mapping'] ?? {} })).toEqual([
      'will fail in AWS: app/Mapping: Twin maps the same queue to the same function',
      'will fail in AWS: app/Twin: Mapping maps the same queue to the same function',
    ]);
  });

  it('refuse a window and a larger batch of a FIFO queue', () => {
    const { Mapping } = withProperties('Mapping', { BatchSize: 20 });
    expect(refusalsOf({ ...withProperties('Queue', fifo), Mapping: Mapping ?? {} })).toEqual([
      'will fail in AWS: app/Mapping: BatchSize is 20; a batch of a FIFO queue has at most 10',
      'will fail in AWS: app/Mapping: MaximumBatchingWindowInSeconds: a FIFO queue has no batching window',
    ]);
  });

  it('take a FIFO queue, whose generated name ends in .fifo', () => {
    const { Mapping } = withProperties('Mapping', { MaximumBatchingWindowInSeconds: 0 });
    expect(refusalsOf({ ...withProperties('Queue', fifo), Mapping: Mapping ?? {} })).toEqual([]);
  });

  it('need a role that may read the queue', () => {
    const [line = '', ...others] = refusalsOf({
      ...service,
      FnRole: JSON.parse(
        JSON.stringify(service['FnRole']).replace('sqs:DeleteMessage', 'sqs:List'),
      ),
    });
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^will fail in AWS: app\/Mapping: the function's role does not allow sqs:DeleteMessage on arn:aws:sqs:/,
    );
  });
});
