import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { refusals, refusalsOf, service, withProperties } from './service.ts';

const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
const arnOf = (kind: string, resource: string): string =>
  `arn:aws:${kind}:us-east-1:000000000000:${resource}`;

/** A role that lacks no permission, so that no check fails because of it. */
const FnRole: JsonObject = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      ],
    },
    Policies: [
      {
        PolicyName: 'all',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    ],
  },
};

const Audit: JsonObject = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    ...(service['Fn'] as { readonly Properties: JsonObject }).Properties,
    FunctionName: 'audit',
  },
};

const refusedOf = (id: string, properties: JsonObject): readonly string[] =>
  refusalsOf({ ...withProperties(id, properties), FnRole, Audit });

const to = (outcome: string, Destination: Json): readonly string[] =>
  refusedOf('FnEvents', { DestinationConfig: { [outcome]: { Destination } } });

const missing = (kind: string, value: string): string =>
  `there is no ${kind} ${value} in this Region of the app`;

describe('the destination of an asynchronous invocation', () => {
  it.each([
    ['a queue', arn('Queue')],
    ['a function', arn('Audit')],
    ['a function with its version', { 'Fn::Join': ['', [arn('Audit'), ':$LATEST']] }],
    ['a bus', arn('Bus')],
    ['the default bus', arnOf('events', 'event-bus/default')],
  ])('may be %s', (_, destination) => {
    expect(to('OnSuccess', destination)).toEqual([]);
    expect(to('OnFailure', destination)).toEqual([]);
  });

  it.each([
    ['a topic', arnOf('sns', 'topic')],
    ['a bucket', 'arn:aws:s3:::records'],
  ])('does not run here when it is %s', (_, destination) => {
    for (const outcome of ['OnSuccess', 'OnFailure']) {
      expect(to(outcome, destination)).toEqual([
        `app/FnEvents: DestinationConfig.${outcome}: ${destination} does not run here; use the ARN of a queue or function or event bus`,
      ]);
    }
  });

  it.each([
    ['a queue that does not exist', 'queue', arnOf('sqs', 'nowhere')],
    ['the queue of another account', 'queue', 'arn:aws:sqs:us-east-1:123456789012:notes'],
    ['the queue of another Region', 'queue', 'arn:aws:sqs:us-west-2:000000000000:notes'],
    ['a bus that does not exist', 'event bus', arnOf('events', 'event-bus/nowhere')],
    [
      "another Region's default bus",
      'event bus',
      'arn:aws:events:us-west-2:000000000000:event-bus/default',
    ],
    ['an alias of a function', 'function', arnOf('lambda', 'function:audit:live')],
    [
      'the function of another account',
      'function',
      'arn:aws:lambda:us-east-1:123456789012:function:audit',
    ],
  ])('is refused when it is %s', (_, kind, destination) => {
    for (const outcome of ['OnSuccess', 'OnFailure']) {
      expect(to(outcome, destination)).toEqual([
        `will fail in AWS: app/FnEvents: DestinationConfig.${outcome}: ${missing(kind, destination)}`,
      ]);
    }
  });

  it.each([arn('Fn'), { 'Fn::Join': ['', [arn('Fn'), ':$LATEST']] }])(
    'is not the function itself, named by %j',
    (destination) => {
      expect(to('OnFailure', destination)).toEqual([
        'will fail in AWS: app/FnEvents: DestinationConfig.OnFailure: a function cannot be its own destination',
      ]);
    },
  );

  it('is not missed where other resources are not known', () => {
    const destination = { OnFailure: { Destination: arnOf('sqs', 'made-by-the-unknown') } };
    const resources = withProperties('FnEvents', { DestinationConfig: destination });
    const Unknown = { Type: 'AWS::S3::Bucket' };
    expect(refusals({ Resources: { ...resources, FnRole, Unknown } })).toEqual([
      expect.stringContaining('app/Unknown: the type AWS::S3::Bucket does not run here'),
    ]);
  });
});

describe('the dead-letter target of a function', () => {
  it('may be a queue', () => {
    expect(refusedOf('Fn', { DeadLetterConfig: { TargetArn: arn('Queue') } })).toEqual([]);
  });

  it.each([
    ['a topic', arnOf('sns', 'topic')],
    ['a bus', arnOf('events', 'event-bus/notes')],
  ])('does not run here when it is %s', (_, TargetArn) => {
    expect(refusedOf('Fn', { DeadLetterConfig: { TargetArn } })).toContainEqual(
      expect.stringMatching(
        /^(?:will fail in AWS: )?app\/Fn: DeadLetterConfig.*(?:use the ARN of a queue|right kind)$/,
      ),
    );
  });

  it('is refused when it does not exist', () => {
    const TargetArn = arnOf('sqs', 'nowhere');
    expect(refusedOf('Fn', { DeadLetterConfig: { TargetArn } })).toEqual([
      `will fail in AWS: app/Fn: DeadLetterConfig: ${missing('queue', TargetArn)}`,
    ]);
  });
});
