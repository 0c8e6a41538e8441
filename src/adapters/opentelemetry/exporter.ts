import {
  createHttpExchange,
  type HttpAnswer,
  type HttpExchange,
  NoAnswer,
} from '../aws/http-exchange.ts';
import { createRequestSigner, type SigningKeys } from '../aws/signature.ts';
import type { TraceSettings } from './settings.ts';

/** Sends one body in OTLP's JSON to the collector. The signal ends it. */
export type ExportSpans = (body: string, signal: AbortSignal) => Promise<void>;

/** The hosts of AWS X-Ray, whose requests are signed: `xray.us-east-1.amazonaws.com`. */
const xrayHost =
  /^xray(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws)$/;

/** Characters of a collector's message that an error repeats. */
const messageLengthMax = 200;

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

/** @throws {Error} where the collector has not taken all spans */
const requireTaken = (host: string, { status, body }: HttpAnswer): void => {
  const { partialSuccess, message, Message } = objectIn(body);
  if (status < 200 || status > 299) {
    const told = String(message ?? Message ?? '').slice(0, messageLengthMax);
    throw new Error(`${host} answered with HTTP status ${status}${told && `: ${told}`}`);
  }
  const { rejectedSpans = 0, errorMessage = '' } = Object(partialSuccess);
  if (Number(rejectedSpans) > 0) {
    const told = String(errorMessage).slice(0, messageLengthMax);
    throw new Error(`${host} has rejected ${Number(rejectedSpans)} spans${told && `: ${told}`}`);
  }
};

/**
 * An exporter of OTLP over HTTP in JSON. It signs requests to AWS X-Ray. It repeats a request that
 * went into a connection which had been closed while the process was frozen, and no other one.
 *
 * @param credentials is asked for each signature: Lambda's keys are replaced while the process
 * lives
 * @throws {Error} where the collector has not taken all spans, and the reason of the signal
 */
export const createOtlpExporter = (
  { url, headers: ofUser }: Pick<TraceSettings, 'url' | 'headers'>,
  credentials: () => SigningKeys | Promise<SigningKeys>,
  connect: (url: URL, name: string) => HttpExchange = createHttpExchange,
): ExportSpans => {
  const { post, closeIdle } = connect(url, url.host);
  const [, xrayRegion] = xrayHost.exec(url.hostname) ?? [];
  // The token of a session would be readable on its way.
  const isSecret = url.protocol === 'https:';
  const sign = xrayRegion && isSecret && createRequestSigner('xray', xrayRegion, credentials);

  const send = async (body: Buffer, signal: AbortSignal): Promise<HttpAnswer> => {
    const headers = {
      ...ofUser,
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': 'antipode',
    };
    const signed = sign ? await sign(url, { headers, body }, new Date()) : headers;
    return post(signed, body, signal);
  };

  return async (text, signal) => {
    const body = Buffer.from(text);
    try {
      requireTaken(url.host, await send(body, signal));
    } catch (error) {
      if (!(error instanceof NoAnswer && error.reused) || signal.aborted) throw error;
      closeIdle();
      requireTaken(url.host, await send(body, signal));
    }
  };
};
