import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { InvariantViolation } from '../../domain/kernel/index.ts';

/** The call of Powertools' handler that asks a layer for a key. */
export type HandlerCall = {
  /**
   * Whether a durable execution is replayed: Powertools runs the function then although its key is
   * taken.
   */
  readonly isReplay: boolean;
  /** The request of middy, where the middleware asks. */
  readonly request?: { earlyResponse?: unknown };
};

/**
 * The methods of Powertools' `IdempotencyHandler` that know what a persistence layer is not told.
 */
type Handler = {
  handle: (options?: { readonly isReplay?: boolean }) => Promise<unknown>;
  handleMiddyBefore: (request: object, cleanUp: unknown) => Promise<unknown>;
};

const isHandler = (value: unknown): value is Handler => {
  const { handle, handleMiddyBefore } = (value ?? {}) as Partial<Handler>;
  return typeof handle === 'function' && typeof handleMiddyBefore === 'function';
};

/** Powertools does not export the class, but its middleware leaves an instance in the request. */
const findHandlerPrototype = (): Handler => {
  const internal: Record<string, unknown> = {};
  const middleware = makeHandlerIdempotent({
    persistenceStore: { configure: () => undefined } as never,
    // Adds the key alone, which is absent.
    config: new IdempotencyConfig({ eventKeyJmesPath: 'absent' }),
  });
  middleware.before?.({ event: {}, context: {}, internal } as never);
  const handler = Object.values(internal).find(isHandler);
  if (handler) return Object.getPrototypeOf(handler);
  throw new InvariantViolation(
    'This release of Powertools is not known: install @aws-lambda-powertools/idempotency 2.35.0',
  );
};

/** Set while a handler calls its persistence layer, which it does before its first `await`. */
let underWay: HandlerCall | undefined;
let isObserved = false;

const during = <Result>(call: HandlerCall, work: () => Result): Result => {
  underWay = call;
  try {
    return work();
  } finally {
    underWay = undefined;
  }
};

/**
 * Lets layers ask for `handlerCall`. Powertools tells a persistence layer neither whether a durable
 * execution is replayed nor the request of middy. Without the first the function runs before
 * anything can refuse it; without the second a replay of `undefined` runs the handler again, since
 * middy takes it for no early response.
 *
 * The handlers behave as before for every other layer.
 *
 * @throws {InvariantViolation} when Powertools has no such handler
 */
export const observeHandlers = (): void => {
  if (isObserved) return;
  const prototype = findHandlerPrototype();
  const { handle, handleMiddyBefore } = prototype;
  prototype.handle = function (this: Handler, options) {
    return during({ isReplay: options?.isReplay === true }, () => handle.call(this, options));
  };
  prototype.handleMiddyBefore = function (this: Handler, request, cleanUp) {
    return during({ isReplay: false, request }, () =>
      handleMiddyBefore.call(this, request, cleanUp),
    );
  };
  isObserved = true;
};

/** The call that a layer is answering; to be asked before its first `await`. */
export const handlerCall = (): HandlerCall | undefined => underWay;
