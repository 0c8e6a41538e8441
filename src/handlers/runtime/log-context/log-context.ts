import { AsyncLocalStorage } from 'node:async_hooks';
import type { Causation, LogFields, Logger } from '../../../domain/kernel/index.ts';

/** The ids that every line of a log has about the work that it tells of. */
export type LogContext = Causation & {
  /** Lambda's id of the invocation; absent where the handler is not told of it. */
  readonly requestId?: string;
};

/**
 * The context of the work that runs, one for each chain of promises. A line may be written when the
 * answer is out and the process handles the next invocation: a variable would give it wrong ids.
 */
const contexts = new AsyncLocalStorage<LogContext>();

/** The contexts of errors that have left their work, for the line that tells of them. */
const contextsOfErrors = new WeakMap<object, LogContext>();

/** The context of the work that runs; `undefined` outside of an invocation. */
export const currentContext = (): LogContext | undefined => contexts.getStore();

/** Runs work, and all that it starts, in a context. */
export const inContext = <T>(context: LogContext, work: () => T): T => contexts.run(context, work);

/**
 * Runs one of several pieces of work of an invocation in its own context. An error that it throws
 * keeps the context: see {@link inContextOf}.
 */
export const partInContext = <T>(context: LogContext, work: () => Promise<T>): Promise<T> =>
  contexts.run(context, async () => {
    try {
      return await work();
    } catch (error) {
      if (typeof error === 'object' && error !== null) contextsOfErrors.set(error, context);
      throw error;
    }
  });

/** Tells of an error in the context of the part that has thrown it. */
export const inContextOf = (error: unknown, tell: () => void): void => {
  const context =
    typeof error === 'object' && error !== null ? contextsOfErrors.get(error) : undefined;
  if (context) contexts.run(context, tell);
  else tell();
};

/** The fields of a line with the ids of its context, which the fields replace. */
export const withContext = (fields: LogFields | undefined): LogFields => ({
  ...currentContext(),
  ...fields,
});

/** A logger whose lines have the ids of their context. Fields of a line replace them. */
export const contextLogger = (logger: Logger): Logger => ({
  debug: (message, fields) => logger.debug(message, withContext(fields)),
  info: (message, fields) => logger.info(message, withContext(fields)),
  warn: (message, fields) => logger.warn(message, withContext(fields)),
  error: (message, fields, cause) => logger.error(message, withContext(fields), cause),
});
