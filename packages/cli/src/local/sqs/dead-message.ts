import { parseArn } from '../arn.ts';
import { InvalidJson, type JsonText, parseJsonText } from '../eventbridge/pattern/json-text.ts';

/** A message as SQS hands it over, as far as it is read here. */
export type QueuedMessage = {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  readonly Attributes?: Readonly<Record<string, string>> | undefined;
  readonly MessageAttributes?: Readonly<Record<string, QueuedAttribute>> | undefined;
};

/** An attribute that the sender of a message has given. */
export type QueuedAttribute = {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
};

/**
 * The sender of a dead letter: a rule that could not reach its target, a function that failed at an
 * event, a schedule that could not start its target, or a queue whose reader did not delete it.
 */
export type DeadMessageKind = 'rule' | 'function' | 'schedule' | 'queue' | 'unknown';

/** The work that failed, to be done again. Texts are as they came, so that no number changes. */
export type Work =
  | { readonly kind: 'invoke'; readonly functionArn: string; readonly payload: string }
  | {
      readonly kind: 'put';
      readonly busName: string;
      /** The rule of that bus, whose target the event did not reach. */
      readonly ruleArn: string;
      readonly event: string;
    }
  | {
      readonly kind: 'send';
      /** The queue that has given the message up. */
      readonly queueArn: string;
      readonly body: string;
      readonly attributes: Readonly<Record<string, QueuedAttribute>>;
      /** Absent from a message without a group. */
      readonly groupId: string | undefined;
      /** By which a FIFO queue knows the message again, if it is sent twice. */
      readonly messageId: string;
    };

/** A dead letter as a person and {@link Work} need it. */
export type DeadMessage = {
  readonly id: string;
  readonly kind: DeadMessageKind;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** The reason for the failure, in one line. */
  readonly cause: string;
  /** The ARN of the function or the bus that the work was for. */
  readonly target: string;
  /** The type of the event and its own id, where the work is an event of a service. */
  readonly eventType: string | undefined;
  readonly eventId: string | undefined;
  /** When the event was decided. Milliseconds since the epoch. */
  readonly eventAt: number | undefined;
  /** Absent where nothing tells what to do again. */
  readonly work: Work | undefined;
  /** The body as text. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
};

/** An envelope of EventBridge has a thousand levels below its `detail`, a record one more. */
const levelsMax = 1_003;

const parsed = (text: string): JsonText | undefined => {
  try {
    return parseJsonText(text, levelsMax);
  } catch (error) {
    if (error instanceof InvalidJson) return undefined;
    throw error;
  }
};

const member = (node: JsonText | undefined, ...path: readonly string[]): JsonText | undefined =>
  path.reduce<JsonText | undefined>(
    (at, name) =>
      at?.kind === 'object' ? at.entries.findLast(([key]) => key === name)?.[1] : undefined,
    node,
  );

const textOf = (node: JsonText | undefined): string | undefined =>
  node?.kind === 'string' ? node.value : undefined;

/** Milliseconds since the epoch. */
const timeOf = (node: JsonText | undefined): number | undefined => {
  const time = Date.parse(textOf(node) ?? '');
  return Number.isNaN(time) ? undefined : time;
};

const slice = (body: string, node: JsonText): string => body.slice(node.start, node.end);

/** The first line of a text. */
const lineOf = (text: string): string => text.split('\n', 1)[0] ?? '';

const joined = (...parts: readonly (string | undefined)[]): string =>
  lineOf(parts.filter((part) => part !== undefined && part !== '').join(': '));

/** The function of an ARN, without the version that has run. */
const unversioned = (functionArn: string): string => functionArn.replace(/:\$LATEST$/, '');

const busOfRule = (ruleArn: string): string => {
  const [, bus = '', rule] = (parseArn(ruleArn)?.resource ?? '').split('/');
  return rule === undefined ? 'default' : bus;
};

type Failure = Pick<DeadMessage, 'kind' | 'cause' | 'target' | 'work'> & {
  /** The event, if the work has one. */
  readonly event: JsonText | undefined;
};

const isEvent = (node: JsonText | undefined): boolean =>
  textOf(member(node, 'detail-type')) !== undefined && member(node, 'detail') !== undefined;

/** A delivery that EventBridge or the Scheduler has given up: the body is the target's input. */
const undelivered = (
  kind: 'rule' | 'schedule',
  body: string,
  attributes: DeadMessage['attributes'],
): Failure => {
  const event = parsed(body);
  const { TARGET_ARN: target = '', RULE_ARN: ruleArn = '' } = attributes;
  const service = parseArn(target)?.service;
  const work: Work | undefined =
    service === 'lambda'
      ? { kind: 'invoke', functionArn: target, payload: body }
      : service === 'events' && isEvent(event)
        ? // All rules of the bus match again. Consumers that have handled the event skip it.
          { kind: 'put', busName: busOfRule(ruleArn), ruleArn, event: body }
        : undefined;
  const cause = joined(attributes['ERROR_CODE'], attributes['ERROR_MESSAGE']);
  return { kind, cause, target, work, event };
};

/** A record of Lambda, or of a function that has sorted an event out itself. */
const functionFailure = (body: string, record: JsonText): Failure => {
  const target = textOf(member(record, 'requestContext', 'functionArn')) ?? '';
  const payload = member(record, 'requestPayload');
  const error = member(record, 'responsePayload');
  const condition = textOf(member(record, 'requestContext', 'condition'));
  const work: Work | undefined =
    payload === undefined || target === ''
      ? undefined
      : {
          kind: 'invoke',
          functionArn: unversioned(target),
          payload: slice(body, payload),
        };
  const cause = joined(
    textOf(member(error, 'errorType')) ?? condition,
    textOf(member(error, 'errorMessage')),
  );
  return { kind: 'function', cause, target: unversioned(target), work, event: payload };
};

/** A message that the redrive policy of its queue has moved here: SQS keeps no cause. */
const givenUp = (body: string, queueArn: string, message: QueuedMessage): Failure => {
  const { MessageId: messageId = '', MessageAttributes: attributes = {} } = message;
  const groupId = message.Attributes?.['MessageGroupId'];
  const queue = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  return {
    kind: 'queue',
    cause: `the function that reads ${queue} has not handled it, and SQS keeps no cause`,
    target: queueArn,
    work: { kind: 'send', queueArn, body, attributes, groupId, messageId },
    event: parsed(body),
  };
};

const failureOf = (
  body: string,
  attributes: DeadMessage['attributes'],
  message: QueuedMessage,
): Failure => {
  const sourceArn = message.Attributes?.['DeadLetterQueueSourceArn'];
  if (sourceArn !== undefined) return givenUp(body, sourceArn, message);
  if (attributes['RULE_ARN'] !== undefined) return undelivered('rule', body, attributes);
  if (attributes['SCHEDULE_ARN'] !== undefined) return undelivered('schedule', body, attributes);
  const record = parsed(body);
  if (record && member(record, 'requestContext') && member(record, 'requestPayload')) {
    return functionFailure(body, record);
  }
  const cause = joined(attributes['ErrorCode'], attributes['ErrorMessage']) || 'not known';
  return { kind: 'unknown', cause, target: '', work: undefined, event: undefined };
};

/** Reads a message of a dead-letter queue. */
export const readDeadMessage = (message: QueuedMessage): DeadMessage => {
  const body = message.Body ?? '';
  const attributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue = '' }]) => [
      name,
      StringValue,
    ]),
  );
  const { event, ...failure } = failureOf(body, attributes, message);
  return {
    ...failure,
    id: message.MessageId ?? '',
    sentAt: Number(message.Attributes?.['SentTimestamp'] ?? 0),
    eventType: textOf(member(event, 'detail-type')),
    eventId: textOf(member(event, 'detail', 'id')) ?? textOf(member(event, 'id')),
    eventAt: timeOf(member(event, 'detail', 'time')) ?? timeOf(member(event, 'time')),
    body,
    attributes,
  };
};

/** The entry of `PutEvents` that puts an event on a bus again, its detail as it was. */
export const entryOf = (event: string, busName: string) => {
  const node = parsed(event);
  const detail = member(node, 'detail');
  const resources = member(node, 'resources');
  const time = timeOf(member(node, 'time'));
  return {
    EventBusName: busName,
    Source: textOf(member(node, 'source')) ?? '',
    DetailType: textOf(member(node, 'detail-type')) ?? '',
    Detail: detail ? slice(event, detail) : '{}',
    Resources:
      resources?.kind === 'array' ? resources.items.flatMap((one) => textOf(one) ?? []) : [],
    ...(time === undefined ? {} : { Time: new Date(time) }),
  };
};
