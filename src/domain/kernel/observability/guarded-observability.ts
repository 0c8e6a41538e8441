import {
  type Logger,
  type Metrics,
  type Span,
  type SpanStart,
  type Tracer,
  untraced,
} from './observability.ts';

/** Receives the error of a logger, a counter or a tracer. */
export type ObservabilityFailure = (error: unknown) => void;

/**
 * Ignores the error. The kernel's own parts use it, since the runtime gives them loggers that
 * report their failures.
 */
const ignore: ObservabilityFailure = () => {};

/**
 * A call whose failure is reported and not thrown. The port's type lets an asynchronous function
 * pass: its failure is reported as well, since an unhandled rejection would end the process.
 */
export const guardCall =
  <Parameters extends readonly unknown[]>(
    call: (...parameters: Parameters) => void,
    onFailure: ObservabilityFailure,
  ) =>
  (...parameters: Parameters): Promise<void> | undefined => {
    try {
      const result: unknown = call(...parameters);
      if (result instanceof Promise) return result.then(() => undefined, onFailure);
    } catch (error) {
      onFailure(error);
    }
    return undefined;
  };

/** A logger that never throws: a line that is lost must not undo the work that it tells of. */
export const guardLogger = (logger: Logger, onFailure: ObservabilityFailure = ignore): Logger => ({
  debug: guardCall((message, fields) => logger.debug(message, fields), onFailure),
  info: guardCall((message, fields) => logger.info(message, fields), onFailure),
  warn: guardCall((message, fields) => logger.warn(message, fields), onFailure),
  error: guardCall((message, fields, cause) => logger.error(message, fields, cause), onFailure),
});

/** Metrics that never throw. */
export const guardMetrics = (
  metrics: Metrics,
  onFailure: ObservabilityFailure = ignore,
): Metrics => ({
  add: guardCall((name, value) => metrics.add(name, value), onFailure),
});

/**
 * Begins work that may throw before it gives a promise; its own promise is given back, which costs
 * no other one.
 */
const begin = <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
};

/** A tracer that never fails: the work runs once, and its own result or error is what comes out. */
export const guardTracer = (tracer: Tracer, onFailure: ObservabilityFailure = ignore): Tracer => {
  // It runs the work and nothing else, so there is nothing that could fail.
  if (tracer === untraced) return untraced;
  return {
    span: <T>(
      name: string,
      work: (span?: Span) => Promise<T>,
      start?: () => SpanStart,
    ): Promise<T> => {
      let running: Promise<T> | undefined;
      const runOnce = (span?: Span): Promise<T> => {
        if (running !== undefined) return running;
        running = begin(() => work(span));
        // A tracer may ignore this promise, whose rejection would then be unhandled and end the
        // process.
        running.catch(ignore);
        return running;
      };
      const withoutFailure = async (span: Promise<T>): Promise<T> => {
        try {
          await span;
        } catch (error) {
          const own = await running?.then(
            () => undefined,
            (thrown: unknown) => ({ thrown }),
          );
          if (!own || own.thrown !== error) onFailure(error);
        }
        return runOnce();
      };
      try {
        const span = tracer.span(name, runOnce, start);
        // Without tracing the span is the work itself, and costs nothing more.
        return span === running ? span : withoutFailure(span);
      } catch (error) {
        onFailure(error);
        return runOnce();
      }
    },
    ...(tracer.flush && { flush: guardFlush(tracer.flush, onFailure) }),
  };
};

const guardFlush =
  (flush: (msMax: number) => Promise<void>, onFailure: ObservabilityFailure) =>
  async (msMax: number): Promise<void> => {
    try {
      await flush(msMax);
    } catch (error) {
      onFailure(error);
    }
  };
