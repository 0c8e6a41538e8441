import type { Attributes, AttributeValue, Link, SpanContext, SpanKind } from '@opentelemetry/api';

/** An event of a span, such as an exception. */
export type RecordedEvent = {
  readonly name: string;
  readonly attributes: Attributes;
  /** Milliseconds since the epoch, with fractions. */
  readonly time: number;
};

/** A span that has ended, ready to be sent. Times are milliseconds since the epoch. */
export type RecordedSpan = {
  readonly scope: { readonly name: string; readonly version: string | undefined };
  readonly context: SpanContext;
  readonly parentSpanId: string | undefined;
  /** Whether the parent is a span of another process. */
  readonly isParentRemote: boolean;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly events: readonly RecordedEvent[];
  readonly droppedEvents: number;
  readonly links: readonly Link[];
  readonly droppedLinks: number;
  readonly status: { readonly code: number; readonly message?: string };
};

/**
 * Limits of one span; OpenTelemetry's defaults, of which an SDK keeps 128 of each and values of any
 * length. A value of a kilobyte is a payload, which does not belong into a trace.
 */
export const spanLimits = {
  attributesMax: 128,
  valueLengthMax: 1_024,
  eventsMax: 128,
  linksMax: 128,
} as const;

const cut = (value: AttributeValue): AttributeValue => {
  // The cut may go through a pair of surrogates, which is no text for a collector.
  if (typeof value === 'string') return value.slice(0, spanLimits.valueLengthMax).toWellFormed();
  if (!Array.isArray(value)) return value;
  return value
    .slice(0, spanLimits.attributesMax)
    .map((one) => (typeof one === 'string' ? cut(one) : one)) as AttributeValue;
};

/** Adds attributes within the limits; gives back how many had no room. */
export const addAttributes = (
  to: Record<string, AttributeValue>,
  attributes: Attributes | undefined,
): number => {
  let dropped = 0;
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null) continue;
    if (!Object.hasOwn(to, name) && Object.keys(to).length >= spanLimits.attributesMax) {
      dropped += 1;
    } else {
      to[name] = cut(value);
    }
  }
  return dropped;
};
