import type { SpanSubject } from '../../domain/kernel/index.ts';

/** Attributes of a span; those that are not known are left out. */
type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** EventBridge has no name in the conventions, which allow others. */
const messagingSystem = 'aws.eventbridge';

/** Methods of HTTP by name; a caller may send any other text. */
const methods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

const ofInvocation = ({ trigger, requestId, functionArn }: SpanSubject): SpanAttributes => ({
  'faas.trigger': trigger,
  'faas.invocation_id': requestId,
  'aws.lambda.invoked_arn': functionArn,
});

const ofHttp = ({ method, route, path, status }: SpanSubject): SpanAttributes => ({
  ...(method !== undefined && {
    'http.request.method': methods.has(method) ? method : '_OTHER',
    'http.route': route,
    'url.path': path,
    'url.scheme': 'https',
  }),
  'http.response.status_code': status,
});

const ofEvents = ({ event, consumer, bus, eventCount }: SpanSubject): SpanAttributes => {
  const operation = bus === undefined ? 'process' : 'send';
  if (bus === undefined && consumer === undefined) return {};
  return {
    'messaging.system': messagingSystem,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': bus,
    'messaging.consumer.group.name': consumer,
    'messaging.batch.message_count': eventCount,
    'messaging.message.id': event?.id,
    ...(event && {
      'cloudevents.event_id': event.id,
      'cloudevents.event_source': event.source,
      'cloudevents.event_type': event.type,
      'cloudevents.event_spec_version': event.specversion,
    }),
  };
};

const ofDatabase = ({ database }: SpanSubject): SpanAttributes =>
  database === undefined
    ? {}
    : {
        'db.system.name': 'postgresql',
        'db.namespace': database,
        // A unit of work is one message with all its statements, up to COMMIT.
        'db.operation.name': 'COMMIT',
      };

/** The attributes of a span by OpenTelemetry's semantic conventions, version 1.45. */
export const attributesOf = (about: SpanSubject): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries({
      ...ofInvocation(about),
      ...ofHttp(about),
      ...ofEvents(about),
      ...ofDatabase(about),
    }).filter((pair): pair is [string, string | number] => pair[1] !== undefined),
  );

/** The type of a failure that has thrown nothing: an answer of 503, an event that was not taken. */
export const failureOf = ({ status, failedCount }: SpanSubject): string | undefined => {
  if (status !== undefined && status >= 500) return String(status);
  return failedCount ? 'FailedEntries' : undefined;
};

/**
 * The name of a span by the same conventions. It has nothing that a caller makes up, so that there
 * are few names.
 */
export const nameOf = (name: string, about: SpanSubject): string => {
  const { method, route, database, bus, event, consumer, functionArn } = about;
  if (method !== undefined) {
    return [methods.has(method) ? method : 'HTTP', route].filter(Boolean).join(' ');
  }
  if (database !== undefined) return `COMMIT ${database}`;
  if (bus !== undefined) return `send ${bus}`;
  if (event) return `process ${event.type}`;
  if (consumer !== undefined) return `process ${consumer}`;
  // `arn:aws:lambda:<region>:<account>:function:<name>`
  return functionArn?.split(':')[6] ?? name;
};
