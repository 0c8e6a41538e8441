import type { Constraints } from './constraints.ts';

/**
 * The page on which AWS states limits, and the limits by property, or by definition and property.
 */
export type Addition = {
  readonly source: string;
  readonly limits: Readonly<Record<string, Constraints>>;
};

const lambdaApi = 'https://docs.aws.amazon.com/lambda/latest/api';
const eventsApi = 'https://docs.aws.amazon.com/eventbridge/latest/APIReference';

/** Names of rules, targets and buses; buses of partners have slashes. */
const eventsName: Constraints = { lengthMin: 1, lengthMax: 64, pattern: '[\\.\\-_A-Za-z0-9]+' };
const arnLength: Constraints = { lengthMin: 1, lengthMax: 1600 };

/**
 * Limits that AWS's services have and the registry's schemas of these types lack. The generator
 * refuses one that a newer version of the package has.
 */
export const additions: Readonly<Record<string, readonly Addition[]>> = {
  'AWS::Lambda::Function': [
    {
      source: `${lambdaApi}/API_CreateFunction.html`,
      limits: {
        FunctionName: { lengthMax: 64, pattern: '[a-zA-Z0-9-_]+' },
        Timeout: { max: 900 },
      },
    },
    {
      // The API takes 32,768 for functions on managed instances, which do not run here.
      source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
      limits: { MemorySize: { min: 128, max: 10_240 } },
    },
  ],
  'AWS::Lambda::EventSourceMapping': [
    {
      source: `${lambdaApi}/API_CreateEventSourceMapping.html`,
      limits: { FunctionResponseTypes: { itemValues: ['ReportBatchItemFailures'] } },
    },
  ],
  'AWS::SQS::Queue': [
    {
      source:
        'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html',
      limits: {
        // A FIFO queue's name ends in `.fifo`.
        QueueName: { lengthMin: 1, lengthMax: 80, pattern: '[a-zA-Z0-9_-]+(\\.fifo)?' },
        DelaySeconds: { min: 0, max: 900 },
        KmsDataKeyReusePeriodSeconds: { min: 60, max: 86_400 },
        MaximumMessageSize: { min: 1024, max: 1_048_576 },
        MessageRetentionPeriod: { min: 60, max: 1_209_600 },
        ReceiveMessageWaitTimeSeconds: { min: 0, max: 20 },
        VisibilityTimeout: { min: 0, max: 43_200 },
      },
    },
  ],
  'AWS::Events::EventBus': [
    {
      // Without the slashes that only the buses of partners have.
      source: `${eventsApi}/API_CreateEventBus.html`,
      limits: { Name: { lengthMin: 1, lengthMax: 256, pattern: '[\\.\\-_A-Za-z0-9]+' } },
    },
  ],
  'AWS::Events::Archive': [
    {
      source: `${eventsApi}/API_CreateArchive.html`,
      limits: { Description: { lengthMax: 512 }, RetentionDays: { min: 0 } },
    },
  ],
  'AWS::Events::Rule': [
    {
      source: `${eventsApi}/API_PutRule.html`,
      limits: {
        Name: eventsName,
        Description: { lengthMax: 512 },
        EventBusName: arnLength,
        RoleArn: arnLength,
        ScheduleExpression: { lengthMax: 256 },
      },
    },
    {
      source: `${eventsApi}/API_Target.html`,
      limits: {
        'Target.Id': eventsName,
        'Target.Arn': arnLength,
        'Target.RoleArn': arnLength,
        'Target.Input': { lengthMax: 8192 },
        'Target.InputPath': { lengthMax: 256 },
        'DeadLetterConfig.Arn': arnLength,
      },
    },
    {
      source: `${eventsApi}/API_RetryPolicy.html`,
      limits: {
        'RetryPolicy.MaximumRetryAttempts': { min: 0, max: 185 },
        'RetryPolicy.MaximumEventAgeInSeconds': { min: 60, max: 86_400 },
      },
    },
    {
      source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
      limits: { Targets: { lengthMax: 5 } },
    },
  ],
  'AWS::IAM::Role': [
    {
      source: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html',
      limits: {
        RoleName: { lengthMin: 1, lengthMax: 64, pattern: '[\\w+=,.@-]+' },
        MaxSessionDuration: { min: 3600, max: 43_200 },
      },
    },
  ],
};
