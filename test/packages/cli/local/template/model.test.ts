import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import { model, stack } from './fixture.ts';

const queue = { Type: 'AWS::SQS::Queue' };
const output = (Value: Json, Export?: JsonObject): JsonObject => ({
  Value,
  ...(Export ? { Export } : {}),
});

describe('createModel', () => {
  it('deploys every resource after those that it needs', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Resources: {
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: { Targets: [{ Arn: { 'Fn::GetAtt': ['Dlq', 'Arn'] } }] },
          },
          Dlq: { ...queue, DependsOn: 'Logs' },
          Logs: { Type: 'AWS::Logs::LogGroup' },
        },
      }),
    ]);
    expect(app.resources().map(({ logicalId }) => logicalId)).toEqual(['Logs', 'Dlq', 'Rule']);
  });

  it('names the circle of a circular dependency', () => {
    const circular = { A: { ...queue, DependsOn: 'B' }, B: { ...queue, DependsOn: 'A' } };
    expect(() => model([stack('one', 'us-east-1', { Resources: circular })])).toThrow('A → B → A');
  });

  it('gives a queue the address at which its Region answers', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Resources: { Dlq: { ...queue, Properties: { QueueName: 'dead' } } },
      }),
    ]);
    expect(app.resources()[0]).toMatchObject({
      ref: 'http://us-east-1.test:4510/000000000000/dead',
      attributes: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' },
    });
  });

  it('gives a cluster an identifier that DSQL would accept, another in each Region, the same at every start', () => {
    const clusters = () =>
      model(
        ['us-east-1', 'us-west-2'].map((region) =>
          stack(`data-${region}`, region, {
            Resources: { Cluster: { Type: 'AWS::DSQL::Cluster' } },
          }),
        ),
      ).resources();
    const [one, two] = clusters();
    expect(one?.ref).toMatch(/^[a-z0-9]{26}$/);
    expect(two?.ref).not.toBe(one?.ref);
    expect(clusters()[0]?.ref).toBe(one?.ref);
    expect(one?.attributes).toMatchObject({
      Endpoint: 'localhost:5432',
      ResourceArn: `arn:aws:dsql:us-east-1:000000000000:cluster/${one?.ref}`,
    });
  });

  it('gives a rule of a custom bus the reference and the ARN that EventBridge gives it', () => {
    const rule = { Type: 'AWS::Events::Rule', Properties: { Name: 'r', EventBusName: 'b' } };
    expect(
      model([stack('one', 'us-east-1', { Resources: { Rule: rule } })]).resources()[0],
    ).toMatchObject({
      ref: 'b|r',
      attributes: { Arn: 'arn:aws:events:us-east-1:000000000000:rule/b/r' },
    });
  });

  it('carries values between stacks of a Region by export and between Regions by output', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Resources: { Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'b' } } },
        Outputs: { BusArn: output({ 'Fn::GetAtt': ['Bus', 'Arn'] }, { Name: 'one:BusArn' }) },
      }),
      stack('near', 'us-east-1', {
        Outputs: { Near: output({ 'Fn::ImportValue': 'one:BusArn' }) },
      }),
      stack('far', 'us-west-2', {
        Outputs: {
          Far: output({
            'Fn::GetStackOutput': { StackName: 'one', OutputName: 'BusArn', Region: 'us-east-1' },
          }),
        },
      }),
    ]);
    const arn = 'arn:aws:events:us-east-1:000000000000:event-bus/b';
    expect(app.outputs()).toMatchObject({ near: { Near: arn }, far: { Far: arn } });
  });

  it('does not import in one Region what a stack exports in another', () => {
    const app = model([
      stack('one', 'us-east-1', { Outputs: { A: output({ Ref: 'AWS::Region' }, { Name: 'x' }) } }),
      stack('far', 'us-west-2', { Outputs: { B: output({ 'Fn::ImportValue': 'x' }) } }),
    ]);
    expect(() => app.outputs()).toThrow('far/B: no stack in us-west-2 exports x');
  });

  it("carries values between Regions by CDK's export writer and reader", () => {
    const name = '/cdk/exports/far/x';
    const app = model([
      stack('one', 'us-east-1', {
        Resources: {
          Writer: {
            Type: 'Custom::CrossRegionExportWriter',
            Properties: {
              WriterProps: { region: 'us-west-2', exports: { [name]: { Ref: 'AWS::Region' } } },
            },
          },
        },
      }),
      stack('far', 'us-west-2', {
        Resources: {
          Reader: {
            Type: 'Custom::CrossRegionExportReader',
            Properties: { ReaderProps: { imports: { [name]: `{{resolve:ssm:${name}}}` } } },
          },
        },
        Outputs: { Value: output({ 'Fn::GetAtt': ['Reader', name] }) },
      }),
    ]);
    expect(app.resources()).toHaveLength(2);
    expect(app.outputs()['far']).toEqual({ Value: 'us-east-1' });
  });

  it("takes a custom resource's attributes from its answer", () => {
    const app = model([
      stack('one', 'us-east-1', {
        Resources: { Made: { Type: 'Custom::Thing' } },
        Outputs: {
          Version: output({ 'Fn::GetAtt': ['Made', 'Version'] }),
          Id: output({ Ref: 'Made' }),
        },
      }),
    ]);
    expect(app.outputs()['one']).toEqual({ Version: 'Made.Version', Id: 'one:Made' });
  });

  it('leaves out a resource whose condition does not hold', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Conditions: { IsWest: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-west-2'] } },
        Resources: { West: { ...queue, Condition: 'IsWest' }, Always: queue },
      }),
    ]);
    expect(app.resources().map(({ logicalId }) => logicalId)).toEqual(['Always']);
  });

  it('leaves out outputs whose condition does not hold, with what they refer to', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
        Resources: { Q: { ...queue, Condition: 'Never' } },
        Outputs: {
          Url: { Value: { Ref: 'Q' }, Condition: 'Never', Export: { Name: { Ref: 'Q' } } },
        },
      }),
    ]);
    expect(app.outputs()).toEqual({ one: {} });
    expect(app.exports()).toEqual([]);
  });

  it('refuses types that do not run here, one line each with stack, logical id and type', () => {
    const resources = {
      Table: { Type: 'AWS::DynamoDB::Table' },
      Stream: { Type: 'AWS::Kinesis::Stream' },
    };
    const app = stack('one', 'us-east-1', { Resources: resources });
    expect(() => model([app]).resources()).toThrow(
      /^one\/Table: the type AWS::DynamoDB::Table .*\none\/Stream: the type AWS::Kinesis::Stream .*$/,
    );
    expect(model([app], ['AWS::DynamoDB::Table', 'AWS::Kinesis::Stream']).resources()).toEqual([]);
  });

  it('names the stack and the resource in which something cannot be resolved, for each of them', () => {
    const broken = (id: string) => ({ ...queue, Properties: { QueueName: { Ref: id } } });
    const app = model([
      stack('one', 'us-east-1', { Resources: { A: broken('X'), B: broken('Y') } }),
    ]);
    expect(() => app.resources()).toThrow(
      'one/A: there is no resource or parameter X\none/B: there is no resource or parameter Y',
    );
  });

  it('refuses a reference to an ignored resource', () => {
    const resources = {
      T: { Type: 'AWS::SNS::Topic' },
      Q: { ...queue, Properties: { QueueName: { Ref: 'T' } } },
    };
    const app = model([stack('one', 'us-east-1', { Resources: resources })], ['AWS::SNS::Topic']);
    expect(() => app.resources()).toThrow('one/Q: there is no resource or parameter T');
  });

  it('refuses a parameter whose value only a deployment knows', () => {
    const app = model([
      stack('one', 'us-east-1', {
        Parameters: { P: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' } },
        Outputs: { O: output({ Ref: 'P' }) },
      }),
    ]);
    expect(() => app.outputs()).toThrow('one/O: the parameter P has no value here');
  });

  it('knows nothing by a name that objects have anyway, unless the template has it', () => {
    const outputsOf = (Value: Json, more: JsonObject = {}) =>
      model([stack('one', 'us-east-1', { Outputs: { O: output(Value) }, ...more })]).outputs();
    expect(() => outputsOf({ Ref: 'constructor' })).toThrow('no resource or parameter constructor');
    expect(() => outputsOf({ 'Fn::If': ['toString', 1, 2] })).toThrow('no condition toString');
    expect(() => outputsOf({ 'Fn::FindInMap': ['valueOf', 'name', 'length'] })).toThrow(
      'the mapping valueOf has no name.length',
    );
    const Resources = { Q: queue };
    expect(() => outputsOf({ 'Fn::GetAtt': ['Q', 'toString'] }, { Resources })).toThrow(
      'Q has no attribute toString',
    );
    const Parameters = { constructor: { Type: 'String', Default: 'mine' } };
    expect(outputsOf({ Ref: 'constructor' }, { Parameters })['one']).toEqual({ O: 'mine' });
  });
});
