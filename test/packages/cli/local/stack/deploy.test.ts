import { describe, expect, it } from 'vitest';
import { type DeployDeps, deploy } from '../../../../../packages/cli/src/local/stack/deploy.ts';
import type { DescribedFunction } from '../../../../../packages/cli/src/local/stack/plan/function-settings.ts';
import { planStack } from '../../../../../packages/cli/src/local/stack/plan/plan.ts';
import type { Json } from '../../../../../packages/cli/src/local/template/json.ts';
import { codeKey, endpoints, stack } from '../template/fixture.ts';

const resources = {
  Made: { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn' } },
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: codeKey },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/own',
      Timeout: { 'Fn::GetAtt': ['Made', 'Seconds'] },
    },
  },
};

/**
 * Deploys an app whose function gets its timeout from a custom resource, and returns the functions
 * that it made.
 */
const deployWith = async (seconds: Json): Promise<readonly DescribedFunction[]> => {
  const assembly = {
    directory: '/nowhere',
    stacks: [stack('app', 'us-east-1', { Resources: resources })],
  };
  const made: DescribedFunction[] = [];
  const deps = {
    assembly,
    plan: planStack(assembly, []),
    ignoredTypes: [],
    endpoints,
    services: () => ({ addFunction: (settings: DescribedFunction) => made.push(settings) }),
    customResources: {
      run: async () => ({
        answer: { ref: 'made', attribute: () => seconds },
        state: { physicalResourceId: 'made', properties: {} },
      }),
    },
    kept: { customResource: () => undefined, keepCustomResource: () => {} },
    onProgress: () => {},
    signal: new AbortController().signal,
  };
  await deploy(deps as unknown as DeployDeps);
  return made;
};

describe('deploy', () => {
  it('gives a function the timeout that a custom resource has answered', async () => {
    expect(await deployWith('30')).toMatchObject([{ timeoutSeconds: 30 }]);
  });

  it('refuses a timeout that AWS would refuse, also in the answer of a custom resource', async () => {
    await expect(deployWith(901)).rejects.toThrow(
      'will fail in AWS: app/Fn: Timeout is 901; the most is 900',
    );
  });
});
