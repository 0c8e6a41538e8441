export { invalidParameter, notFound } from './api-errors.ts';
export type { AsyncConfiguration } from './async-queue.ts';
export type { DestinationMessage, MessageAttribute, SendToDestination } from './async-result.ts';
export type {
  FunctionConfiguration,
  FunctionCredentials,
} from './environment/environment-variables.ts';
export { createProcessBudget, type ProcessBudget } from './environment/process-budget.ts';
export { FunctionStopped, FunctionThrottled } from './errors.ts';
export {
  createLocalFunction,
  type LocalFunction,
  type LocalFunctionOptions,
  type TemplateConfiguration,
} from './function.ts';
export { functionNameIn, latestVersion, parseIdentifier } from './function-identifier.ts';
export { createFunctionUrls } from './function-url.ts';
export type { FunctionUrlCors } from './function-url-cors.ts';
export type { InvocationResult } from './invocation.ts';
export { createInvokeApi, type InvokeApiDeps } from './invoke-api.ts';
export { createListFunctions } from './list-functions.ts';
export {
  type AliasRouting,
  createVersionedFunction,
  type InvocableFunction,
  type VersionedFunction,
} from './versioned-function.ts';
