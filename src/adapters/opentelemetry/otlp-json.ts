import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { RecordedSpan } from './recorded-span.ts';

/**
 * Values and spans in OTLP's JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids
 * are hexadecimal, integers of 64 bits are texts, enumerations are numbers.
 */
type Otlp = Readonly<Record<string, unknown>>;

const anyValue = (value: AttributeValue | null | undefined): Otlp => {
  if (Array.isArray(value)) {
    const values: readonly (AttributeValue | null | undefined)[] = value;
    return { arrayValue: { values: values.map(anyValue) } };
  }
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return {};
  if (Number.isSafeInteger(value)) return { intValue: String(value) };
  // JSON has no number for these; a collector refuses a whole request with a null in it.
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
};

const keyValues = (attributes: Attributes = {}): readonly Otlp[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** Milliseconds with fractions as nanoseconds: more than a number can hold. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

/** The span's own flags, and that it is known whether its parent is of another process. */
const flagsOf = (traceFlags: number, isRemote = false): number =>
  traceFlags | 0x100 | (isRemote ? 0x200 : 0);

const spanOf = (span: RecordedSpan): Otlp => ({
  traceId: span.context.traceId,
  spanId: span.context.spanId,
  ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
  flags: flagsOf(span.context.traceFlags, span.isParentRemote),
  name: span.name,
  // OTLP begins with "unspecified".
  kind: span.kind + 1,
  startTimeUnixNano: nanoseconds(span.startTime),
  endTimeUnixNano: nanoseconds(span.endTime),
  attributes: keyValues(span.attributes),
  droppedAttributesCount: span.droppedAttributes,
  events: span.events.map(({ name, attributes, time }) => ({
    timeUnixNano: nanoseconds(time),
    name,
    attributes: keyValues(attributes),
  })),
  droppedEventsCount: span.droppedEvents,
  links: span.links.map(({ context, attributes }) => ({
    traceId: context.traceId,
    spanId: context.spanId,
    flags: flagsOf(context.traceFlags, context.isRemote),
    attributes: keyValues(attributes),
  })),
  droppedLinksCount: span.droppedLinks,
  status: span.status,
});

/** A span as it is sent, to be put between those of its scope. */
export const spanJson = (span: RecordedSpan): string => JSON.stringify(spanOf(span));

/** The spans of one scope, each as JSON. */
export type ScopedSpans = {
  readonly scope: RecordedSpan['scope'];
  readonly spans: readonly string[];
};

/** The body of one export. */
export const exportJson = (resource: Attributes, scopes: readonly ScopedSpans[]): string => {
  const scopeSpans = scopes.map(
    ({ scope, spans }) => `{"scope":${JSON.stringify(scope)},"spans":[${spans.join(',')}]}`,
  );
  const attributes = JSON.stringify(keyValues(resource));
  return `{"resourceSpans":[{"resource":{"attributes":${attributes}},"scopeSpans":[${scopeSpans.join(',')}]}]}`;
};
