/** The part of Lambda's context that the handlers use. */
export type LambdaContext = {
  /** The invocation's id, which its log lines have. */
  readonly awsRequestId: string;
  /** The ARN by which the function was invoked. Lambda always gives it. */
  readonly invokedFunctionArn?: string;
  /** The client context of a direct invocation, parsed. Its `custom` may carry ids and a trace. */
  readonly clientContext?: unknown;
  /** Milliseconds until Lambda ends the invocation. */
  readonly getRemainingTimeInMillis: () => number;
};

/** A step of a middleware; middy gives it the request. */
type Step = (request: never) => unknown;

/** A middleware of middy, as far as a handler looks at it. */
export type Middleware = {
  readonly before?: Step | undefined;
  readonly after?: Step | undefined;
  readonly onError?: Step | undefined;
};

/**
 * The request that middy gives to a middleware when an invocation has failed. `response` is the
 * answer in place of the error.
 */
export type FailedRequest = {
  readonly context: Pick<LambdaContext, 'awsRequestId'>;
  error: unknown;
  response?: unknown;
};

/**
 * A handler that Lambda invokes, composed by middy. `use` adds a middleware to it.
 *
 * These types stand in for those of `@middy/core`, whose declarations need a package that few
 * projects have: without it a project that checks its libraries' declarations would not compile.
 */
export type LambdaHandler<Answer = unknown> = {
  (event: unknown, context: LambdaContext): Promise<Answer>;
  /** Adds a middleware around the handler, the first one outermost. */
  readonly use: (middleware: Middleware | readonly Middleware[]) => LambdaHandler<Answer>;
};
