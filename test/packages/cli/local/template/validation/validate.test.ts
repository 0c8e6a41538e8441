import { describe, expect, it } from 'vitest';
import { planStack } from '../../../../../../packages/cli/src/local/stack/plan/plan.ts';
import { problemsWhenMade } from '../../../../../../packages/cli/src/local/stack/providers/problems-when-made.ts';
import type { Json, JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { stack } from '../fixture.ts';
import { refusals, refusalsOf, service, withProperties } from './service.ts';

const elsewhere = 'arn:aws:events:us-east-1:000000000000:event-bus/elsewhere';

describe('all problems of an app', () => {
  it('are told at once, each with its resource, whatever finds it', () => {
    const faulty = {
      ...service,
      ...{ Fn: withProperties('Fn', { Timeout: 901, MemorySize: 1, Layers: ['l'] })['Fn'] ?? null },
      ...{ Queue: withProperties('Queue', { DelaySeconds: 901 })['Queue'] ?? null },
      ...{ Archive: withProperties('Archive', { SourceArn: elsewhere })['Archive'] ?? null },
      Table: { Type: 'AWS::DynamoDB::Table' },
      Twin: service['Bus'] ?? null,
      Unresolved: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Gone' } } },
    };
    expect(refusalsOf(faulty).toSorted()).toEqual([
      'app/Fn: Layers does not run here; remove it',
      'app/Table: the type AWS::DynamoDB::Table does not run here (`--ignore AWS::DynamoDB::Table` leaves it out)',
      'app/Unresolved: there is no resource or parameter Gone',
      'will fail in AWS: app/Fn: MemorySize is 1; the least is 128',
      'will fail in AWS: app/Fn: Timeout is 901; the most is 900',
      'will fail in AWS: app/Queue: DelaySeconds is 901; the most is 900',
      'will fail in AWS: app/Twin: app/Bus is already the AWS::Events::EventBus of the name notes',
    ]);
  });

  it('are told after intrinsics are resolved', () => {
    const template = {
      Parameters: { Seconds: { Type: 'Number', Default: 901 } },
      Mappings: { Sizes: { all: { memory: '64' } } },
      Resources: withProperties('Fn', {
        Timeout: { Ref: 'Seconds' },
        MemorySize: { 'Fn::FindInMap': ['Sizes', 'all', 'memory'] },
        FunctionName: { 'Fn::Join': ['.', [{ Ref: 'AWS::StackName' }, 'api']] },
      }),
    };
    expect(refusals(template).toSorted()).toEqual([
      'will fail in AWS: app/Fn: FunctionName is "app.api"; it must match [a-zA-Z0-9-_]+',
      'will fail in AWS: app/Fn: MemorySize is 64; the least is 128',
      'will fail in AWS: app/Fn: Timeout is 901; the most is 900',
    ]);
  });
});

describe('a custom resource', () => {
  it('names the function that answers it', () => {
    expect(refusalsOf({ Made: { Type: 'Custom::Thing' } })).toEqual([
      'will fail in AWS: app/Made: ServiceToken is missing',
    ]);
  });
});

describe('values that custom resources answer', () => {
  const answered = (attribute: string): JsonObject => ({ 'Fn::GetAtt': ['Made', attribute] });
  const app = {
    ...withProperties('Fn', {
      Timeout: answered('Seconds'),
      Environment: { Variables: { TEXT: answered('Text') } },
    }),
    Made: { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn' } },
  };
  const problemsWhenDeployed = (
    Resources: JsonObject,
    id: string,
    properties: JsonObject,
  ): readonly string[] => {
    const assembly = { directory: '/nowhere', stacks: [stack('app', 'us-east-1', { Resources })] };
    const plan = planStack(assembly, []);
    const planned = plan.resources.find(({ logicalId }) => logicalId === id);
    if (!planned) throw new Error(`there is no ${id}`);
    const answers = { ...planned.properties, ...properties };
    return problemsWhenMade({ ...planned, properties: answers }, plan.resources);
  };
  const deployed = (Timeout: Json, TEXT: Json): readonly string[] =>
    problemsWhenDeployed(app, 'Fn', { Timeout, Environment: { Variables: { TEXT } } });

  it('are not judged before they are there', () => {
    expect(refusalsOf(app)).toEqual([]);
  });

  it('may be destinations, which are judged when they are there', () => {
    const settings = { DestinationConfig: { OnFailure: { Destination: answered('Arn') } } };
    const waiting = {
      ...app,
      ...{ FnEvents: withProperties('FnEvents', settings)['FnEvents'] ?? null },
    };
    expect(refusalsOf(waiting)).toEqual([]);
    const gone = 'arn:aws:sqs:us-east-1:000000000000:gone';
    const answer = { DestinationConfig: { OnFailure: { Destination: gone } } };
    expect(problemsWhenDeployed(waiting, 'FnEvents', answer)).toEqual([
      `will fail in AWS: app/FnEvents: DestinationConfig.OnFailure: there is no queue ${gone} in this Region of the app`,
      `will fail in AWS: app/FnEvents: the function's role does not allow sqs:SendMessage on ${gone}, where its OnFailure records go`,
    ]);
  });

  it('do not hide the problems of the values beside them', () => {
    const environment = { Variables: { TEXT: answered('Text'), LIST: [] }, Variable: {} };
    const faulty = {
      ...app,
      ...{ Fn: withProperties('Fn', { Environment: environment })['Fn'] ?? null },
    };
    expect(refusalsOf(faulty)).toEqual([
      'will fail in AWS: app/Fn: Environment.Variables.LIST is a list; it must be a text',
      'will fail in AWS: app/Fn: Environment has no property Variable; did you mean Variables?',
    ]);
  });

  it('are judged when they are', () => {
    expect(deployed(30, 'short')).toEqual([]);
    expect(deployed(901, 'x'.repeat(4096))).toEqual([
      'will fail in AWS: app/Fn: Timeout is 901; the most is 900',
      'will fail in AWS: app/Fn: Environment.Variables takes 4107 bytes as JSON; the most is 4096',
    ]);
  });
});
