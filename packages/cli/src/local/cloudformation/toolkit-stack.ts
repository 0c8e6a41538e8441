import type { QueryValue } from '../aws-query.ts';
import { localAccount } from '../template/identities.ts';
import { stackIdOf } from '../template/scope.ts';

/** The name of the CDK's bootstrap stack. */
export const toolkitStackName = 'CDKToolkit';

/** The qualifier that the CDK uses unless an app names its own. */
const qualifier = 'hnb659fds';

/**
 * The bootstrap stack of a Region. The local stack behaves as bootstrapped, but has no such stack:
 * this is how it describes itself to the CDK CLI, which then leaves the environment as it is.
 */
export const toolkitStack = (region: string, version: number, createdAt: string): QueryValue => {
  const bucket = `cdk-${qualifier}-assets-${localAccount}-${region}`;
  const outputs: Readonly<Record<string, string>> = {
    BootstrapVersion: String(version),
    BucketName: bucket,
    BucketDomainName: `${bucket}.s3.${region}.amazonaws.com`,
  };
  const variant = 'AWS CDK: Default Resources';
  return {
    StackId: stackIdOf(toolkitStackName, region),
    StackName: toolkitStackName,
    CreationTime: createdAt,
    StackStatus: 'CREATE_COMPLETE',
    Parameters: [
      { ParameterKey: 'Qualifier', ParameterValue: qualifier },
      { ParameterKey: 'BootstrapVariant', ParameterValue: variant },
    ],
    Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
      OutputKey,
      OutputValue,
    })),
  };
};
