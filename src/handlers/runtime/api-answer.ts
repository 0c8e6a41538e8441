import type { Json } from '../../domain/kernel/index.ts';

/** What an operation answers; `status` is HTTP's, also for direct invocations. */
export type ApiAnswer = {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What Lambda is given back, for a direct invocation and for a Function URL. */
export type ApiResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
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
