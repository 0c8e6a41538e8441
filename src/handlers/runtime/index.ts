/**
 * Lambda handlers: middy compositions for commands, queries, events, the relay and custom resources.
 *
 * - `serve/`: one call for each entry of a declared service; it wires what the other rooms have.
 * - `api/`: direct invocations and HTTP: what a request is, and how it is answered.
 * - `events/`: consumers of events, the relay of the outbox, and what publishes.
 * - `custom-resource/`: CloudFormation's requests, and the one that migrates.
 *
 * Beside them lies what every room uses: configuration, the parts of a service, and one invocation.
 */
export * from './api/answer-idempotency-errors.ts';
export { type ApiAnswer, type ApiResponse, errorAnswer, respond } from './api/api-answer.ts';
export * from './api/api-handler.ts';
export { parseExactJson } from './api/exact-json.ts';
export type { ApiMethod, ApiRequest, ApiRoutes } from './api/http-request.ts';
export * from './api/outcome-answer.ts';
export * from './api/read-request.ts';
export * from './config.ts';
export * from './custom-resource/custom-resource.ts';
export * from './custom-resource/custom-resource-answer.ts';
export * from './custom-resource/migration-handler.ts';
export * from './events/event-handler.ts';
export * from './events/publisher.ts';
export * from './events/relay-handler.ts';
export * from './invocation.ts';
export * from './serve/serve-api.ts';
export * from './serve/serve-consumer.ts';
export * from './serve/serve-migrations.ts';
export * from './serve/serve-relay.ts';
export type { ServeOptions, ServiceParts } from './serve/service-parts.ts';
export * from './service.ts';
