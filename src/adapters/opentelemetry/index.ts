/**
 * Tracing by OpenTelemetry: spans go to the SDK that the process has, or to a collector of OTLP.
 * `antipode/handlers` loads it on demand, so that it costs nothing where nobody traces.
 *
 * @packageDocumentation
 */
export type { OpenTelemetryOptions } from './settings.ts';
export { createOpenTelemetryTracer } from './tracer.ts';
