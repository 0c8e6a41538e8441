import { defined } from '../../../domain/kernel/defined.ts';
import {
  formatTraceparent,
  parseTraceparent,
} from '../../../domain/kernel/observability/trace-context.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import type { LogContext } from './log-context.ts';

/** X-Ray's trace id: eight digits of time and 24 more, which together are the 32 of W3C. */
const rootPattern = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/;

const nameAndValue = (part: string): readonly [string, string] => {
  const at = part.indexOf('=');
  return [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
};

/**
 * X-Ray's trace in the words of W3C Trace Context; `undefined` when there is none.
 *
 * @param xrayHeader as Lambda has it:
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`
 */
export const traceparentOf = (xrayHeader: string | undefined): string | undefined => {
  if (xrayHeader === undefined) return undefined;
  const parts = new Map(xrayHeader.split(';').map(nameAndValue));
  const [, time, rest] = rootPattern.exec(parts.get('Root') ?? '') ?? [];
  const context = parseTraceparent(`00-${time}${rest}-${parts.get('Parent')}-00`);
  return context && formatTraceparent({ ...context, sampled: parts.get('Sampled') === '1' });
};

/**
 * The `traceparent` that may be the parent of a span; `undefined` for X-Ray's where that is not
 * sampled. Lambda writes such a one also where nobody has decided, since active tracing is off.
 */
export const parentOf = (
  traceparent: string | undefined,
  xrayHeader: string | undefined,
): string | undefined => {
  const isOfXray = traceparent === traceparentOf(xrayHeader);
  return isOfXray && !parseTraceparent(traceparent)?.sampled ? undefined : traceparent;
};

/** The context of an invocation that no request and no single event has caused. */
export const contextOfInvocation = (
  { awsRequestId: requestId }: Pick<LambdaContext, 'awsRequestId'>,
  xrayHeader?: string | undefined,
): LogContext => ({
  requestId,
  correlationid: requestId,
  ...defined({ traceparent: traceparentOf(xrayHeader) }),
});

/** Characters of an id in an event that may not be read; the bus takes a megabyte. */
const unreadIdLengthMax = 128;

const idIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, unreadIdLengthMax) : undefined;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => Object(value);

/** The `traceparent` of an event that may not be read. */
export const traceparentIn = (payload: unknown): string | undefined =>
  idIn(objectOf(objectOf(payload)['detail'])['traceparent']);

/**
 * The context of all that is done about an event, before it is known whether it can be read.
 *
 * @param payload EventBridge's wrapping of the event
 * @param invocation the context where the event has no ids
 */
export const contextOfPayload = (payload: unknown, invocation: LogContext): LogContext => {
  const { correlationid, id, traceparent } = objectOf(objectOf(payload)['detail']);
  return {
    ...invocation,
    ...defined({
      correlationid: idIn(correlationid) ?? invocation.correlationid,
      causationid: idIn(id),
      traceparent: idIn(traceparent),
    }),
  };
};
