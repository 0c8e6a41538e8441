/**
 * Lambda handlers: middy compositions for commands, queries, events, the relay and custom
 * resources.
 *
 * - `serve/`: one call for each entry of a declared service; it wires what the other rooms have.
 * - `api/`: direct invocations and HTTP: what a request is, and how it is answered.
 * - `events/`: consumers of events, the relay of the outbox, and what publishes.
 * - `custom-resource/`: CloudFormation's requests, and the one that migrates.
 *
 * Beside them lies what every room uses: configuration, the parts of a service, and one invocation.
 *
 * @packageDocumentation
 */
export { answerIdempotencyErrors } from './api/answer-idempotency-errors.ts';
export { type ApiAnswer, type ApiResponse, errorAnswer, respond } from './api/api-answer.ts';
export { type AnswerRequest, createApiHandler } from './api/api-handler.ts';
export { parseExactJson } from './api/exact-json.ts';
export type { ApiMethod, ApiRequest, ApiRoutes } from './api/http-request.ts';
export { createOutcomeAnswer, type OutcomeStatuses } from './api/outcome-answer.ts';
export { readRequest } from './api/read-request.ts';
export {
  readConsumerName,
  readInboxRetentionMs,
  readQueueReceivesMax,
  readServiceConfig,
  type ServiceConfig,
} from './config.ts';
export {
  type CustomResourceChange,
  type CustomResourceEvent,
  type CustomResourceResult,
  createCustomResourceHandler,
} from './custom-resource/custom-resource.ts';
export {
  type CustomResourceTrust,
  readCustomResourceTrust,
} from './custom-resource/custom-resource-answer.ts';
export { createMigrationHandler } from './custom-resource/migration-handler.ts';
export { createEventHandler } from './events/event-handler.ts';
export { createBusPublisher, noPublisher } from './events/publisher.ts';
export { createRelayHandler, type TickReport } from './events/relay-handler.ts';
export { createScheduleHandler, type RunTick } from './events/schedule-handler.ts';
export { runContext } from './invocation.ts';
export type { FailedRequest, LambdaContext, LambdaHandler, Middleware } from './lambda-handler.ts';
export { type ApiWiring, serveApi } from './serve/serve-api.ts';
export { serveConsumer } from './serve/serve-consumer.ts';
export { serveMigrations } from './serve/serve-migrations.ts';
export { serveRelay } from './serve/serve-relay.ts';
export { serveSchedule } from './serve/serve-schedule.ts';
export type { ServeOptions, ServiceParts } from './serve/service-parts.ts';
export { createService, type Service } from './service.ts';
