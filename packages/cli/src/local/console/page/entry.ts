/**
 * The steps of a command and of its events:
 *
 * - `invocation`: an attempt of a function has ended
 * - `command`: a function has decided a command, as its log says
 * - `outbox`: events that a function or the relay could not publish, as its log says
 * - `published`, `refused`: a bus has taken an entry of PutEvents, or has not
 * - `hop`: a bus has taken an event of the other Region
 * - `rule`: a rule was asked whether it wants the event
 * - `delivery`: a target has taken the event, or an attempt has failed and is retried
 * - `dead-letter`, `lost`: the end of an event that could not be delivered or handled
 * - `effect`: a consumer has handled the event, as its log says
 * - `failure`: a function has refused its work or failed at it, as its log says
 */
export type EntryKind =
  | 'invocation'
  | 'command'
  | 'outbox'
  | 'published'
  | 'refused'
  | 'hop'
  | 'rule'
  | 'delivery'
  | 'dead-letter'
  | 'lost'
  | 'effect'
  | 'failure';

/** The ids by which entries belong together. */
export type EntryIds = {
  /** The id that the service has given the event, in its envelope. */
  readonly eventId?: string;
  /** The id that EventBridge has given it; another one in the other Region. */
  readonly envelopeId?: string;
  /** Lambda's id of the invocation; all attempts at an event share it. */
  readonly requestId?: string;
  readonly correlationId?: string;
  /** The idempotency key of a command. */
  readonly key?: string;
  /** The events that a command has committed. */
  readonly events?: readonly string[];
};

/** A step as the timeline has it. */
export type EntrySummary = EntryIds & {
  /** Its place in the order of all entries of this run, from 1. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly region: string;
  readonly kind: EntryKind;
  /** `skipped` where nothing was done on purpose: a duplicate, or a rule that does not match. */
  readonly outcome: 'ok' | 'skipped' | 'failed';
  /** The type of the event, where it is about one. */
  readonly type?: string;
  readonly functionName?: string;
  readonly rule?: string;
  /** The name of the bus that has taken the event. */
  readonly bus?: string;
  /** The ARN of a target or of a queue. */
  readonly target?: string;
  /** One line for a person. */
  readonly reason?: string;
  readonly durationMs?: number;
  /** From 1. */
  readonly attempt?: number;
};

/** A step with its payloads, which are cut where they are long. */
export type ConsoleEntry = EntrySummary & {
  /** JSON text of the event, or of the input of a function. */
  readonly payload?: string;
  /** JSON text of the answer of a function. */
  readonly answer?: string;
};

/** Why the effect of a command is missing, or that it is not. */
export type Finding = {
  readonly outcome: 'ok' | 'skipped' | 'failed' | 'waiting';
  /** One or two sentences for a person. */
  readonly text: string;
  readonly region?: string;
  readonly eventId?: string;
};

/** All that belongs to one id. */
export type EventPath = {
  readonly id: string;
  /** In the order in which they were recorded. */
  readonly entries: readonly ConsoleEntry[];
  readonly findings: readonly Finding[];
};

/** The stack as it is now. */
export type StackView = {
  /** Another one after a restart of the stack: sequence numbers begin anew. */
  readonly run: string;
  readonly regions: readonly {
    readonly region: string;
    readonly url: string;
    readonly running: boolean;
    readonly functions: readonly string[];
  }[];
  readonly links: readonly { readonly between: readonly string[]; readonly cut: boolean }[];
};

/** A message that nobody could deliver or handle. */
export type DeadLetter = {
  readonly id: string;
  readonly region: string;
  readonly queue: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** The reason for the failure, in one line. */
  readonly cause: string;
  /** The name of the function, the bus or the queue that the work was for. */
  readonly target: string;
  readonly eventType?: string;
  readonly eventId?: string;
  /** Whether the message says what to run again. */
  readonly canBeRedriven: boolean;
  readonly body: string;
};

/** The answer to work that a person has asked for. */
export type Done = { readonly done: boolean; readonly message: string };
