import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { refusalsOf, refuses, scheduled, service, target, withProperties } from './service.ts';

const retries = (MaximumRetryAttempts: Json): JsonObject => ({
  RetryPolicy: { MaximumRetryAttempts },
});
const age = (MaximumEventAgeInSeconds: Json): JsonObject => ({
  RetryPolicy: { MaximumEventAgeInSeconds },
});

it('takes a service that AWS takes', () => {
  expect(refusalsOf(service)).toEqual([]);
});

describe('ranges', () => {
  refuses([
    ['a timeout of 0 s', 'Fn', { Timeout: 0 }, 'Timeout is 0; the least is 1'],
    ['a timeout above 15 minutes', 'Fn', { Timeout: 901 }, 'Timeout is 901; the most is 900'],
    ['memory below 128 MB', 'Fn', { MemorySize: 127 }, 'MemorySize is 127; the least is 128'],
    ['memory above 10 GB', 'Fn', { MemorySize: 10_241 }, 'MemorySize is 10241; the most is 10240'],
    [
      'a negative reserved concurrency',
      'Fn',
      { ReservedConcurrentExecutions: -1 },
      'ReservedConcurrentExecutions is -1; the least is 0',
    ],
    [
      'a third retry of an asynchronous invocation',
      'FnEvents',
      { MaximumRetryAttempts: 3 },
      'MaximumRetryAttempts is 3; the most is 2',
    ],
    [
      'asynchronous events that live less than a minute',
      'FnEvents',
      { MaximumEventAgeInSeconds: 59 },
      'MaximumEventAgeInSeconds is 59; the least is 60',
    ],
    [
      'asynchronous events that live more than six hours',
      'FnEvents',
      { MaximumEventAgeInSeconds: 21_601 },
      'MaximumEventAgeInSeconds is 21601; the most is 21600',
    ],
    [
      'a 186th retry of a delivery',
      'Rule',
      target(retries(186)),
      'Targets[0].RetryPolicy.MaximumRetryAttempts is 186; the most is 185',
    ],
    [
      'deliveries that live more than a day',
      'Rule',
      target(age(86_401)),
      'Targets[0].RetryPolicy.MaximumEventAgeInSeconds is 86401; the most is 86400',
    ],
    [
      'a 186th retry of a schedule',
      'Schedule',
      scheduled(retries(186)),
      'Target.RetryPolicy.MaximumRetryAttempts is 186; the most is 185',
    ],
    [
      'a scheduled event that lives less than a minute',
      'Schedule',
      scheduled(age(59)),
      'Target.RetryPolicy.MaximumEventAgeInSeconds is 59; the least is 60',
    ],
    [
      'a visibility timeout above twelve hours',
      'Queue',
      { VisibilityTimeout: 43_201 },
      'VisibilityTimeout is 43201; the most is 43200',
    ],
    [
      'a delay above 15 minutes',
      'Queue',
      { DelaySeconds: 901 },
      'DelaySeconds is 901; the most is 900',
    ],
    [
      'a retention below a minute',
      'Queue',
      { MessageRetentionPeriod: 59 },
      'MessageRetentionPeriod is 59; the least is 60',
    ],
    [
      'a message size below 1 KiB',
      'Queue',
      { MaximumMessageSize: 1023 },
      'MaximumMessageSize is 1023; the least is 1024',
    ],
    [
      'a long poll above 20 s',
      'Queue',
      { ReceiveMessageWaitTimeSeconds: 21 },
      'ReceiveMessageWaitTimeSeconds is 21; the most is 20',
    ],
    [
      'a negative retention of an archive',
      'Archive',
      { RetentionDays: -1 },
      'RetentionDays is -1; the least is 0',
    ],
    [
      'a flexible window of more than a day',
      'Schedule',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1441 } },
      'FlexibleTimeWindow.MaximumWindowInMinutes is 1441; the most is 1440',
    ],
    [
      'a sixth target',
      'Rule',
      {
        Targets: Array.from({ length: 6 }, (_, index) => ({
          Id: `T${index}`,
          Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] },
        })),
      },
      'Targets has 6 items; the most is 5',
    ],
  ]);

  it.each([900, '900'])(
    'takes the timeout %j: CloudFormation reads numbers out of texts',
    (Timeout) => {
      expect(refusalsOf(withProperties('Fn', { Timeout }))).toEqual([]);
    },
  );

  it.each(['', ' 30', '0x1e', '3e1', 'soon'])(
    'refuses the timeout %j, which is no number',
    (Timeout) => {
      expect(refusalsOf(withProperties('Fn', { Timeout }))).toEqual([
        `will fail in AWS: app/Fn: Timeout is ${JSON.stringify(Timeout)}; it must be a whole number`,
      ]);
    },
  );
});

describe('names', () => {
  const long = (length: number) => 'n'.repeat(length);
  refuses([
    [
      'a function of 65 characters',
      'Fn',
      { FunctionName: long(65) },
      'FunctionName has 65 characters; the most is 64',
    ],
    [
      'a function with a dot',
      'Fn',
      { FunctionName: 'notes.api' },
      'FunctionName is "notes.api"; it must match [a-zA-Z0-9-_]+',
    ],
    [
      'a queue of 81 characters',
      'Queue',
      { QueueName: long(81) },
      'QueueName has 81 characters; the most is 80',
    ],
    [
      'a queue with a blank',
      'Queue',
      { QueueName: 'my notes' },
      'QueueName is "my notes"; it must match [a-zA-Z0-9_-]+(\\.fifo)?',
    ],
    [
      'a rule of 65 characters',
      'Rule',
      { Name: long(65) },
      'Name has 65 characters; the most is 64',
    ],
    [
      'a rule with a slash',
      'Rule',
      { Name: 'notes/made' },
      'Name is "notes/made"; it must match [\\.\\-_A-Za-z0-9]+',
    ],
    [
      'a bus with a slash',
      'Bus',
      { Name: 'notes/own' },
      'Name is "notes/own"; it must match [\\.\\-_A-Za-z0-9]+',
    ],
    [
      'an archive of 49 characters',
      'Archive',
      { ArchiveName: long(49) },
      'ArchiveName has 49 characters; the most is 48',
    ],
    [
      'an archive with a blank',
      'Archive',
      { ArchiveName: 'my notes' },
      'ArchiveName is "my notes"; it must match [\\.\\-_A-Za-z0-9]+',
    ],
    [
      'a schedule of 65 characters',
      'Schedule',
      { Name: long(65) },
      'Name has 65 characters; the most is 64',
    ],
    [
      'a role of 65 characters',
      'FnRole',
      { RoleName: long(65) },
      'RoleName has 65 characters; the most is 64',
    ],
    [
      'a log group with a blank',
      'Logs',
      { LogGroupName: '/my notes' },
      'LogGroupName is "/my notes"; it must match ^[.\\-_/#A-Za-z0-9]{1,512}$',
    ],
    ['an empty name', 'Fn', { FunctionName: '' }, 'FunctionName has 0 characters; the least is 1'],
    [
      'a function with a blank',
      'Fn',
      { FunctionName: 'my notes' },
      'FunctionName is "my notes"; it must match [a-zA-Z0-9-_]+',
    ],
  ]);

  it('shows of a long value its beginning only', () => {
    const [line = ''] = refusalsOf(withProperties('Fn', { Handler: ` ${long(120)}` }));
    expect(line).toContain('Handler is " nnn');
    expect(line.length).toBeLessThan(200);
  });
});

describe('properties', () => {
  refuses([
    [
      'a misspelled one',
      'Fn',
      { Timeout: null, Timout: 30 },
      'AWS::Lambda::Function has no property Timout; did you mean Timeout?',
    ],
    [
      'a misspelled one inside of another',
      'Rule',
      target({ RetryPolicy: { MaximumRetryAttempt: 3 } }),
      'Targets[0].RetryPolicy has no property MaximumRetryAttempt; did you mean MaximumRetryAttempts?',
    ],
    ['one that is like no other', 'Queue', { Zzz: 1 }, 'AWS::SQS::Queue has no property Zzz'],
    [
      'one that is an attribute',
      'Queue',
      { Arn: 'arn' },
      'Arn is an attribute; a template cannot give it',
    ],
    ['a missing one', 'FnUrl', { AuthType: null }, 'AuthType is missing'],
    [
      'a value that is not among those there are',
      'FnUrl',
      { AuthType: 'SOME' },
      'AuthType is "SOME"; it must be AWS_IAM or NONE',
    ],
    [
      'a text where a list is due',
      'Fn',
      { Architectures: 'arm64' },
      'Architectures is "arm64"; it must be a list',
    ],
    ['null', 'Fn', { Description: [null] }, 'Description is a list; it must be a text'],
    [
      'a name where an ARN is due',
      'Logs',
      { KmsKeyId: 'notes' },
      'KmsKeyId is "notes"; it is no name or ARN of the right kind',
    ],
  ]);

  it('may be what a pattern of AWS allows in the words of Java', () => {
    const KmsKeyId = 'arn:aws:kms:us-east-1:000000000000:key/notes';
    expect(refusalsOf(withProperties('Logs', { KmsKeyId }))).toEqual([]);
  });

  it('are held against no more characters than a name or an ARN of AWS has', () => {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:${'0'.repeat(2048)}`;
    expect(refusalsOf(withProperties('FnUrl', { TargetFunctionArn: arn }))).toContain(
      `will fail in AWS: app/FnUrl: TargetFunctionArn has ${arn.length} characters; the most is 2048`,
    );
  });
});
