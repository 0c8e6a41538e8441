import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { checkIgnored } from '../../../../../../packages/cli/src/local/template/validation/ignored-properties.ts';
import { refusalsOf, scheduled, target, withProperties } from './service.ts';

describe('a property that the local stack would ignore', () => {
  const layer = 'arn:aws:lambda:us-east-1:123456789012:layer:tools:3';
  it.each<[string, JsonObject, string]>([
    ['Fn', { Layers: [layer] }, 'Layers does not run here; remove it'],
    [
      'Fn',
      { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } },
      'VpcConfig does not run here; remove it',
    ],
    ['FnUrl', { InvokeMode: 'RESPONSE_STREAM' }, 'InvokeMode does not run here; use BUFFERED'],
    [
      'Fn',
      { SnapStart: { ApplyOn: 'PublishedVersions' } },
      'SnapStart.ApplyOn does not run here; use None',
    ],
    ['FnEvents', { Qualifier: 'live' }, 'Qualifier does not run here; use $LATEST'],
    [
      'Fn',
      { DurableConfig: { ExecutionTimeout: 60 } },
      'DurableConfig does not run here; remove it',
    ],
    [
      'Rule',
      target({ InputTransformer: { InputTemplate: '"a"' } }),
      'Targets[0].InputTransformer does not run here; remove it',
    ],
    [
      'Mapping',
      { FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] } },
      'FilterCriteria does not run here; remove it',
    ],
    ['Mapping', { ParallelizationFactor: 2 }, 'ParallelizationFactor does not run here; remove it'],
    [
      'Mapping',
      { ProvisionedPollerConfig: { MinimumPollers: 2 } },
      'ProvisionedPollerConfig does not run here; remove it',
    ],
    [
      'Mapping',
      { EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/notes' },
      'EventSourceArn: arn:aws:kinesis:us-east-1:000000000000:stream/notes does not run here; use the ARN of a queue',
    ],
    [
      'Mapping',
      { EventSourceArn: null },
      'EventSourceArn: a mapping without it does not run here; use the ARN of a queue',
    ],
    ['Schedule', { StartDate: '2026-12-01T00:00:00Z' }, 'StartDate does not run here; remove it'],
  ])('is refused of %s: %j', (id, properties, refusal) => {
    expect(refusalsOf(withProperties(id, properties))).toEqual([`app/${id}: ${refusal}`]);
  });

  it('is accepted where it asks for nothing', () => {
    const nothing = {
      Layers: [],
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [], Ipv6AllowedForDualStack: false },
      PackageType: 'Zip',
      SnapStart: { ApplyOn: 'None' },
    };
    expect(refusalsOf(withProperties('Fn', nothing))).toEqual([]);
    expect(refusalsOf(withProperties('FnUrl', { InvokeMode: 'BUFFERED' }))).toEqual([]);
  });

  it('is accepted as the empty object that CDK gives to every schedule of a queue', () => {
    const properties = scheduled({ SqsParameters: {} });
    expect(refusalsOf(withProperties('Schedule', properties))).toEqual([]);
    const group = scheduled({ SqsParameters: { MessageGroupId: 'g' } });
    expect(refusalsOf(withProperties('Schedule', group))).toEqual([
      'app/Schedule: Target.SqsParameters does not run here; remove it',
    ]);
  });

  it('is refused before anything starts, as what is no schedule', () => {
    const [line] = refusalsOf(withProperties('Schedule', { ScheduleExpression: 'daily' }));
    expect(line).toMatch(/^app\/Schedule: daily is not a schedule here/);
    const [code] = refusalsOf(
      withProperties('Fn', { Code: { S3Bucket: 'assets', S3Key: 'gone.zip' } }),
    );
    expect(code).toMatch(/^app\/Fn: its code is not among the assets/);
  });
});

describe('a subscription of a topic', () => {
  const problems = (Protocol: string) =>
    checkIgnored(
      {
        ...{
          stack: 'app',
          region: 'us-east-1',
          logicalId: 'Subscription',
          ref: 'r',
          attributes: {},
        },
        ...{ type: 'AWS::SNS::Subscription', properties: { Protocol } },
      },
      { resources: [], isComplete: true, isPending: () => false },
    );

  it('may tell a person, who is not told here', () => {
    expect(['email', 'email-json', 'sms'].flatMap(problems)).toEqual([]);
  });

  it('may not be a part of the app, which would stand still here', () => {
    expect(problems('lambda')).toEqual(['Protocol does not run here; use email']);
  });
});
