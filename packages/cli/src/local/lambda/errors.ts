/** The function's reserved concurrency is used up; the caller may try again later. */
export class FunctionThrottled extends Error {
  override readonly name = 'FunctionThrottled';
  /** Lambda's word for the limit that was hit. */
  readonly reason = 'ReservedFunctionConcurrentInvocationLimitExceeded';
  /** The reserved concurrency; 0 means that the function is switched off. */
  readonly limit: number;

  constructor(limit: number) {
    super('Rate Exceeded.');
    this.limit = limit;
  }
}

/** The function was stopped before the invocation had a result. */
export class FunctionStopped extends Error {
  override readonly name = 'FunctionStopped';

  constructor() {
    super('The function was stopped before it answered');
  }
}
