import type { Route } from 'antipode-local-dsql/http';
import { awsQueryRoute, type QueryOperation } from '../aws-query.ts';
import type { RegionDeployments } from '../deployment/index.ts';
import { changingOperations } from './changing-operations.ts';
import { readingOperations } from './reading-operations.ts';
import { asAwsError, timeOf } from './requests.ts';
import type { ReadObject } from './template-text.ts';
import { toolkitStack } from './toolkit-stack.ts';

/** Answers the engine's refusals as errors of CloudFormation. */
const translated =
  (operation: QueryOperation): QueryOperation =>
  async (parameters) => {
    try {
      return await operation(parameters);
    } catch (error) {
      throw asAwsError(error);
    }
  };

/**
 * Serves CloudFormation of one Region in front of the engine that deploys.
 *
 * @param options.readObject reads templates that a request names by their address in S3
 * @param options.bootstrapVersion the version of the CDK's bootstrap stack that is described
 * @param options.startedAt milliseconds since the epoch
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
 */
export const deploymentsRoute = (
  deployments: RegionDeployments,
  options: {
    readonly readObject: ReadObject;
    readonly bootstrapVersion: number;
    readonly startedAt: number;
  },
): Route => {
  const { readObject, bootstrapVersion, startedAt } = options;
  const toolkit = () => toolkitStack(deployments.region, bootstrapVersion, timeOf(startedAt));
  const operations = {
    ...readingOperations(deployments, readObject, toolkit),
    ...changingOperations(deployments, readObject),
  };
  return awsQueryRoute({
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations: Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [name, translated(operation)]),
    ),
  });
};
