import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanKind,
} from '@opentelemetry/api';
import {
  addAttributes,
  type RecordedEvent,
  type RecordedSpan,
  spanLimits,
} from './recorded-span.ts';
import { millisecondsOf } from './span-time.ts';

/** All that is known of a span when it begins. */
export type BegunSpan = {
  readonly scope: RecordedSpan['scope'];
  readonly context: SpanContext;
  readonly parentSpanId: string | undefined;
  readonly isParentRemote: boolean;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes | undefined;
  readonly links: readonly Link[];
  /** Milliseconds since the epoch; now unless given. */
  readonly startTime: number | undefined;
};

/** The attributes of an exception, without its stack, which repeats its message and its values. */
const exceptionAttributes = (exception: Exception): Attributes => {
  const { name, message, code } =
    typeof exception === 'string'
      ? { name: undefined, message: exception, code: undefined }
      : exception;
  return {
    'exception.type': name ?? (code === undefined ? 'Error' : String(code)),
    ...(message !== undefined && { 'exception.message': message }),
  };
};

/** A span that is recorded, within {@link spanLimits}. After its end it takes nothing more. */
export const startRecording = (begun: BegunSpan, onEnd: (span: RecordedSpan) => void): Span => {
  const { scope, context, parentSpanId, isParentRemote, kind } = begun;
  const clockStart = performance.now();
  const now = Date.now();
  const startTime = begun.startTime ?? now;
  let { name } = begun;
  const attributes: Record<string, AttributeValue> = {};
  let droppedAttributes = addAttributes(attributes, begun.attributes);
  const events: RecordedEvent[] = [];
  let droppedEvents = 0;
  const links = begun.links.slice(0, spanLimits.linksMax);
  let droppedLinks = begun.links.length - links.length;
  let status: RecordedSpan['status'] = { code: 0 };
  let hasEnded = false;

  /** The clock of the wall may be set while a span runs. */
  const timeNow = (): number => now + (performance.now() - clockStart);

  const ifRunning = (change: () => void): Span => {
    if (!hasEnded) change();
    return span;
  };

  const addEvent = (event: RecordedEvent): void => {
    if (events.length < spanLimits.eventsMax) events.push(event);
    else droppedEvents += 1;
  };

  const addLinks = (added: readonly Link[]): void => {
    const taken = added.slice(0, Math.max(0, spanLimits.linksMax - links.length));
    links.push(...taken);
    droppedLinks += added.length - taken.length;
  };

  const span: Span = {
    spanContext: () => context,
    isRecording: () => !hasEnded,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: (added) =>
      ifRunning(() => {
        droppedAttributes += addAttributes(attributes, added);
      }),
    addEvent: (eventName, given, time) =>
      ifRunning(() => {
        const isTime = typeof given === 'number' || given instanceof Date || Array.isArray(given);
        const own: Record<string, AttributeValue> = {};
        addAttributes(own, isTime ? {} : given);
        const at = millisecondsOf(isTime ? given : time) ?? timeNow();
        addEvent({ name: eventName, attributes: own, time: at });
      }),
    addLink: (link) => ifRunning(() => addLinks([link])),
    addLinks: (added) => ifRunning(() => addLinks(added)),
    setStatus: (changed) =>
      ifRunning(() => {
        status = changed;
      }),
    updateName: (changed) =>
      ifRunning(() => {
        name = changed;
      }),
    recordException: (exception, time) => {
      span.addEvent('exception', exceptionAttributes(exception), time);
    },
    end: (endTime) => {
      ifRunning(() => {
        hasEnded = true;
        const ended = Math.max(startTime, millisecondsOf(endTime) ?? timeNow());
        onEnd({
          ...{ scope, context, parentSpanId, isParentRemote, name, kind },
          ...{ startTime, endTime: ended, attributes, droppedAttributes },
          ...{ events, droppedEvents, links, droppedLinks, status },
        });
      });
    },
  };
  return span;
};
