import { passedTo, policyOf, type ResourceCalls, throughServices } from './resource-call.ts';

const buses = 'arn:aws:events:*:*:event-bus/{Name}';
const archives = 'arn:aws:events:*:*:archive/{ArchiveName}';
const rules = 'arn:aws:events:*:*:rule/{EventBusName}/{Name}';
const keys = 'arn:aws:kms:*:*:key/*';

/** The calls for buses, rules, archives and schedules. */
export const eventCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::Events::EventBus': [
    {
      on: buses,
      create: 'events:CreateEventBus DescribeEventBus ListTagsForResource TagResource',
      update:
        'events:DescribeEventBus ListTagsForResource TagResource UntagResource UpdateEventBus',
      delete: 'events:DeleteEventBus DescribeEventBus',
    },
    {
      on: keys,
      with: 'KmsKeyIdentifier',
      create: 'kms:Decrypt DescribeKey Encrypt GenerateDataKey',
      update: 'kms:Decrypt DescribeKey Encrypt GenerateDataKey',
      when: throughServices,
    },
  ],
  'AWS::Events::EventBusPolicy': [
    // EventBridge takes no resource for these two (service authorization reference).
    {
      on: '*',
      create: 'events:PutPermission',
      update: 'events:PutPermission',
      delete: 'events:RemovePermission',
    },
    {
      on: 'arn:aws:events:*:*:event-bus/{EventBusName}',
      create: 'events:DescribeEventBus',
      update: 'events:DescribeEventBus',
      delete: 'events:DescribeEventBus',
    },
  ],
  'AWS::Events::Archive': [
    {
      on: archives,
      create: 'events:CreateArchive DescribeArchive',
      update: 'events:DescribeArchive UpdateArchive',
      delete: 'events:DeleteArchive DescribeArchive',
    },
    { on: 'arn:aws:events:*:*:event-bus/{SourceArn}', create: 'events:CreateArchive' },
    {
      on: keys,
      with: 'KmsKeyIdentifier',
      create: 'kms:Decrypt DescribeKey GenerateDataKey',
      update: 'kms:Decrypt DescribeKey GenerateDataKey',
      when: throughServices,
    },
  ],
  'AWS::Events::Rule': [
    {
      on: rules,
      create:
        'events:DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets TagResource',
      update:
        'events:DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource',
      delete: 'events:DeleteRule DescribeRule ListTargetsByRule RemoveTargets',
    },
    {
      on: 'arn:aws:iam::*:role/{Targets.RoleArn}',
      with: 'Targets.RoleArn',
      create: 'iam:PassRole',
      update: 'iam:PassRole',
      when: passedTo('events.amazonaws.com'),
    },
  ],
  'AWS::Scheduler::Schedule': [
    {
      on: 'arn:aws:scheduler:*:*:schedule/default/{Name}',
      create: 'scheduler:CreateSchedule GetSchedule',
      update: 'scheduler:GetSchedule UpdateSchedule',
      delete: 'scheduler:DeleteSchedule GetSchedule',
    },
    {
      on: 'arn:aws:iam::*:role/{Target.RoleArn}',
      create: 'iam:PassRole',
      update: 'iam:PassRole',
      when: passedTo('scheduler.amazonaws.com'),
    },
  ],
};

/** The calls for queues. */
export const queueCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::SQS::Queue': [
    {
      on: 'arn:aws:sqs:*:*:{QueueName}',
      create: 'sqs:CreateQueue GetQueueAttributes GetQueueUrl ListQueueTags TagQueue',
      update: 'sqs:GetQueueAttributes ListQueueTags SetQueueAttributes TagQueue UntagQueue',
      delete: 'sqs:DeleteQueue GetQueueAttributes',
    },
  ],
  'AWS::SQS::QueuePolicy': policyOf('arn:aws:sqs:*:*:{Queues}', 'sqs:SetQueueAttributes'),
};
