import type { Readable } from 'node:stream';
import type { CrossOriginRequest } from './http-guard.ts';

/** A request as the local services see it: whole, with lower-case header names. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As it came, without the `?`. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Sent in place of a body, as it comes. It is destroyed when the client leaves. */
  readonly stream?: Readable;
  /** Ends the connection without an answer, for an injected failure. */
  readonly hangUp?: true;
};

/** Answers the requests of one service; `undefined` leaves a request to the next route. */
export type Route = {
  (request: HttpRequest): Promise<HttpResponse | undefined> | HttpResponse | undefined;
  /**
   * Whether the service is configured to answer a web page of another origin; absent, it answers
   * none.
   */
  readonly allows?: (request: CrossOriginRequest) => boolean;
};
