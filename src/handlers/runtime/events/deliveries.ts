import type { Delivery } from './handle-event.ts';

/** The part of a message of SQS that is read, as Lambda's event source mapping hands it over. */
export type QueueRecord = {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN?: string;
  readonly attributes?: {
    readonly ApproximateReceiveCount?: string;
    readonly MessageGroupId?: string;
  };
};

/** The forms in which a platform hands events to a function. */
export type Deliveries =
  /** One event, as a rule of EventBridge sends it. */
  | { readonly kind: 'event'; readonly delivery: Delivery }
  /** Several events in a list. */
  | { readonly kind: 'list'; readonly deliveries: readonly Delivery[] }
  /** Messages of a queue, which is told of those that failed. */
  | { readonly kind: 'queue'; readonly records: readonly QueueRecord[] };

const isQueueRecord = (value: unknown): value is QueueRecord & { readonly eventSource: unknown } =>
  typeof value === 'object' &&
  value !== null &&
  (value as { readonly eventSource?: unknown }).eventSource === 'aws:sqs' &&
  typeof (value as Partial<QueueRecord>).messageId === 'string' &&
  typeof (value as Partial<QueueRecord>).body === 'string';

const recordsIn = (event: unknown): readonly QueueRecord[] | undefined => {
  const { Records: records } = Object(event) as { readonly Records?: unknown };
  return Array.isArray(records) && records.length > 0 && records.every(isQueueRecord)
    ? records
    : undefined;
};

/** Recognises the form in which events have come; anything else is one event, and no valid one. */
export const readDeliveries = (event: unknown): Deliveries => {
  if (Array.isArray(event)) {
    return { kind: 'list', deliveries: event.map((payload) => ({ payload, attempts: 1 })) };
  }
  const records = recordsIn(event);
  if (records) return { kind: 'queue', records };
  return { kind: 'event', delivery: { payload: event, attempts: 1 } };
};

/** The value of a JSON text; nothing for any other text. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The event in a message: EventBridge's own wrapping of it, or the envelope alone where a rule
 * sends `$.detail`.
 */
export const deliveryOf = ({ body, attributes }: QueueRecord): Delivery => {
  const attempts = Number(attributes?.ApproximateReceiveCount ?? 1);
  const value = parsed(body);
  if (value === undefined) return { payload: body, attempts };
  const isObject = typeof value === 'object' && value !== null;
  const isEnvelopeAlone = isObject && 'specversion' in value && !('detail' in value);
  return isEnvelopeAlone
    ? { payload: { detail: value }, text: `{"detail":${body}}`, attempts }
    : { payload: value, text: body, attempts };
};

/** The group whose messages keep their order. A standard queue's group keeps none. */
export const orderedGroupOf = ({ eventSourceARN, attributes }: QueueRecord): string | undefined =>
  eventSourceARN?.endsWith('.fifo') ? attributes?.MessageGroupId : undefined;
