import type { InvocationMetrics } from '../../adapters/powertools/index.ts';
import type { Logger, Tracer } from '../../domain/kernel/index.ts';
import {
  guardCall,
  guardLogger,
  guardMetrics,
  guardTracer,
  type ObservabilityFailure,
} from '../../domain/kernel/observability/guarded-observability.ts';
import { contextLogger } from './log-context/log-context.ts';

/**
 * Reports on the console that a part has failed. It reports each part once, since the part may fail
 * in every invocation.
 */
export const reportOnce = (part: string): ObservabilityFailure => {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    try {
      console.error(`The ${part} fails, and invocations go on without it: ${error}`);
    } catch {
      // A console that throws leaves nowhere to report to.
    }
  };
};

/**
 * A logger whose failure is told by console and fails no invocation. Its lines have the ids of
 * their context.
 */
export const guardedLogger = (logger: Logger): Logger =>
  guardLogger(contextLogger(logger), reportOnce('logger'));

/** Metrics whose failure, also of `flush`, is told by console and fails no invocation. */
export const guardedMetrics = (metrics: InvocationMetrics): InvocationMetrics => {
  const report = reportOnce('metrics');
  return { ...guardMetrics(metrics, report), flush: guardCall(() => metrics.flush(), report) };
};

/** A tracer whose failure is told by console and fails no invocation. */
export const guardedTracer = (tracer: Tracer): Tracer => guardTracer(tracer, reportOnce('tracer'));
