import { InvariantViolation, type Json } from '../../../domain/kernel/index.ts';

/** The answer of an operation; `status` is HTTP's, also for direct invocations. */
export type ApiAnswer = {
  /** 200 to 599. */
  readonly status: number;
  /** Sent as JSON. */
  readonly body: Json;
  /** Beside `content-type` and `cache-control`, which they may replace. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** The value that Lambda is given back, for a direct invocation and for a Function URL. */
export type ApiResponse = {
  /** HTTP's status. */
  readonly statusCode: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
};

/** An answer as Lambda gives it back. */
export const respond = ({ status, body, headers }: ApiAnswer): ApiResponse => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** An answer that says what is wrong, for programs and for people. */
export const errorAnswer = (
  status: number,
  code: string,
  message: string,
  details: { readonly [key: string]: Json } = {},
): ApiAnswer => ({ status, body: { error: { code, message, ...details } } });

/** A request that is refused for the way it was sent: its work has not begun. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  /** The answer that the client gets. */
  readonly answer: ApiAnswer;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.answer = { ...errorAnswer(status, code, message), headers };
  }
}

/** A token of RFC 9110, section 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * A header's value by RFC 9110, as Node sends it: Latin-1 without control characters but the tab.
 */
const unsendable = /[^\t -~\u0080-\u00ff]/;

/** Characters of a wrong name that the log repeats. */
const nameLengthMax = 100;

/**
 * Refuses an answer that HTTP cannot carry. Lambda would answer 502 in its place without a reason.
 *
 * @throws {InvariantViolation} that names the header, or the status
 */
export const requireSendable = ({ status, headers = {} }: ApiAnswer): void => {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new InvariantViolation(`An answer has the status ${status}: give it one of 200 to 599`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (headerName.test(name) && !unsendable.test(value)) continue;
    throw new InvariantViolation(
      `An answer has a header that HTTP cannot carry: ${JSON.stringify(name.slice(0, nameLengthMax))}`,
    );
  }
};
