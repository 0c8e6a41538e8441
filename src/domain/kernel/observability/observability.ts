import type { EventEnvelope } from '../events/event.ts';
import type { Json } from '../json/json.ts';

/** Structured fields of a log line. Payloads, tokens and personal data do not belong here. */
export type LogFields = { readonly [key: string]: Json | undefined };

/** One JSON line per call. */
export interface Logger {
  /** For a developer who looks for a cause. Often switched off. */
  readonly debug: (message: string, fields?: LogFields) => void;
  /** Something that an operator may want to know later. */
  readonly info: (message: string, fields?: LogFields) => void;
  /** Something that went wrong and was mended, such as by a retry. */
  readonly warn: (message: string, fields?: LogFields) => void;
  /** Something that a person has to look at; `cause` is the error that was met. */
  readonly error: (message: string, fields: LogFields, cause: unknown) => void;
}

/**
 * Names of the metrics that the framework counts; the unit is part of the name where it is not a
 * count.
 */
export type MetricName =
  | 'CommandCommitted'
  | 'CommandReplayed'
  | 'CommandRefused'
  /** Answers of the API with a status from 500, to direct invocations and over HTTP. */
  | 'ApiFailed'
  /** Attempts that lost a row to another transaction: OC000. */
  | 'OccConflict'
  /** Attempts that met a change of the catalog: OC001. */
  | 'OccSchemaConflict'
  /**
   * Attempts after the first, one value for each run that needed any: attempts per commit are 1 +
   * its sum divided by `CommandCommitted`. A run that succeeds at once, as nearly all do, adds
   * nothing and pays nothing.
   */
  | 'RetryAttempts'
  | 'RetryWaitMs'
  | 'RetryGivenUp'
  | 'EventPublished'
  | 'EventPublishFailed'
  | 'EventHandled'
  | 'EventDuplicate'
  | 'OutboxRelayed'
  | 'OutboxDead'
  | 'OutboxOldestAgeMs'
  | 'OrderedEventGivenUp'
  | 'RecordPurged';

/** Counts what happens. */
export interface Metrics {
  /**
   * Adds to the sum of a metric. The unit is in its name, such as `Ms`; otherwise it is a count.
   */
  readonly add: (name: MetricName, value: number) => void;
}

/** The part that a span has in a request, by the words of OpenTelemetry. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** The work that a span times. A tracer gives it the names of its own conventions. */
export type SpanSubject = {
  /** The cause of an invocation, and Lambda's ids of it. */
  readonly trigger?: 'http' | 'pubsub' | 'timer' | 'other';
  readonly requestId?: string;
  readonly functionArn?: string | undefined;
  /** A request over HTTP; `route` is the path if the service answers there. */
  readonly method?: string;
  readonly route?: string | undefined;
  readonly path?: string;
  /** The status of the answer; one from 500 is a failure. */
  readonly status?: number;
  /** The event that a consumer handles. */
  readonly event?: Pick<EventEnvelope, 'id' | 'source' | 'type' | 'specversion'>;
  readonly consumer?: string;
  /** The bus to which events are sent. */
  readonly bus?: string;
  /** Events that are sent, or handled in one invocation. */
  readonly eventCount?: number;
  /** Those of them that the bus has not taken. */
  readonly failedCount?: number;
  /** The database of a transaction. */
  readonly database?: string;
};

/** All that is known about a span when its work begins. */
export type SpanStart = {
  /** `internal` unless given. */
  readonly kind?: SpanKind;
  readonly about?: SpanSubject;
  /**
   * The `traceparent` of the span that has caused this one in another process. A consumer's span
   * has it as its parent. One of another kind has it where no span is under way.
   */
  readonly parent?: string | undefined;
  /** The `traceparent` of each other span that has caused this one. */
  readonly links?: readonly string[];
};

/** A span under way. */
export interface Span {
  /** W3C Trace Context of this span, for what it causes elsewhere; absent where none is known. */
  readonly traceparent?: string | undefined;
  /** Adds what is known when the work is done. */
  readonly tell: (about: SpanSubject) => void;
}

/** Times a piece of work in the trace of the invocation, when tracing was asked for. */
export interface Tracer {
  /**
   * Runs `work` in a span of this name.
   *
   * @param start is called when there is somebody to tell: without tracing nothing is made of it
   */
  readonly span: <T>(
    name: string,
    work: (span?: Span) => Promise<T>,
    start?: () => SpanStart,
  ) => Promise<T>;
  /**
   * Sends the spans that have ended, before the process freezes; absent where nothing is kept back.
   * It ends in time and does not fail.
   *
   * @param msMax milliseconds that the invocation has for it
   */
  readonly flush?: (msMax: number) => Promise<void>;
}

/** A tracer for a process that nobody traces. */
export const untraced: Tracer = { span: (_name, work) => work() };
