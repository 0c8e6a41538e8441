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
  ResourceToImport,
  StackDescription,
  StackEvent,
  StackExport,
  StackOutput,
  StackResource,
} from './deployments.ts';
export { createDeployments, type DeploymentEngine } from './engine.ts';
export { DeploymentError, type DeploymentErrorCode } from './errors.ts';
export {
  createDeploymentFailures,
  type DeploymentFailures,
  type DeploymentStep,
  type FailStep,
} from './failures.ts';
export {
  CreationFailed,
  dataProvider,
  type Made,
  type ResourceProvider,
  type StepContext,
} from './operations/provider.ts';
export { importIdentifiers } from './stacks/imports.ts';
export { createPendingAnswers } from './stacks/pending-answers.ts';
export type { CheckStack } from './stacks/planning.ts';
export { forgetful, type KeptDeployments, type StoredDeployments } from './stacks/store.ts';
export { isInProgress, type ResourceStatus, type StackStatus } from './statuses.ts';
