import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { EventConsumer } from '../../../infra/index.ts';
import type { ConsumerQueue } from '../../../src/domain/kernel/index.ts';
import { busOf, emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import { at, find, listOf, ofType, textOf, theOnly } from '../support/template.ts';

const fed = (queue: true | ConsumerQueue, { encrypted = false } = {}) => {
  const stack = stackOf();
  const consumer = functionMaker(emptyBundle())(stack, 'occupancy');
  const key = encrypted ? { encryptionKey: new Key(stack, 'Key') } : {};
  new EventConsumer(stack, 'Consumer', {
    ...{ eventBus: busOf(stack), ruleName: 'occupancy', pattern: { source: ['shop.box'] } },
    ...{ consumerName: 'occupancy', consumer, queue, ...key },
  });
  return templateOf(stack);
};

describe('a consumer behind a queue', () => {
  it('gets batches of its queue, and names the events that have failed', () => {
    const template = fed({ batchSize: 20, concurrencyMax: 7 });
    const { Properties, DependsOn } = theOnly(template, 'AWS::Lambda::EventSourceMapping');
    expect(Properties).toMatchObject({
      ...{ BatchSize: 20, MaximumBatchingWindowInSeconds: 1 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 7 },
    });
    expect(textOf(Properties['FunctionName'])).toBe('occupancyFunction');
    expect(textOf(Properties['EventSourceArn'])).toBe('ConsumerQueue.Arn');
    // Lambda asks for the permissions when the mapping is made.
    expect(listOf(DependsOn).map(String)).toContainEqual(
      expect.stringMatching(/^occupancyRoleDefaultPolicy/),
    );
  });

  it('may read its queue and do nothing else with it', () => {
    const [, policy] = ofType(fed(true), 'AWS::IAM::Policy')[0] ?? [];
    const statements = listOf(at(policy, 'Properties', 'PolicyDocument', 'Statement'));
    const reading = statements.filter((one) => textOf(at(one, 'Resource')).startsWith('Consumer'));
    expect(reading).toMatchObject([
      { Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] },
    ]);
  });

  it('keeps events that fail for good in the queue of its failures, at the fifth delivery', () => {
    const template = fed(true);
    const queue = find(template, 'AWS::SQS::Queue', 'QueueName', 'occupancy-queue');
    expect(queue.Properties).toMatchObject({
      ...{ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true },
      // Six timeouts of the function.
      VisibilityTimeout: 18,
      RedrivePolicy: { maxReceiveCount: 5 },
    });
    const arn = at(queue, 'Properties', 'RedrivePolicy', 'deadLetterTargetArn');
    expect(textOf(arn)).toBe('occupancyFailuresQueue.Arn');
    const { Properties } = theOnly(template, 'AWS::Lambda::Function');
    expect(at(Properties, 'Environment', 'Variables', 'QUEUE_RECEIVES_MAX')).toBe('5');
  });

  it('is fed by its rule alone, which keeps what it cannot deliver', () => {
    const template = fed(true);
    const { Properties } = theOnly(template, 'AWS::Events::Rule');
    const [target, ...others] = listOf(Properties['Targets']);
    expect(others).toEqual([]);
    expect(textOf(at(target, 'Arn'))).toBe('ConsumerQueue.Arn');
    expect(textOf(at(target, 'DeadLetterConfig', 'Arn'))).toBe('ConsumerUndeliveredQueue.Arn');
    expect(at(target, 'RetryPolicy')).toEqual({
      MaximumEventAgeInSeconds: 86_400,
      MaximumRetryAttempts: 185,
    });
    const policies = ofType(template, 'AWS::SQS::QueuePolicy').flatMap(([, policy]) =>
      listOf(at(policy, 'Properties', 'PolicyDocument', 'Statement')),
    );
    const sending = policies.filter((one) => at(one, 'Action') === 'sqs:SendMessage');
    expect(sending.map((one) => textOf(at(one, 'Resource'))).toSorted()).toEqual([
      'ConsumerQueue.Arn',
      'ConsumerUndeliveredQueue.Arn',
    ]);
    for (const one of sending) {
      expect(at(one, 'Principal')).toEqual({ Service: 'events.amazonaws.com' });
      expect(textOf(at(one, 'Condition', 'ArnEquals', 'aws:SourceArn'))).toBe('ConsumerRule.Arn');
    }
    expect(ofType(template, 'AWS::Lambda::Permission')).toEqual([]);
  });

  it('has an alarm on events that wait too long', () => {
    const alarm = find(
      fed({ receivesMax: 100 }),
      'AWS::CloudWatch::Alarm',
      'AlarmName',
      'occupancy-queue-waiting',
    );
    expect(alarm.Properties).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      // A hundred deliveries, each hidden for 18 s.
      Threshold: 1_800,
    });
    expect(textOf(alarm.Properties['AlarmDescription'])).toContain(
      'aws lambda list-event-source-mappings --function-name occupancyFunction --region us-east-1',
    );
  });

  it('encrypts its events with the key of the service', () => {
    const template = fed(true, { encrypted: true });
    const queue = find(template, 'AWS::SQS::Queue', 'QueueName', 'occupancy-queue');
    expect(textOf(at(queue, 'Properties', 'KmsMasterKeyId'))).toBe('Key.Arn');
    const statements = listOf(
      at(theOnly(template, 'AWS::KMS::Key'), 'Properties', 'KeyPolicy', 'Statement'),
    );
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        Principal: { Service: 'events.amazonaws.com' },
      }),
    );
  });

  it('is refused with settings that no queue has', () => {
    expect(() => fed({ receivesMax: 1 })).toThrow(
      'us-east-1/Consumer has a queue with receivesMax 1: use a whole number from 2 to 1000',
    );
  });
});
