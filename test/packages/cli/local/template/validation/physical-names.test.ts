import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { refusals, refusalsOf, service, withProperties } from './service.ts';

describe('names of two resources', () => {
  const twin = (id: string, properties: JsonObject = {}): JsonObject => {
    const original = service[id] as JsonObject;
    return {
      ...service,
      Twin: {
        ...original,
        Properties: { ...(original['Properties'] as JsonObject), ...properties },
      },
    };
  };
  const isTaken = (type: string, id: string, name: string) =>
    `will fail in AWS: app/Twin: app/${id} is already the ${type} of the name ${name}`;

  it.each<[string, string, string]>([
    ['Fn', 'AWS::Lambda::Function', 'notes-api'],
    ['FnUrl', 'AWS::Lambda::Url', 'notes-api'],
    ['FnEvents', 'AWS::Lambda::EventInvokeConfig', 'notes-api, $LATEST'],
    ['Bus', 'AWS::Events::EventBus', 'notes'],
    ['Archive', 'AWS::Events::Archive', 'notes'],
    ['Logs', 'AWS::Logs::LogGroup', '/notes'],
  ])('are refused when both are that of %s', (id, type, name) => {
    expect(refusalsOf(twin(id))).toEqual([isTaken(type, id, name)]);
  });

  it.each(['Queue', 'Rule', 'Schedule'])('are refused when both are that of %s', (id) => {
    const [line = '', ...others] = refusalsOf(twin(id)).filter((found) =>
      found.includes('already'),
    );
    expect(line).toContain(`app/Twin: app/${id} is already the AWS::`);
    expect(others).toEqual([]);
  });

  it('are alike where one names a function and the other its ARN', () => {
    const byArn = twin('FnEvents', { FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] } });
    expect(refusalsOf(byArn)).toEqual([
      isTaken('AWS::Lambda::EventInvokeConfig', 'FnEvents', 'notes-api, $LATEST'),
    ]);
  });

  it('may be alike in two Regions, on two buses and in two groups', () => {
    const template = { Resources: service };
    expect(refusals(template, template)).toEqual([]);
    const own = twin('Rule', { EventBusName: 'default' });
    expect(refusalsOf(own).filter((line) => line.includes('already'))).toEqual([]);
    expect(refusalsOf(twin('Schedule', { GroupName: 'own' }))).toEqual([]);
  });

  it('may not be alike in two Regions when both are of roles, whatever their case', () => {
    const named = (RoleName: string) => ({ Resources: withProperties('FnRole', { RoleName }) });
    expect(refusals(named('notes'), named('Notes'))).toEqual([
      'will fail in AWS: app1/FnRole: app/FnRole is already the AWS::IAM::Role of the name Notes',
    ]);
  });
});

describe('names of exports', () => {
  const exporting = (...names: readonly string[]): JsonObject => ({
    Resources: {},
    Outputs: Object.fromEntries(
      names.map((Name, index) => [`Out${index}`, { Value: 'v', Export: { Name } }]),
    ),
  });

  it('are refused when two outputs of a Region have one', () => {
    expect(refusals(exporting('shared', 'own', 'shared'))).toEqual([
      'will fail in AWS: app/Out2: app/Out0 already exports the name shared',
    ]);
  });

  it('may be alike in two Regions', () => {
    expect(refusals(exporting('shared'), exporting('shared'))).toEqual([]);
  });
});
