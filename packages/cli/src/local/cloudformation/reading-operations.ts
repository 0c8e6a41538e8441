import type { QueryOperation, QueryValue } from '../aws-query.ts';
import {
  DeploymentError,
  type RegionDeployments,
  type StackDescription,
  type StackEvent,
  type StackResource,
} from '../deployment/index.ts';
import { type Page, pageOf } from '../pages.ts';
import { textOf, textsOf } from '../query-parameters.ts';
import {
  describeEvent,
  describeResource,
  describeStack,
  detailResource,
  summarizeResource,
  summarizeStack,
} from './descriptions.ts';
import { invalid, required } from './requests.ts';
import { summarizeTemplate } from './template-summary.ts';
import {
  givenTemplate,
  parseTemplate,
  type ReadObject,
  templateOrDeployed,
} from './template-text.ts';
import { toolkitStackName } from './toolkit-stack.ts';

/** The most that one page of a list has (API reference of the CLI's paginators). */
const itemsMax = 100;

const page = <Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  parameters: URLSearchParams,
): Page<Item> => {
  const found = pageOf(items, nameOf, { itemsMax, token: textOf(parameters, 'NextToken') });
  if (!found) throw invalid('The NextToken is not valid: no list gave it.');
  return found;
};

/** A removed resource is listed while its stack is removed, and afterwards. */
const listed = ({ status }: StackDescription, resources: readonly StackResource[]) =>
  status.startsWith('DELETE')
    ? resources
    : resources.filter((resource) => resource.status !== 'DELETE_COMPLETE');

/** This one operation names a stack that does not exist by other words, which the CDK CLI reads. */
const eventsOf = (deployments: RegionDeployments, name: string): readonly StackEvent[] => {
  try {
    return deployments.events(name);
  } catch (cause) {
    if (!(cause instanceof DeploymentError)) throw cause;
    throw invalid(`Stack [${name}] does not exist`);
  }
};

const stackOperations = (
  deployments: RegionDeployments,
  toolkit: () => QueryValue,
): Readonly<Record<string, QueryOperation>> => ({
  DescribeStacks: (parameters) => {
    const name = textOf(parameters, 'StackName');
    if (name === toolkitStackName) return { Stacks: [toolkit()] };
    if (name !== undefined) return { Stacks: [describeStack(deployments.stack(name))] };
    const living = deployments.stacks().filter(({ status }) => status !== 'DELETE_COMPLETE');
    const { items, nextToken } = page(living, ({ id }) => id, parameters);
    return { Stacks: items.map(describeStack), NextToken: nextToken };
  },
  ListStacks: (parameters) => {
    const wanted = textsOf(parameters, 'StackStatusFilter');
    const found = deployments
      .stacks()
      .filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    const { items, nextToken } = page(found, ({ id }) => id, parameters);
    return { StackSummaries: items.map(summarizeStack), NextToken: nextToken };
  },
  DescribeStackEvents: (parameters) => {
    const name = required(parameters, 'StackName');
    const { items, nextToken } = page(eventsOf(deployments, name), ({ id }) => id, parameters);
    return { StackEvents: items.map(describeEvent), NextToken: nextToken };
  },
});

const resourceOperations = (
  deployments: RegionDeployments,
): Readonly<Record<string, QueryOperation>> => ({
  ListStackResources: (parameters) => {
    const name = required(parameters, 'StackName');
    const resources = listed(deployments.stack(name), deployments.resources(name));
    const { items, nextToken } = page(resources, ({ logicalId }) => logicalId, parameters);
    return { StackResourceSummaries: items.map(summarizeResource), NextToken: nextToken };
  },
  DescribeStackResources: (parameters) => {
    const name = required(parameters, 'StackName');
    const wanted = textOf(parameters, 'LogicalResourceId');
    const stack = deployments.stack(name);
    const found = listed(stack, deployments.resources(name)).filter(
      ({ logicalId }) => wanted === undefined || wanted === logicalId,
    );
    return { StackResources: found.map((resource) => describeResource(stack, resource)) };
  },
  DescribeStackResource: (parameters) => {
    const name = required(parameters, 'StackName');
    const wanted = required(parameters, 'LogicalResourceId');
    const stack = deployments.stack(name);
    const found = deployments.resources(name).find(({ logicalId }) => logicalId === wanted);
    if (!found) throw invalid(`Resource ${wanted} does not exist for stack ${stack.name}`);
    return { StackResourceDetail: detailResource(stack, found) };
  },
  ListExports: (parameters) => {
    const { items, nextToken } = page(deployments.exports(), ({ name }) => name, parameters);
    const exports = items.map(({ name, value, exportingStackId }) => ({
      ExportingStackId: exportingStackId,
      Name: name,
      Value: value,
    }));
    return { Exports: exports, NextToken: nextToken };
  },
  ListImports: (parameters) => {
    const wanted = required(parameters, 'ExportName');
    const found = deployments.exports().find(({ name }) => name === wanted);
    if (!found || found.importedBy.length === 0) {
      throw invalid(`Export '${wanted}' is not imported by any stack.`);
    }
    return { Imports: found.importedBy };
  },
});

const templateOperations = (
  deployments: RegionDeployments,
  readObject: ReadObject,
): Readonly<Record<string, QueryOperation>> => ({
  GetTemplate: (parameters) => {
    const changeSet = textOf(parameters, 'ChangeSetName');
    const template = deployments.template(required(parameters, 'StackName'), changeSet);
    return { TemplateBody: template, StagesAvailable: ['Original', 'Processed'] };
  },
  GetTemplateSummary: (parameters) =>
    summarizeTemplate(
      templateOrDeployed(parameters, readObject, (name) => deployments.template(name)),
    ),
  ValidateTemplate: (parameters) => {
    const text = givenTemplate(parameters, readObject);
    if (text === undefined)
      throw invalid('Either Template URL or Template Body must be specified.');
    const { Version, ResourceTypes, ResourceIdentifierSummaries, ...summary } = summarizeTemplate(
      parseTemplate(text),
    );
    return summary;
  },
});

/** The operations that change nothing. */
export const readingOperations = (
  deployments: RegionDeployments,
  readObject: ReadObject,
  toolkit: () => QueryValue,
): Readonly<Record<string, QueryOperation>> => ({
  ...stackOperations(deployments, toolkit),
  ...resourceOperations(deployments),
  ...templateOperations(deployments, readObject),
  /** No hook runs here. */
  ListHookResults: () => ({ HookResults: [] }),
});
