import type { Json } from '../json/json.ts';

/** Structured fields of a log line. Payloads, tokens and personal data do not belong here. */
export type LogFields = { readonly [key: string]: Json | undefined };

/** One JSON line per call. */
export interface Logger {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
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
  | 'RecordPurged';

/** Counts what happens. */
export interface Metrics {
  readonly add: (name: MetricName, value: number) => void;
}

/** Times a piece of work in the trace of the invocation, when tracing was asked for. */
export interface Tracer {
  readonly span: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}
