import type { HttpAnswer } from '../aws/http-exchange.ts';
import type { PutEventsOutput, PutEventsResult } from './publisher.ts';

/**
 * EventBridge has refused a whole request; `name` is the service's error code, as in the SDK's
 * errors.
 */
export class EventBridgeError extends Error {
  override readonly name: string;
  /** HTTP status. */
  readonly status: number;
  /** The answer's `Date`, milliseconds since the epoch; `undefined` if it has none. */
  readonly serverMs: number | undefined;
  constructor(name: string, message: string, { status, headers }: HttpAnswer) {
    const id = /^[\w-]{1,64}$/.exec(String(headers['x-amzn-requestid'] ?? ''))?.[0];
    super(id ? `${message} (request ${id})` : message);
    this.name = name;
    this.status = status;
    const ms = Date.parse(headers.date ?? '');
    this.serverMs = Number.isNaN(ms) ? undefined : ms;
  }
}

/**
 * Leaves room for the code and the request's id in the 500 characters that the outbox keeps of a
 * reason.
 */
const messageLengthMax = 380;

type JsonObject = Readonly<Record<string, unknown>>;

const objectIn = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
};

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The code in `com.amazonaws.events#Code:http://…`. */
const codeIn = (value: unknown): string | undefined =>
  /^(?:[^#:,]*#)?([A-Za-z][\w.]{0,99})(?:[:,]|$)/.exec(textIn(value) ?? '')?.[1];

const withoutMessage = (status: number): string => {
  const answered = `EventBridge answered with HTTP status ${status} and no message`;
  return status >= 300 && status < 400
    ? `${answered}, and redirects are not followed: check the address in AWS_ENDPOINT_URL_EVENTBRIDGE or AWS_ENDPOINT_URL`
    : answered;
};

const errorIn = (answer: HttpAnswer): EventBridgeError => {
  const body = objectIn(answer.body) ?? {};
  const code =
    codeIn(body['__type']) ?? codeIn(body['code']) ?? codeIn(answer.headers['x-amzn-errortype']);
  const told = textIn(body['message']) ?? textIn(body['Message']);
  const message = told?.slice(0, messageLengthMax) ?? withoutMessage(answer.status);
  return new EventBridgeError(code ?? 'UnknownError', message, answer);
};

const resultIn = (value: unknown): PutEventsResult => {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as JsonObject;
  return {
    EventId: textIn(entry['EventId']),
    ErrorCode: textIn(entry['ErrorCode']),
    ErrorMessage: textIn(entry['ErrorMessage'])?.slice(0, messageLengthMax),
  };
};

/**
 * The results of the entries in an answer to `PutEvents`.
 *
 * @throws {EventBridgeError} where the request was refused, or something else than EventBridge has
 * answered
 */
export const readPutEventsAnswer = (answer: HttpAnswer): PutEventsOutput => {
  if (answer.status !== 200) throw errorIn(answer);
  const entries = objectIn(answer.body)?.['Entries'];
  if (Array.isArray(entries)) return { Entries: entries.map(resultIn) };
  throw new EventBridgeError(
    'UnknownError',
    'Something else than EventBridge answered: check the address in AWS_ENDPOINT_URL_EVENTBRIDGE or AWS_ENDPOINT_URL',
    answer,
  );
};
