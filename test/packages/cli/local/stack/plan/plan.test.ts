import { describe, expect, it } from 'vitest';
import { planStack } from '../../../../../../packages/cli/src/local/stack/plan/plan.ts';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { codeKey, stack } from '../../template/fixture.ts';

const cluster = { Type: 'AWS::DSQL::Cluster' };

const plan = (...resources: readonly JsonObject[]) =>
  planStack(
    {
      directory: '/nowhere',
      stacks: resources.map((Resources, index) =>
        stack(`s${index}`, index === 0 ? 'us-east-1' : 'us-west-2', { Resources }),
      ),
    },
    [],
  );

describe('planStack', () => {
  it('finds the Regions in the order of the stacks, and the cluster of each', () => {
    const { regions, clusters } = plan({ A: cluster }, { B: cluster });
    expect(regions).toEqual(['us-east-1', 'us-west-2']);
    expect(clusters.map(({ region }) => region)).toEqual(['us-east-1', 'us-west-2']);
  });

  it('refuses a second cluster in a Region', () => {
    expect(() => plan({ A: cluster, B: cluster })).toThrow(
      'us-east-1 has more than one DSQL cluster',
    );
  });

  it('refuses a destination that would lose its records', () => {
    const topic = 'arn:aws:sns:us-east-1:000000000000:topic';
    const fn = {
      Type: 'AWS::Lambda::Function',
      Properties: { DeadLetterConfig: { TargetArn: topic } },
    };
    expect(() => plan({ Fn: fn })).toThrow(
      `s0/Fn: DeadLetterConfig: ${topic} does not run here; use the ARN of a queue`,
    );
  });

  it('refuses what AWS would refuse for want of a permission', () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };
    const fn = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: codeKey },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { HOST: { 'Fn::GetAtt': ['Cluster', 'Endpoint'] } } },
      },
    };
    expect(() => plan({ Cluster: cluster, Role: role, Fn: fn })).toThrow(
      /^will fail in AWS: s0\/Fn: its role does not allow dsql:DbConnect on arn:/,
    );
  });
});
