import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpExchange, NoAnswer } from '../aws/http-exchange.ts';
import { createRequestSigner, type SigningKeys } from '../aws/signature.ts';
import type { PutEventsEntry } from './packing.ts';
import type { PutEvents } from './publisher.ts';
import { EventBridgeError, readPutEventsAnswer } from './put-events-answer.ts';

/** The longest wait before the second attempt, in milliseconds; the SDK's numbers. */
const retryDelayMsMax = { failed: 100, throttled: 500 } as const;

/**
 * Errors of a connection after which another attempt may succeed at once. Errors of a certificate
 * are none of them.
 */
const transientCodes = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND'],
]);

const throttlingCodes = new Set([
  ...['Throttling', 'ThrottlingException', 'ThrottledException', 'TooManyRequestsException'],
  ...['RequestThrottled', 'RequestThrottledException', 'RequestLimitExceeded', 'SlowDown'],
]);

/** Codes that AWS's services give a signature whose date is wrong. */
const clockSkewCodes = new Set([
  ...['InvalidSignatureException', 'SignatureDoesNotMatch', 'AuthFailure'],
  ...['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed'],
]);

/**
 * AWS takes signatures of the last and the next five minutes; the SDK corrects its clock from four.
 * Milliseconds.
 */
const clockSkewMsMin = 4 * 60_000;

const isThrottled = ({ name, status }: EventBridgeError): boolean =>
  status === 429 || throttlingCodes.has(name);

/**
 * How long to wait at most before the second attempt, in milliseconds; `undefined` where it would
 * not help.
 */
const waitMsMax = (error: unknown): number | undefined => {
  if (error instanceof NoAnswer) {
    if (!transientCodes.has(error.code ?? '')) return undefined;
    return error.reused ? 0 : retryDelayMsMax.failed;
  }
  if (!(error instanceof EventBridgeError)) return undefined;
  if (isThrottled(error)) return retryDelayMsMax.throttled;
  return error.status >= 500 ? retryDelayMsMax.failed : undefined;
};

/**
 * How far the service's clock is ahead of this one, if its refusal of a signature comes from that.
 * Milliseconds.
 */
const clockSkewIn = (error: unknown, signedMs: number): number | undefined => {
  if (!(error instanceof EventBridgeError) || error.serverMs === undefined) return undefined;
  if (!clockSkewCodes.has(error.name)) return undefined;
  if (Math.abs(error.serverMs - signedMs) < clockSkewMsMin) return undefined;
  return error.serverMs - Date.now();
};

/** The order of members is the SDK's; `Time` goes as seconds. */
const wireForm = (entry: PutEventsEntry) => ({
  Time: entry.Time.getTime() / 1000,
  Source: entry.Source,
  DetailType: entry.DetailType,
  Detail: entry.Detail,
  EventBusName: entry.EventBusName,
  TraceHeader: entry.TraceHeader,
});

/** Ends with the reason of `signal` where that comes first. */
const within = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

/**
 * A `PutEvents` without the AWS SDK: one request, signed by AWS's signer, over a connection that is
 * kept.
 *
 * It is sent once more where EventBridge was too busy, failed, or gave no answer, so that an event
 * may be on the bus twice; and where the clock was wrong, which is then corrected by the service's.
 *
 * @param options.url of EventBridge, see `eventBridgeEndpoint`
 * @param options.credentials is asked for each request: Lambda's keys are replaced while the
 * process lives
 * @param options.traceHeader gives the `X-Amzn-Trace-Id` of the invocation
 * @throws {EventBridgeError} where the request is refused, {NoAnswer} where it has no answer, and
 * the reason of the signal once that is aborted
 * @example
 * const url = eventBridgeEndpoint(region, process.env);
 * const putEvents = createPutEvents({ region, url, credentials });
 * const publisher = createEventBridgePublisher({ busName, putEvents });
 */
export const createPutEvents = (options: {
  readonly region: string;
  readonly url: URL;
  readonly credentials: () => SigningKeys | Promise<SigningKeys>;
  readonly traceHeader?: () => string | undefined;
}): PutEvents => {
  const { region, url, credentials, traceHeader } = options;
  const { post, closeIdle } = createHttpExchange(url, 'EventBridge');
  const sign = createRequestSigner('events', region, credentials);
  /** How far EventBridge's clock is ahead of this one. */
  let clockSkewMs = 0;

  const headersOf = (body: Buffer): Record<string, string> => {
    const traceId = traceHeader?.();
    return {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': String(body.length),
      'user-agent': 'antipode',
      'x-amz-target': 'AWSEvents.PutEvents',
      ...(traceId ? { 'x-amzn-trace-id': traceId } : {}),
    };
  };

  const attempt = async (body: Buffer, signedMs: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    const signing = sign(url, { headers: headersOf(body), body }, new Date(signedMs));
    const headers = await within(signal, signing);
    return readPutEventsAnswer(await post(headers, body, signal));
  };

  return async (entries, signal) => {
    const body = Buffer.from(JSON.stringify({ Entries: entries.map(wireForm) }));
    const signedMs = Date.now() + clockSkewMs;
    try {
      return await attempt(body, signedMs, signal);
    } catch (error) {
      const skewMs = clockSkewIn(error, signedMs);
      if (skewMs !== undefined) clockSkewMs = skewMs;
      const waitMs = skewMs === undefined ? waitMsMax(error) : 0;
      if (waitMs === undefined || signal.aborted) throw error;
      // The other connections may be dead too: a frozen process does not hear that a server has
      // closed them.
      if (error instanceof NoAnswer) closeIdle();
      await sleep(Math.random() * waitMs, undefined, { signal }).catch(() => {
        throw error;
      });
      return attempt(body, Date.now() + clockSkewMs, signal);
    }
  };
};
