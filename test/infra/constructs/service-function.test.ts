import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { type Bundle, patient, type ServiceFunctionProps } from '../../../infra/index.ts';
import { emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import {
  allowList,
  at,
  ofType,
  permissions,
  textOf,
  theOnly,
  trusts,
} from '../support/template.ts';

const functionOf = functionMaker(emptyBundle());

/** The template of a stack with one function. */
const templateWith = (options: Partial<ServiceFunctionProps> = {}) => {
  const stack = stackOf();
  functionOf(stack, 'orders', options);
  return templateOf(stack);
};

const writesItsLog = [
  'logs:CreateLogStream on ordersLogs.Arn',
  'logs:PutLogEvents on ordersLogs.Arn',
];

describe('a function of a service', () => {
  it('is deployed as it was described', () => {
    const { Properties } = theOnly(
      templateWith({
        description: 'Takes orders',
        environment: { LOG_LEVEL: 'INFO' },
        memoryMb: 512,
        timeout: Duration.seconds(7),
      }),
      'AWS::Lambda::Function',
    );
    expect(Properties).toMatchObject({
      FunctionName: 'orders',
      Description: 'Takes orders',
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Environment: { Variables: { LOG_LEVEL: 'INFO' } },
      MemorySize: 512,
      Timeout: 7,
    });
    expect(textOf(Properties['Role'])).toBe('ordersRole.Arn');
    expect(textOf(at(Properties, 'LoggingConfig', 'LogGroup'))).toBe('ordersLogs');
  });

  it('is deployed again where the hash of its bundle has changed, and not where its folder has', () => {
    const codeOf = (one: Bundle) => {
      const { Properties } = theOnly(templateWith({ bundle: one }), 'AWS::Lambda::Function');
      return at(Properties, 'Code', 'S3Key');
    };
    const first = emptyBundle();
    expect(codeOf(emptyBundle())).toBe(codeOf(first));
    expect(codeOf({ ...first, hash: 'b'.repeat(64) })).not.toBe(codeOf(first));
  });

  it('may be taken by Lambda alone, and writes its own log and does nothing else', () => {
    const template = templateWith();
    expect(trusts(template)).toEqual({
      ordersRole: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      ],
    });
    const granted = permissions(template)['ordersRole'] ?? [];
    expect(allowList(granted)).toEqual(writesItsLog);
  });

  it('keeps its log for a month, or as long as was asked for, and takes it along when it goes', () => {
    const log = theOnly(templateWith(), 'AWS::Logs::LogGroup');
    expect(log).toMatchObject({
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { LogGroupName: '/aws/lambda/orders', RetentionInDays: 30 },
    });
    const longer = templateWith({ logRetention: RetentionDays.ONE_YEAR });
    expect(theOnly(longer, 'AWS::Logs::LogGroup').Properties['RetentionInDays']).toBe(365);
  });

  it('keeps no failures, reserves nothing and is not traced, unless that was asked for', () => {
    const template = templateWith();
    expect(ofType(template, 'AWS::Lambda::EventInvokeConfig')).toEqual([]);
    expect(ofType(template, 'AWS::SQS::Queue')).toEqual([]);
    const { Properties } = theOnly(template, 'AWS::Lambda::Function');
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(Properties).not.toHaveProperty('TracingConfig');
  });

  it('runs as often at once, and is traced, as was asked for', () => {
    const template = templateWith({ reservedConcurrency: 0, tracing: true });
    expect(theOnly(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      ReservedConcurrentExecutions: 0,
      TracingConfig: { Mode: 'Active' },
    });
  });

  it('that is not waited for is tried as long as Lambda can, then its failures are kept', () => {
    const template = templateWith({ asynchronous: patient });
    const { Properties } = theOnly(template, 'AWS::Lambda::EventInvokeConfig');
    // Lambda's maxima: two retries, and an event is kept for six hours.
    expect(Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 6 * 60 * 60,
    });
    expect(textOf(Properties['FunctionName'])).toBe('ordersFunction');
    const destination = at(Properties, 'DestinationConfig', 'OnFailure', 'Destination');
    expect(textOf(destination)).toBe('ordersFailuresQueue.Arn');
    const queue = theOnly(template, 'AWS::SQS::Queue').Properties;
    expect(queue['QueueName']).toBe('orders-failures');
    const granted = permissions(template)['ordersRole'] ?? [];
    expect(allowList(granted)).toEqual([
      ...writesItsLog,
      'sqs:SendMessage on ordersFailuresQueue.Arn',
    ]);
    const alarm = theOnly(template, 'AWS::CloudWatch::Alarm').Properties;
    expect(alarm['AlarmDescription']).toContain('orders failed for good');
  });

  it('is tried as its own policy says', () => {
    const asynchronous = { retriesMax: 0, eventAgeMax: Duration.minutes(5) };
    const template = templateWith({ asynchronous });
    expect(theOnly(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
    });
  });
});
