import { describe, expect, it } from 'vitest';
import { destinationProblems } from '../../../local/template/destinations.ts';
import type { Json, JsonObject } from '../../../local/template/json.ts';
import { model, stack } from './fixture.ts';

const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
const fn = (Properties: JsonObject = {}): JsonObject => ({
  Type: 'AWS::Lambda::Function',
  Properties,
});
const config = (Properties: JsonObject): JsonObject => ({
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...Properties },
});
const to = (outcome: string, Destination: Json): JsonObject =>
  config({ DestinationConfig: { [outcome]: { Destination } } });

const problemsOf = (resources: { readonly [logicalId: string]: JsonObject }) =>
  destinationProblems(
    model([
      stack('app', 'us-east-1', {
        Resources: {
          Fn: fn(),
          Audit: fn({ FunctionName: 'audit' }),
          Queue: { Type: 'AWS::SQS::Queue' },
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
          ...resources,
        },
      }),
      stack('far', 'us-west-2', { Resources: { FarQueue: { Type: 'AWS::SQS::Queue' } } }),
    ]).resources(),
  );

const here = 'arn:aws:%:us-east-1:000000000000:';
const arnOf = (service: string, resource: string): string =>
  `${here.replace('%', service)}${resource}`;

describe('the destination of an asynchronous invocation', () => {
  it.each([
    ['a queue', arn('Queue')],
    ['a function', arn('Audit')],
    ['a function with its version', { 'Fn::Join': ['', [arn('Audit'), ':$LATEST']] }],
    ['a bus', arn('Bus')],
    ['the default bus', arnOf('events', 'event-bus/default')],
  ])('may be %s', (_, destination) => {
    expect(problemsOf({ Config: to('OnSuccess', destination) })).toEqual([]);
    expect(problemsOf({ Config: to('OnFailure', destination) })).toEqual([]);
  });

  it.each([
    [
      'a topic',
      arnOf('sns', 'topic'),
      'is of a service that does not run here; use a queue, a function, an event bus',
    ],
    [
      'a bucket',
      'arn:aws:s3:::records',
      'is of a service that does not run here; use a queue, a function, an event bus',
    ],
    ['a queue that does not exist', arnOf('sqs', 'nowhere'), 'is not in this app and in us-east-1'],
    [
      'the queue of another account',
      'arn:aws:sqs:us-east-1:123456789012:q',
      'is not in this app and in us-east-1',
    ],
    [
      'an alias of a function',
      arnOf('lambda', 'function:audit:live'),
      'is not in this app and in us-east-1',
    ],
  ])('is refused with its logical id when it is %s', (_, destination, reason) => {
    for (const outcome of ['OnSuccess', 'OnFailure']) {
      expect(problemsOf({ Config: to(outcome, destination) })).toEqual([
        `app/Config: its ${outcome} destination ${destination} ${reason}`,
      ]);
    }
  });

  it('is refused when it is in another Region', () => {
    const resources = model([
      stack('far', 'us-west-2', { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } }),
    ]).resources();
    const farArn = String(resources[0]?.attributes['Arn']);
    expect(problemsOf({ Config: to('OnFailure', farArn) })).toEqual([
      `app/Config: its OnFailure destination ${farArn} is not in this app and in us-east-1`,
    ]);
  });
});

describe('the dead-letter target of a function', () => {
  it('may be a queue', () => {
    expect(problemsOf({ Fn: fn({ DeadLetterConfig: { TargetArn: arn('Queue') } }) })).toEqual([]);
  });

  it.each([
    ['a topic', arnOf('sns', 'topic'), 'is of a service that does not run here; use a queue'],
    ['a bus', arnOf('events', 'event-bus/bus'), 'is of a service that does not run here'],
    ['a queue that does not exist', arnOf('sqs', 'no'), 'is not in this app and in us-east-1'],
  ])('is refused when it is %s', (_, TargetArn, reason) => {
    expect(problemsOf({ Fn: fn({ DeadLetterConfig: { TargetArn } }) })).toEqual([
      expect.stringContaining(`app/Fn: its dead-letter target ${TargetArn} ${reason}`),
    ]);
  });
});

describe('an EventInvokeConfig', () => {
  it.each([
    ['a name', { Ref: 'Fn' }],
    ['an ARN', arn('Fn')],
    ['an ARN with its version', { 'Fn::Join': ['', [arn('Fn'), ':$LATEST']] }],
  ])('names its function by %s', (_, FunctionName) => {
    expect(problemsOf({ Config: config({ FunctionName }) })).toEqual([]);
  });

  it.each([
    [
      'a function that is not in the app',
      { FunctionName: 'nowhere' },
      'its function nowhere is not in this app and in us-east-1',
    ],
    [
      'an alias',
      { Qualifier: 'live' },
      'versions and aliases do not run here; use the Qualifier $LATEST',
    ],
  ])('is refused when it names %s', (_, properties, problem) => {
    expect(problemsOf({ Config: config(properties) })).toEqual([`app/Config: ${problem}`]);
  });
});
