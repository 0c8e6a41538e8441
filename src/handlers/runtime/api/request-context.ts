import {
  formatTraceparent,
  parseTraceparent,
} from '../../../domain/kernel/observability/trace-context.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import { contextOfInvocation } from '../log-context/invocation-context.ts';
import type { LogContext } from '../log-context/log-context.ts';
import { headerOf, isHttp } from './http-request.ts';

/** A correlation id that a caller gives: 1 to 128 letters, digits and marks of ASCII. */
const callersId = /^[\x21-\x7e]{1,128}$/;

const correlationHeader = 'x-correlation-id';

/**
 * Reads what a direct invocation has in its client context. The member is `custom` by the
 * documentation, and `Custom` in OpenTelemetry's instrumentation of the AWS SDK.
 */
const clientContextReader = ({ clientContext }: LambdaContext) => {
  const { custom, Custom } = Object(clientContext);
  const values: Readonly<Record<string, unknown>> = Object(custom ?? Custom);
  return (name: string): unknown => values[name];
};

/**
 * The context of a request. Its correlation id and its trace are those that the caller gives, as
 * the headers `x-correlation-id` and `traceparent`, or in the client context of a direct
 * invocation. One that is not valid is ignored, as W3C asks: a request is worth more than its
 * trace. Lambda's request id and trace stand in.
 *
 * @param xrayHeader of the invocation under way
 */
export const contextOfRequest = (
  event: unknown,
  context: LambdaContext,
  xrayHeader: string | undefined,
): LogContext => {
  const read = isHttp(event)
    ? (name: string) => headerOf(event, name)
    : clientContextReader(context);
  const id = read(correlationHeader);
  const traceparent = read('traceparent');
  const trace = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  return {
    ...contextOfInvocation(context, xrayHeader),
    ...(typeof id === 'string' && callersId.test(id) && { correlationid: id }),
    // A newer version may have more behind it, of any length, which no event has to carry.
    ...(trace && { traceparent: formatTraceparent(trace) }),
  };
};
