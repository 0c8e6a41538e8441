import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { objectOf } from '../../../../../../packages/cli/src/local/template/json.ts';
import { refusalsOf, refuses, service, withProperties } from './service.ts';

describe('variables', () => {
  /** The JSON of a map of one variable `A` of this length has ten characters more. */
  const variable = (length: number): JsonObject => ({
    Environment: { Variables: { AB: 'x'.repeat(length) } },
  });

  it('may take 4 KB as JSON', () => {
    expect(refusalsOf(withProperties('Fn', variable(4087)))).toEqual([]);
  });

  refuses([
    [
      'more than 4 KB',
      'Fn',
      variable(4088),
      'Environment.Variables takes 4097 bytes as JSON; the most is 4096',
    ],
    [
      'more than 4 KB in characters of several bytes',
      'Fn',
      { Environment: { Variables: { AB: 'é'.repeat(2044) } } },
      'Environment.Variables takes 4097 bytes as JSON; the most is 4096',
    ],
    [
      'a name that Lambda sets itself',
      'Fn',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'Environment.Variables sets AWS_REGION, which Lambda reserves; remove it',
    ],
    [
      'a name that is none',
      'Fn',
      { Environment: { Variables: { 'A-B': 'x' } } },
      'Environment.Variables has the name "A-B"; use a letter, then letters, digits and _',
    ],
    [
      'a value that is no text',
      'Fn',
      { Environment: { Variables: { AB: { a: 1 } } } },
      'Environment.Variables.AB is an object; it must be a text',
    ],
  ]);

  it('are measured with addresses as long as those of AWS', () => {
    const fill = 'x'.repeat(4096 - JSON.stringify({ AB: '', DSQL: 'x'.repeat(48) }).length);
    const template = (text: string) => ({
      ...withProperties('Fn', {
        Environment: {
          Variables: { AB: text, DSQL: { 'Fn::GetAtt': ['Cluster', 'Endpoint'] } },
        },
      }),
      FnRole: { ...(service['FnRole'] as JsonObject) },
      Cluster: { Type: 'AWS::DSQL::Cluster' },
    });
    const measured = (text: string) =>
      refusalsOf(template(text)).filter((line) => line.includes('bytes'));
    expect(measured(fill)).toEqual([]);
    expect(measured(`${fill}x`)).toHaveLength(1);
  });
});

describe('functions', () => {
  refuses([
    ['a function without a handler', 'Fn', { Handler: null }, 'Handler is missing'],
    [
      'code without a key',
      'Fn',
      { Code: { S3Bucket: 'assets' } },
      'Code is missing its S3Bucket and S3Key',
    ],
    [
      'the URL of a missing function',
      'FnUrl',
      { TargetFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:gone' },
      'TargetFunctionArn: there is no function arn:aws:lambda:us-east-1:000000000000:function:gone in this Region of the app',
    ],
    [
      'the URL of a missing alias',
      'FnUrl',
      { Qualifier: 'beta' },
      'Qualifier: there is no alias beta of the function notes-api',
    ],
    [
      'an alias of a missing function',
      'FnAlias',
      { FunctionName: 'gone' },
      'FunctionName: there is no function gone in this Region of the app',
    ],
    [
      'settings that set nothing',
      'FnEvents',
      {
        MaximumRetryAttempts: null,
        MaximumEventAgeInSeconds: null,
        DestinationConfig: null,
      },
      'it sets nothing; give one of MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig',
    ],
    [
      'an architecture that does not exist',
      'Fn',
      { Architectures: ['sparc'] },
      'Architectures[0] is "sparc"; it must be x86_64 or arm64',
    ],
    [
      'a method that a URL does not allow to be named',
      'FnUrl',
      { Cors: { AllowMethods: ['OPTIONS'] } },
      'Cors.AllowMethods[0] is "OPTIONS"; it must be GET or PUT or HEAD or POST or PATCH or DELETE or *',
    ],
  ]);

  it('refuses an alias whose deployment group is not there', () => {
    const policy = { ApplicationName: 'a', DeploymentGroupName: 'gone' };
    const alias = { ...objectOf(service['FnAlias']) };
    const changed = { ...alias, UpdatePolicy: { CodeDeployLambdaAliasUpdate: policy } };
    expect(refusalsOf({ ...service, FnAlias: changed })).toEqual([
      'will fail in AWS: app/FnAlias: UpdatePolicy: there is no deployment group gone in this Region of the app',
    ]);
  });

  it('refuses a deployment configuration that CodeDeploy does not have', () => {
    const name = 'CodeDeployDefault.LambdaCanary10Percent7Minutes';
    expect(refusalsOf(withProperties('Group', { DeploymentConfigName: name }))).toEqual([
      `will fail in AWS: app/Group: there is no deployment configuration ${name} for Lambda`,
    ]);
  });

  it('refuses a group whose role may not lead its alias elsewhere', () => {
    const other = objectOf(service['FnRole']);
    expect(refusalsOf({ ...service, GroupRole: other }).join('\n')).toContain(
      'app/FnAlias: its deployment group needs a role that codedeploy.amazonaws.com may assume and that allows lambda:UpdateAlias on arn:aws:lambda:us-east-1:000000000000:function:notes-api:live',
    );
  });

  it('lets a URL lead to an alias', () => {
    expect(refusalsOf(withProperties('FnUrl', { Qualifier: 'live' }))).toEqual([]);
  });

  it('refuses a function as its own destination', () => {
    const itself = { OnFailure: { Destination: { 'Fn::GetAtt': ['Fn', 'Arn'] } } };
    expect(refusalsOf(withProperties('FnEvents', { DestinationConfig: itself }))).toContain(
      'will fail in AWS: app/FnEvents: DestinationConfig.OnFailure: a function cannot be its own destination',
    );
  });

  const foreign = [
    'gone',
    'notes-api:beta',
    'arn:aws:lambda:us-east-1:123456789012:function:notes-api',
    'arn:aws:lambda:us-west-2:000000000000:function:notes-api',
    '123456789012:function:notes-api',
    'arn:aws:lambda:us-east-1:000000000000:function:notes-api:7',
  ];
  const references = [
    ['FnEvents', 'FunctionName', { DestinationConfig: null, MaximumRetryAttempts: 1 }],
    ['Permission', 'FunctionName', {}],
    ['FnUrl', 'TargetFunctionArn', {}],
  ] as const;

  it.each(references)('are what %s may name, and no other', (id, property, others) => {
    for (const name of foreign) {
      expect(refusalsOf(withProperties(id, { ...others, [property]: name }))).toContain(
        `will fail in AWS: app/${id}: ${property}: there is no function ${name} in this Region of the app`,
      );
    }
  });

  it.each([
    'notes-api',
    'notes-api:$LATEST',
    'function:notes-api',
    '000000000000:function:notes-api',
    'arn:aws:lambda:us-east-1:000000000000:function:notes-api',
    'arn:aws:lambda:us-east-1:000000000000:function:notes-api:$LATEST',
  ])('are named by %s', (FunctionName) => {
    expect(refusalsOf(withProperties('FnEvents', { FunctionName }))).toEqual([]);
  });

  it('are not missed where their names or other resources are not known', () => {
    const named = (FunctionName: JsonObject | string): JsonObject =>
      withProperties('FnEvents', {
        FunctionName,
        DestinationConfig: null,
        MaximumRetryAttempts: 1,
      });
    const ServiceToken = { 'Fn::GetAtt': ['Fn', 'Arn'] };
    const Maker = { Type: 'Custom::Maker', Properties: { ServiceToken } };
    const answer = { 'Fn::GetAtt': ['Maker', 'Name'] };
    expect(refusalsOf({ ...named(answer), Maker })).toEqual([]);
    const Unknown = { Type: 'AWS::S3::Bucket' };
    expect(refusalsOf({ ...named('made-elsewhere'), Unknown })).toEqual([
      expect.stringContaining('app/Unknown: the type AWS::S3::Bucket does not run here'),
    ]);
  });
});
