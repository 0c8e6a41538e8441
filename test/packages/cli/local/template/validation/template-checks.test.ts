import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { refusals, service } from './service.ts';

describe('templates', () => {
  const Resources = service;
  it.each<[string, JsonObject, string]>([
    [
      'a misspelled section',
      { Resources, Output: {} },
      'will fail in AWS: app: there is no section Output; did you mean Outputs?',
    ],
    [
      'a macro',
      { Resources, Transform: 'AWS::LanguageExtensions' },
      'app: Transform does not run here; synthesize what it would make',
    ],
    [
      'a misspelled attribute',
      { Resources: { Q: { Type: 'AWS::SQS::Queue', Propertys: {} } } },
      'will fail in AWS: app/Q: there is no attribute Propertys; did you mean Properties?',
    ],
    [
      'properties that are a list',
      { Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: [] } } },
      'will fail in AWS: app/Q: Properties must be an object',
    ],
    [
      'dependencies that are an object',
      { Resources: { Q: { Type: 'AWS::SQS::Queue', DependsOn: { Ref: 'Q' } } } },
      'will fail in AWS: app/Q: DependsOn must be a logical id or a list of them',
    ],
    [
      'a condition that is an object',
      { Resources: { Q: { Type: 'AWS::SQS::Queue', Condition: { 'Fn::Equals': ['a', 'b'] } } } },
      'will fail in AWS: app/Q: Condition must be the name of a condition',
    ],
    [
      'a logical id with a hyphen',
      { Resources: { 'a-queue': { Type: 'AWS::SQS::Queue' } } },
      'will fail in AWS: app/a-queue: a logical id has letters and digits only, at most 255',
    ],
    [
      'a dependency that is not there',
      { Resources: { Q: { Type: 'AWS::SQS::Queue', DependsOn: 'Gone' } } },
      'will fail in AWS: app/Q: DependsOn names Gone, which is not in the template',
    ],
  ])('are refused for %s', (_, template, refusal) => {
    expect(refusals(template)).toEqual([refusal]);
  });

  it('may depend on what a condition leaves out', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const template = {
      Conditions,
      Resources: {
        Q: { Type: 'AWS::SQS::Queue', DependsOn: 'Other' },
        Other: { Type: 'AWS::SQS::Queue', Condition: 'Never' },
      },
    };
    expect(refusals(template)).toEqual([]);
  });
});
