import type { QueryValue } from '../aws-query.ts';
import type {
  ChangeSetDescription,
  ResourceChange,
  StackDescription,
  StackEvent,
  StackOutput,
  StackResource,
} from '../deployment/index.ts';
import { timeOf } from './requests.ts';

const optionalTime = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : timeOf(milliseconds);

const pairs = (
  values: Readonly<Record<string, string>>,
  key: string,
  value: string,
): readonly QueryValue[] =>
  Object.entries(values).map(([name, text]) => ({ [key]: name, [value]: text }));

const parametersOf = (values: Readonly<Record<string, string>>): readonly QueryValue[] =>
  pairs(values, 'ParameterKey', 'ParameterValue');

const describeOutput = ({ key, value, description, exportName }: StackOutput): QueryValue => ({
  OutputKey: key,
  OutputValue: value,
  Description: description,
  ExportName: exportName,
});

/** Nothing here looks for drift. */
const drift: QueryValue = { StackDriftStatus: 'NOT_CHECKED' };

/** A stack in an answer of DescribeStacks. */
export const describeStack = (stack: StackDescription): QueryValue => ({
  StackId: stack.id,
  StackName: stack.name,
  ChangeSetId: stack.changeSetId,
  Description: stack.description,
  Parameters: parametersOf(stack.parameters),
  CreationTime: timeOf(stack.createdAt),
  LastUpdatedTime: optionalTime(stack.updatedAt),
  DeletionTime: optionalTime(stack.deletedAt),
  RollbackConfiguration: {},
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DisableRollback: String(stack.disableRollback),
  NotificationARNs: [],
  Capabilities: stack.capabilities,
  Outputs: stack.outputs.map(describeOutput),
  RoleARN: stack.roleArn,
  Tags: pairs(stack.tags, 'Key', 'Value'),
  EnableTerminationProtection: String(stack.terminationProtection),
  DriftInformation: drift,
});

/** A stack in an answer of ListStacks. */
export const summarizeStack = (stack: StackDescription): QueryValue => ({
  StackId: stack.id,
  StackName: stack.name,
  TemplateDescription: stack.description,
  CreationTime: timeOf(stack.createdAt),
  LastUpdatedTime: optionalTime(stack.updatedAt),
  DeletionTime: optionalTime(stack.deletedAt),
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DriftInformation: drift,
});

const summaryParts = (resource: StackResource) => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId || undefined,
  ResourceType: resource.type,
  LastUpdatedTimestamp: timeOf(resource.updatedAt),
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.statusReason,
});

/** A resource in an answer of ListStackResources. */
export const summarizeResource = (resource: StackResource): QueryValue => summaryParts(resource);

/** A resource in an answer of DescribeStackResources. */
export const describeResource = (
  { id, name }: StackDescription,
  resource: StackResource,
): QueryValue => ({
  StackName: name,
  StackId: id,
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId || undefined,
  ResourceType: resource.type,
  Timestamp: timeOf(resource.updatedAt),
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.statusReason,
});

/** A resource in an answer of DescribeStackResource. */
export const detailResource = (
  { id, name }: StackDescription,
  resource: StackResource,
): QueryValue => ({ StackName: name, StackId: id, ...summaryParts(resource) });

export const describeEvent = (event: StackEvent): QueryValue => ({
  StackId: event.stackId,
  EventId: event.id,
  StackName: event.stackName,
  LogicalResourceId: event.logicalId,
  PhysicalResourceId: event.physicalId || undefined,
  ResourceType: event.type,
  Timestamp: timeOf(event.at),
  ResourceStatus: event.status,
  ResourceStatusReason: event.statusReason,
  ResourceProperties: event.properties,
  ClientRequestToken: event.clientRequestToken,
});

const describeChange = (change: ResourceChange): QueryValue => ({
  Type: 'Resource',
  ResourceChange: {
    PolicyAction: change.policyAction,
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: change.details.length > 0 ? ['Properties'] : [],
    Details: change.details.map(({ name, requiresRecreation }) => ({
      Target: { Attribute: 'Properties', Name: name, RequiresRecreation: requiresRecreation },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    })),
  },
});

/** A change set in an answer of DescribeChangeSet. */
export const describeChangeSet = (set: ChangeSetDescription): QueryValue => ({
  ChangeSetName: set.name,
  ChangeSetId: set.id,
  StackId: set.stackId,
  StackName: set.stackName,
  Description: set.description,
  Parameters: parametersOf(set.parameters),
  CreationTime: timeOf(set.createdAt),
  ExecutionStatus: set.executionStatus,
  Status: set.status,
  StatusReason: set.statusReason,
  NotificationARNs: [],
  RollbackConfiguration: {},
  Capabilities: set.capabilities,
  Tags: pairs(set.tags, 'Key', 'Value'),
  Changes: set.changes.map(describeChange),
  IncludeNestedStacks: 'false',
});

/** A change set in an answer of ListChangeSets. */
export const summarizeChangeSet = (set: ChangeSetDescription): QueryValue => ({
  StackId: set.stackId,
  StackName: set.stackName,
  ChangeSetId: set.id,
  ChangeSetName: set.name,
  ExecutionStatus: set.executionStatus,
  Status: set.status,
  StatusReason: set.statusReason,
  CreationTime: timeOf(set.createdAt),
  Description: set.description,
});
