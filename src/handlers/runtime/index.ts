/** Lambda handlers: middy compositions for commands, queries, events, the relay and custom resources. */
export * from './answer-idempotency-errors.ts';
export { type ApiAnswer, type ApiResponse, errorAnswer, respond } from './api-answer.ts';
export * from './api-handler.ts';
export * from './config.ts';
export * from './custom-resource.ts';
export * from './custom-resource-answer.ts';
export * from './event-handler.ts';
export { parseExactJson } from './exact-json.ts';
export type { ApiMethod, ApiRequest, ApiRoutes } from './http-request.ts';
export * from './invocation.ts';
export * from './migration-handler.ts';
export * from './publisher.ts';
export * from './relay-handler.ts';
export * from './service.ts';
export * from './system.ts';
