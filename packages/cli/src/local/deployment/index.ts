export type {
  ChangeSetDescription,
  ChangeSetRequest,
  ChangeSetType,
  CodeAsset,
  CodeAssets,
  DeleteStackOptions,
  Deployments,
  ExecuteOptions,
  OnStackFailure,
  ParameterValue,
  PropertyChange,
  RegionDeployments,
  ResourceChange,
  StackDescription,
  StackEvent,
  StackExport,
  StackOutput,
  StackResource,
} from './deployments.ts';
export { DeploymentError, type DeploymentErrorCode } from './errors.ts';
export {
  createDeploymentFailures,
  type DeploymentFailures,
  type DeploymentStep,
  type FailStep,
} from './failures.ts';
export { isInProgress, type ResourceStatus, type StackStatus } from './statuses.ts';
