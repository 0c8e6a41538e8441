/** Lambda handlers: middy compositions for commands, queries, events, the relay and custom resources. */
export * from './api/answer-idempotency-errors.ts';
export { type ApiAnswer, type ApiResponse, errorAnswer, respond } from './api/api-answer.ts';
export * from './api/api-handler.ts';
export { parseExactJson } from './api/exact-json.ts';
export type { ApiMethod, ApiRequest, ApiRoutes } from './api/http-request.ts';
export * from './api/outcome-answer.ts';
export * from './config.ts';
export * from './custom-resource/custom-resource.ts';
export * from './custom-resource/custom-resource-answer.ts';
export * from './custom-resource/migration-handler.ts';
export * from './events/event-handler.ts';
export * from './events/publisher.ts';
export * from './events/relay-handler.ts';
export * from './invocation.ts';
export * from './service.ts';
export * from './system.ts';
