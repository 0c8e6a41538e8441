import type {
  Span as ApiSpan,
  Tracer as ApiTracer,
  Context,
  Link,
  SpanContext,
} from '@opentelemetry/api';
import type { Span, SpanKind, SpanStart, Tracer } from '../../domain/kernel/index.ts';
import { untraced } from '../../domain/kernel/observability/observability.ts';
import {
  formatTraceparent,
  parseTraceparent,
} from '../../domain/kernel/observability/trace-context.ts';
import { createContextManager } from './context-manager.ts';
import { attributesOf, failureOf, nameOf } from './conventions.ts';
import { createOtlpExporter } from './exporter.ts';
import { type Api, createTracerProvider } from './provider.ts';
import { hasProvider } from './registered-provider.ts';
import { exportMsDefault, type OpenTelemetryOptions, readTraceSettings } from './settings.ts';
import { createSpanBuffer } from './span-buffer.ts';
import { createSpanFlush, pauseMs } from './span-flush.ts';

/** The scope of the framework's spans. */
const scopeName = 'antipode';

/** The numbers of the API's `SpanKind`. */
const kinds: Readonly<Record<SpanKind, number>> = {
  ...{ internal: 0, server: 1, client: 2, producer: 3, consumer: 4 },
};

/** The number of the API's `SpanStatusCode` for a failure. */
const errorStatus = 2;

type Flush = NonNullable<Tracer['flush']>;

/** The context of a span in another process; `undefined` for one that is not valid. */
const remoteContext = (traceparent: string | undefined): SpanContext | undefined => {
  const parsed = parseTraceparent(traceparent);
  if (!parsed) return undefined;
  const { traceId, spanId, sampled } = parsed;
  return { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true };
};

/**
 * Lets an SDK send what it keeps; one that has no such function sends by itself. After a time that
 * was not enough it is not waited for: it goes on, and keeps its spans.
 */
const flushOfSdk = (api: Api, now: () => number): Flush => {
  let pausedUntil = 0;
  return async (msMax) => {
    // A wrapper of the whole handler, such as that of a Lambda layer, flushes when its own span has
    // ended.
    if (api.trace.getActiveSpan() || now() < pausedUntil) return;
    const provider: {
      readonly getTracer: unknown;
      readonly getDelegate?: () => unknown;
    } = api.trace.getTracerProvider();
    const sdk: { readonly forceFlush?: () => Promise<void> } = Object(
      provider.getDelegate?.() ?? provider,
    );
    const { promise: expired, resolve } = Promise.withResolvers<void>();
    const expire = () => {
      pausedUntil = now() + pauseMs;
      resolve();
    };
    const timer = setTimeout(expire, Math.max(0, Math.min(msMax, exportMsDefault)));
    try {
      await Promise.race([sdk.forceFlush?.(), expired]);
    } finally {
      clearTimeout(timer);
    }
  };
};

/** The source of spans, and what sends them. */
type Recorder = { readonly tracer: ApiTracer; readonly flush: Flush };

/**
 * The SDK that the process has registered. Without one the own provider, which is registered as an
 * SDK is: spans that an application starts by the API then join those of the framework. `undefined`
 * where nobody records.
 */
const recorderOf = (api: Api, options: OpenTelemetryOptions): Recorder | undefined => {
  const { env, credentials, now = Date.now } = options;
  if (hasProvider()) return { tracer: api.trace.getTracer(scopeName), flush: flushOfSdk(api, now) };
  const settings = readTraceSettings(env);
  if (!settings) return undefined;
  const buffer = createSpanBuffer();
  const exportSpans = createOtlpExporter(settings, credentials);
  const flush = createSpanFlush({ buffer, exportSpans, settings, now });
  const { sampler, exportMsMax } = settings;
  const provider = {
    ...createTracerProvider({ api, sampler, onEnd: buffer.add }),
    forceFlush: () => flush(exportMsMax),
  };
  // An application may have a context manager without a provider; that one then serves both.
  api.context.setGlobalContextManager(createContextManager(api.ROOT_CONTEXT));
  api.trace.setGlobalTracerProvider(provider);
  return { tracer: provider.getTracer(scopeName), flush };
};

const fail = (span: ApiSpan, type: string): void =>
  void span.setAttribute('error.type', type).setStatus({ code: errorStatus });

const shown = (span: ApiSpan): Span => {
  const context = span.spanContext();
  const { traceId, spanId } = context;
  const traceparent = formatTraceparent({
    traceId,
    spanId,
    sampled: (context.traceFlags & 1) === 1,
  });
  return {
    traceparent: parseTraceparent(traceparent) && traceparent,
    tell: (about) => {
      span.setAttributes(attributesOf(about));
      const failure = failureOf(about);
      if (failure !== undefined) fail(span, failure);
    },
  };
};

/** Where a span stands: in which context, and by which spans it is caused besides its parent. */
const placeOf = (api: Api, { kind, parent, links = [] }: SpanStart) => {
  const active = api.context.active();
  const underWay = api.trace.getSpan(active);
  const remote = remoteContext(parent);
  const isParent = remote !== undefined && (kind === 'consumer' || !underWay);
  const from: Context = isParent ? api.trace.setSpanContext(active, remote) : active;
  const others = links.map(remoteContext).filter((context) => context !== undefined);
  const before = isParent && underWay ? [underWay.spanContext()] : [];
  const linked: readonly Link[] = [...before, ...others].map((context) => ({ context }));
  return { from, linked };
};

/** The name of an error; its message may quote values, and is in the log. */
const errorType = (error: unknown): string => (error instanceof Error ? error.name : '_OTHER');

const loadApi = async (): Promise<Api> => {
  // A bundler leaves it out where it is not installed.
  return import('@opentelemetry/api').catch((cause: unknown) => {
    throw new Error('Install @opentelemetry/api, or set OTEL_SDK_DISABLED to true', { cause });
  });
};

/** The tracer on OpenTelemetry's API. */
export const createApiTracer = async (options: OpenTelemetryOptions): Promise<Tracer> => {
  const api = await loadApi();
  const recorder = recorderOf(api, options);
  if (!recorder) return untraced;
  const { tracer, flush } = recorder;

  const span: Tracer['span'] = (name, work, start = () => ({})) => {
    const given = start();
    const { from, linked } = placeOf(api, given);
    const { kind = 'internal', about = {} } = given;
    const begun = { kind: kinds[kind], attributes: attributesOf(about), links: [...linked] };
    const started = tracer.startSpan(nameOf(name, about), begun, from);
    return api.context.with(api.trace.setSpan(from, started), async () => {
      try {
        return await work(shown(started));
      } catch (error) {
        fail(started, errorType(error));
        throw error;
      } finally {
        started.end();
      }
    });
  };
  return { span, flush };
};
