import type { Tracer } from '../../domain/kernel/index.ts';
import { hasProvider } from './registered-provider.ts';
import type { OpenTelemetryOptions } from './settings.ts';

const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

/**
 * A tracer on OpenTelemetry, where the process asks for one: it has registered an SDK before, or a
 * variable names a collector. `undefined` otherwise, and then nothing is loaded.
 *
 * Without an SDK the spans go to the collector of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_ENDPOINT`, in OTLP over HTTP in JSON, with the headers of
 * `OTEL_EXPORTER_OTLP_HEADERS`; requests to `xray.<region>.amazonaws.com` are signed. An export
 * holds an answer for 500 ms at most, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise.
 *
 * It begins to load at once, during a Lambda's INIT, and the first span waits for it. A variable
 * that is wrong is reported by the first span, and no work fails for it.
 *
 * @example
 * const tracer = createOpenTelemetryTracer({ env: process.env, credentials });
 */
export const createOpenTelemetryTracer = (options: OpenTelemetryOptions): Tracer | undefined => {
  if (!hasProvider() && !endpoints.some((name) => options.env[name])) return undefined;
  const loading = import('./api-tracer.ts').then(({ createApiTracer }) => createApiTracer(options));
  // The span that waits for it says what is wrong.
  loading.catch(() => undefined);
  return {
    span: async (name, work, start) => (await loading).span(name, work, start),
    flush: async (msMax) => (await loading).flush?.(msMax),
  };
};
