import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { createOpenTelemetryTracer } from '../../../src/adapters/opentelemetry/index.ts';
import { startCollector } from './collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;
const credentials = () => ({ accessKeyId: 'a', secretAccessKey: 's' });

afterEach(() => {
  trace.disable();
  context.disable();
});

/** The SDK of OpenTelemetry, as an application or a Lambda layer registers it. */
const registerSdk = (isBatched = false) => {
  const exporter = new InMemorySpanExporter();
  const processor = isBatched
    ? new BatchSpanProcessor({ exporter, scheduledDelayMillis: 60_000 })
    : new SimpleSpanProcessor({ exporter });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return { exporter, provider };
};

const tracerOf = (env: Readonly<Record<string, string>> = {}, now?: () => number) => {
  const tracer = createOpenTelemetryTracer({ env, credentials, ...(now && { now }) });
  if (!tracer) throw new Error('no tracer');
  return tracer;
};

describe("a process with OpenTelemetry's SDK", () => {
  it('gets the spans of the framework there, in one tree with its own', async () => {
    const { exporter } = registerSdk();
    const tracer = tracerOf();
    const seen = await tracer.span(
      'POST /',
      async (outer) => {
        await trace.getTracer('shop').startActiveSpan('price', async (span) => {
          await tracer.span('commit', async () => undefined);
          span.end();
        });
        outer?.tell({ status: 200 });
        return outer?.traceparent;
      },
      () => ({ kind: 'server', parent, about: { trigger: 'http', method: 'POST', route: '/' } }),
    );
    const [commit, price, answer] = exporter.getFinishedSpans();
    expect([commit, price, answer].map((span) => span?.name)).toEqual([
      ...['commit', 'price', 'POST /'],
    ]);
    expect(commit?.parentSpanContext?.spanId).toBe(price?.spanContext().spanId);
    expect(price?.parentSpanContext?.spanId).toBe(answer?.spanContext().spanId);
    expect(answer?.parentSpanContext).toMatchObject({ traceId, spanId: 'b7ad6b7169203331' });
    expect(answer).toMatchObject({
      kind: SpanKind.SERVER,
      attributes: { 'faas.trigger': 'http', 'http.response.status_code': 200 },
    });
    expect(seen).toBe(`00-${traceId}-${answer?.spanContext().spanId}-01`);
  });

  it('has its spans sent before the process freezes', async () => {
    const { exporter, provider } = registerSdk(true);
    const tracer = tracerOf();
    await tracer.span('work', async () => undefined);
    expect(exporter.getFinishedSpans()).toHaveLength(0);
    await tracer.flush?.(5_000);
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    await provider.shutdown();
  });

  it('sends them itself where it wraps the whole handler', async () => {
    const { exporter, provider } = registerSdk(true);
    const tracer = tracerOf();
    await trace.getTracer('layer').startActiveSpan('handler', async (outer) => {
      await tracer.span('work', async () => undefined);
      await tracer.flush?.(5_000);
      expect(exporter.getFinishedSpans()).toHaveLength(0);
      outer.end();
    });
    await provider.shutdown();
  });

  it('does not hold an answer for an exporter that hangs, and no other for ten seconds', async () => {
    const { provider } = registerSdk();
    let flushes = 0;
    provider.forceFlush = () => {
      flushes += 1;
      return new Promise(() => undefined);
    };
    let now = 1_000_000;
    const tracer = tracerOf({}, () => now);
    await tracer.span('work', async () => undefined);
    const before = performance.now();
    await tracer.flush?.(20);
    expect(performance.now() - before).toBeGreaterThan(10);
    now += 9_999;
    await tracer.flush?.(20);
    expect(flushes).toBe(1);
    now += 1;
    await tracer.flush?.(20);
    expect(flushes).toBe(2);
  });

  it('keeps its own collector, also where a variable names another one', async () => {
    const collector = await startCollector();
    const { exporter } = registerSdk();
    const tracer = tracerOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await tracer.span('work', async () => undefined);
    await tracer.flush?.(5_000);
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(collector.requests).toEqual([]);
    await collector.stop();
  });
});
