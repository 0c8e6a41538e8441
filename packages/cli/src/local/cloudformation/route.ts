import type { Route } from 'antipode-local-dsql/http';
import { AwsError } from '../aws-json.ts';
import { awsQueryRoute } from '../aws-query.ts';
import { pageOf } from '../pages.ts';
import type { DeployedStack } from './stacks.ts';

/** The most that one page of ListStackResources has (API reference of the CLI's paginator). */
const resourcesMax = 100;

const invalid = (message: string): AwsError => new AwsError(message, { code: 'ValidationError' });

const named = (stacks: readonly DeployedStack[], nameOrId: string): DeployedStack => {
  const found = stacks.find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (!found) throw invalid(`Stack with id ${nameOrId} does not exist`);
  return found;
};

const describe = ({ name, id, outputs }: DeployedStack, createdAt: string) => ({
  StackId: id,
  StackName: name,
  CreationTime: createdAt,
  StackStatus: 'CREATE_COMPLETE',
  Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
});

const listResources = ({ resources }: DeployedStack, token: string | null, time: string) => {
  const page = pageOf(resources, ({ logicalId }) => logicalId, {
    itemsMax: resourcesMax,
    token: token ?? undefined,
  });
  if (!page) throw invalid('The NextToken is not valid: no list gave it.');
  return {
    StackResourceSummaries: page.items.map(({ logicalId, ref, type }) => ({
      LogicalResourceId: logicalId,
      PhysicalResourceId: ref,
      ResourceType: type,
      LastUpdatedTimestamp: time,
      ResourceStatus: 'CREATE_COMPLETE',
    })),
    NextToken: page.nextToken,
  };
};

/**
 * Serves DescribeStacks and ListStackResources of one Region.
 *
 * @param createdAt milliseconds since the epoch; the creation time of every stack
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export const cloudFormationRoute = (stacks: readonly DeployedStack[], createdAt: number): Route => {
  const time = new Date(createdAt).toISOString();
  return awsQueryRoute({
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations: {
      DescribeStacks: (parameters) => {
        const name = parameters.get('StackName');
        const described = name ? [named(stacks, name)] : stacks;
        return { Stacks: described.map((stack) => describe(stack, time)) };
      },
      ListStackResources: (parameters) => {
        const stack = named(stacks, parameters.get('StackName') ?? '');
        return listResources(stack, parameters.get('NextToken'), time);
      },
    },
  });
};
