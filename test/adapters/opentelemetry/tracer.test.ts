import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpenTelemetryTracer } from '../../../src/adapters/opentelemetry/index.ts';
import type { Span, SpanStart, Tracer } from '../../../src/domain/kernel/index.ts';
import { startCollector, valuesOf } from './collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;
const unsampled = `00-${traceId}-b7ad6b7169203331-00`;

let collector: Awaited<ReturnType<typeof startCollector>>;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  trace.disable();
  context.disable();
  await collector.stop();
});

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** The default, 0.5 s, may pass on a machine that has much more to do. */
const patient = { OTEL_EXPORTER_OTLP_TIMEOUT: '10000' };

const tracerWith = (env: Readonly<Record<string, string>> = {}, now?: () => number): Tracer => {
  const tracer = createOpenTelemetryTracer({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...patient, ...env },
    credentials: () => keys,
    ...(now && { now }),
  });
  if (!tracer) throw new Error('no tracer');
  return tracer;
};

const flushed = async (tracer: Tracer) => {
  await tracer.flush?.(5_000);
  return collector.spans();
};

const spanOf = async (tracer: Tracer, start: SpanStart = {}): Promise<Span | undefined> => {
  let made: Span | undefined;
  await tracer.span(
    'work',
    async (span) => {
      made = span;
    },
    () => start,
  );
  return made;
};

describe('a tracer on OpenTelemetry', () => {
  it('is none where the process asks for none', () => {
    expect(createOpenTelemetryTracer({ env: {}, credentials: () => keys })).toBeUndefined();
    expect(Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'))?.trace).toBeUndefined();
  });

  it('sends the spans of an invocation when it is flushed, and its children under them', async () => {
    const tracer = tracerWith();
    const result = await tracer.span(
      'POST /',
      async (outer) => {
        outer?.tell({ status: 200 });
        return tracer.span(
          'commit',
          async (inner) => [outer, inner],
          () => ({ kind: 'client', about: { database: 'postgres' } }),
        );
      },
      () => ({ kind: 'server', about: { method: 'POST', path: '/', route: '/' } }),
    );
    expect(collector.requests).toEqual([]);
    const [inner, outer] = await flushed(tracer);
    expect(collector.requests).toHaveLength(1);
    expect(collector.requests[0]).toMatchObject({
      ...{ method: 'POST', path: '/v1/traces' },
      headers: { 'content-type': 'application/json' },
    });
    expect(outer).toMatchObject({ name: 'POST /', kind: 2, status: { code: 0 } });
    expect(outer?.parentSpanId).toBeUndefined();
    expect(valuesOf(outer?.attributes ?? [])).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/', 'url.path': '/' },
      ...{ 'url.scheme': 'https', 'http.response.status_code': 200 },
    });
    expect(inner).toMatchObject({ name: 'COMMIT postgres', kind: 3 });
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
    expect(valuesOf(inner?.attributes ?? [])).toEqual({
      'db.system.name': 'postgresql',
      ...{ 'db.namespace': 'postgres', 'db.operation.name': 'COMMIT' },
    });
    expect(result.map((span) => span?.traceparent)).toEqual(
      [outer, inner].map((span) => `00-${span?.traceId}-${span?.spanId}-01`),
    );
    expect(Number(inner?.endTimeUnixNano)).toBeGreaterThanOrEqual(Number(inner?.startTimeUnixNano));
    expect(Number(inner?.startTimeUnixNano) / 1e6).toBeGreaterThan(Date.now() - 60_000);
    await flushed(tracer);
    expect(collector.requests).toHaveLength(1);
  });

  it('takes the trace of a caller as its parent, and its sampling', async () => {
    const tracer = tracerWith();
    await spanOf(tracer, { kind: 'server', parent });
    const silent = await spanOf(tracer, { kind: 'server', parent: unsampled });
    await spanOf(tracer, { kind: 'server', parent: 'not valid' });
    expect(await flushed(tracer)).toMatchObject([
      { traceId, parentSpanId: 'b7ad6b7169203331', flags: 0x301 },
      { traceId: expect.not.stringMatching(traceId), flags: 0x101 },
    ]);
    // Spans that it causes are not sampled either.
    expect(silent?.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!b7ad)\\w{16}-00$`));
  });

  it("makes the event's span the parent of a consumer's, also within another span", async () => {
    const tracer = tracerWith();
    await tracer.span('batch', () => spanOf(tracer, { kind: 'consumer', parent }));
    const [consumer, batch] = await flushed(tracer);
    expect(consumer).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', kind: 5 });
    expect(consumer?.links).toMatchObject([{ traceId: batch?.traceId, spanId: batch?.spanId }]);
  });

  it('leaves a span of another kind in the one under way', async () => {
    const tracer = tracerWith();
    await tracer.span('outer', () => spanOf(tracer, { kind: 'server', parent }));
    const [inner, outer] = await flushed(tracer);
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
  });

  it('links the spans of other traces, at most 128 of them', async () => {
    const tracer = tracerWith();
    await spanOf(tracer, { kind: 'producer', links: [parent, 'not valid'] });
    await spanOf(tracer, { links: Array.from({ length: 130 }, () => parent) });
    const [few, many] = await flushed(tracer);
    expect(few?.links).toMatchObject([{ traceId, spanId: 'b7ad6b7169203331' }]);
    expect([many?.links.length, many?.droppedLinksCount]).toEqual([128, 2]);
  });

  it('marks a span whose work fails by the name of the error, and passes the error on', async () => {
    const tracer = tracerWith();
    const error = new RangeError('secret-iban is too long');
    await expect(tracer.span('work', () => Promise.reject(error))).rejects.toBe(error);
    await expect(tracer.span('work', () => Promise.reject('text'))).rejects.toBe('text');
    const spans = await flushed(tracer);
    expect(spans.map(({ status }) => status.code)).toEqual([2, 2]);
    expect(spans.map(({ attributes }) => valuesOf(attributes)['error.type'])).toEqual([
      ...['RangeError', '_OTHER'],
    ]);
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('keeps 512 spans of an invocation, and 128 attributes of 1,024 characters in each', async () => {
    const tracer = tracerWith();
    const attributes = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`a-${at}`, at]));
    await spanOf(tracer);
    const own = trace.getTracer('shop');
    own.startSpan('own', { attributes: { long: 'x'.repeat(5_000), ...attributes } }).end();
    for (let more = 0; more < 600; more += 1) await spanOf(tracer);
    await expect(tracer.flush?.(5_000)).rejects.toThrow('90 spans of an invocation were more');
    expect(collector.spans()).toHaveLength(512);
    const first = collector.spans().find(({ name }) => name === 'own');
    expect(String(valuesOf(first?.attributes ?? [])['long'])).toHaveLength(1_024);
    expect([first?.attributes.length, first?.droppedAttributesCount]).toEqual([128, 3]);
  });

  it('keeps 512 kB of spans', async () => {
    const tracer = tracerWith();
    const value = 'x'.repeat(1_000);
    const attributes = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`a-${at}`, value]),
    );
    await spanOf(tracer);
    const own = trace.getTracer('shop');
    for (let more = 0; more < 6; more += 1) own.startSpan('own', { attributes }).end();
    await expect(tracer.flush?.(5_000)).rejects.toThrow('1 spans of an invocation were more');
    expect(collector.spans()).toHaveLength(6);
  });
});

describe("an application's own spans", () => {
  it('join those of the framework, whoever starts them', async () => {
    const tracer = tracerWith();
    const own = trace.getTracer('shop', '1.2.3');
    await tracer.span('answer', () =>
      own.startActiveSpan('price', { kind: SpanKind.CLIENT }, async (span) => {
        span.setAttribute('currency', 'USD').addEvent('asked', { times: 2 });
        span.recordException(new TypeError('away'));
        span.setStatus({ code: SpanStatusCode.ERROR }).updateName('ask for a price');
        await spanOf(tracer);
        span.end();
        span.setAttribute('late', true);
      }),
    );
    const [inner, price, answer] = await flushed(tracer).then((spans) =>
      ['work', 'ask for a price', 'answer'].map((name) => spans.find((one) => one.name === name)),
    );
    expect(price?.parentSpanId).toBe(answer?.spanId);
    expect(inner?.parentSpanId).toBe(price?.spanId);
    expect(price).toMatchObject({ kind: 3, status: { code: 2 } });
    expect(valuesOf(price?.attributes ?? [])).toEqual({ currency: 'USD' });
    const events = price?.events.map(({ name, attributes }) => [name, valuesOf(attributes)]);
    expect(events).toEqual([
      ['asked', { times: 2 }],
      ['exception', { 'exception.type': 'TypeError', 'exception.message': 'away' }],
    ]);
    const scopes = collector.requests[0]?.body.resourceSpans[0]?.scopeSpans;
    expect(scopes?.map(({ scope }) => scope)).toEqual(
      expect.arrayContaining([{ name: 'antipode' }, { name: 'shop', version: '1.2.3' }]),
    );
  });

  it('spoil no request by a value that JSON or a text cannot hold', async () => {
    const tracer = tracerWith();
    await spanOf(tracer);
    const long = `${'x'.repeat(1_023)}🎩`;
    const never = new Date(Number.NaN);
    const span = trace.getTracer('shop').startSpan('odd', {
      attributes: { none: Number.NaN, most: Number.POSITIVE_INFINITY, half: 0.5, long },
      startTime: never,
    });
    span.addEvent('asked', never);
    span.end(never);
    const odd = (await flushed(tracer)).find(({ name }) => name === 'odd');
    expect(valuesOf(odd?.attributes ?? [])).toEqual({
      ...{ none: 'NaN', most: 'Infinity', half: 0.5, long: `${'x'.repeat(1_023)}\ufffd` },
    });
    expect(Number(odd?.startTimeUnixNano)).toBeGreaterThan(1e18);
  });

  it('may begin a trace of their own, and take times of every kind', async () => {
    const tracer = tracerWith();
    await spanOf(tracer);
    const own = trace.getTracer('shop');
    await tracer.span('answer', async () => {
      own.startSpan('root', { root: true, startTime: new Date(1_000) }).end([2, 5e8]);
      own.startSpan('early', { startTime: performance.now() }).end(1_000);
    });
    const spans = await flushed(tracer);
    const [root, early] = ['root', 'early'].map((name) => spans.find((one) => one.name === name));
    expect(root?.parentSpanId).toBeUndefined();
    expect(root).toMatchObject({ startTimeUnixNano: '1000000000', endTimeUnixNano: '2500000000' });
    // A span does not end before it begins.
    expect(early?.endTimeUnixNano).toBe(early?.startTimeUnixNano);
  });
});

describe('the collector of a tracer', () => {
  it('gets the headers and the resource that the variables name', async () => {
    const tracer = tracerWith({
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b,Other = c',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=ignored',
      ...{ OTEL_SERVICE_NAME: 'shop', AWS_REGION: 'us-east-1' },
      ...{ AWS_LAMBDA_FUNCTION_NAME: 'shop-api', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' },
    });
    await spanOf(tracer);
    await flushed(tracer);
    const [request] = collector.requests;
    expect(request?.headers).toMatchObject({ 'x-key': 'a b', other: 'c' });
    expect(valuesOf(request?.body.resourceSpans[0]?.resource.attributes ?? [])).toEqual({
      ...{ 'service.name': 'shop', 'deployment.environment.name': 'test' },
      ...{ 'cloud.provider': 'aws', 'cloud.platform': 'aws_lambda', 'cloud.region': 'us-east-1' },
      ...{ 'faas.name': 'shop-api', 'faas.max_memory': 1_073_741_824 },
      ...{ 'telemetry.sdk.name': 'antipode', 'telemetry.sdk.language': 'nodejs' },
    });
  });

  it('is the one for traces, at its own path, where both are named', async () => {
    const tracer = tracerWith({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/own/path`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    });
    await spanOf(tracer);
    await flushed(tracer);
    expect(collector.requests[0]?.path).toBe('/own/path');
  });

  it.each([
    [{ status: 500, body: '{"message":"too busy"}' }, 'answered with HTTP status 500: too busy'],
    [{ status: 302 }, 'answered with HTTP status 302'],
    [
      { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}' },
      'has rejected 1 spans: too old',
    ],
    ['hang up' as const, 'No answer from'],
  ])(
    'that answers %j costs the spans, and is left alone for ten seconds',
    async (answer, error) => {
      let now = 0;
      const tracer = tracerWith({}, () => now);
      collector.answerWith(answer);
      await spanOf(tracer);
      await expect(tracer.flush?.(5_000)).rejects.toThrow(error);
      const asked = collector.requests.length;
      await spanOf(tracer);
      now = 9_999;
      await tracer.flush?.(5_000);
      expect(collector.requests).toHaveLength(asked);
      collector.answerWith({ status: 200 });
      now = 10_000;
      await spanOf(tracer);
      await tracer.flush?.(5_000);
      expect(collector.requests).toHaveLength(asked + 1);
    },
  );

  it.each([
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '50' }, 5_000, 50],
    [{}, 30, 30],
  ])('that hangs holds an answer within %j for %d ms at most', async (env, msMax, limit) => {
    const tracer = tracerWith(env);
    collector.answerWith('hang');
    await spanOf(tracer);
    await expect(tracer.flush?.(msMax)).rejects.toThrow(`Spans were not sent within ${limit} ms`);
  });

  it('is not asked where the invocation has no time left', async () => {
    const tracer = tracerWith();
    await spanOf(tracer);
    await expect(tracer.flush?.(0)).rejects.toThrow('No time was left');
    expect(collector.requests).toEqual([]);
  });

  it.each(['always_off', 'parentbased_always_off'])('gets nothing by %s', async (sampler) => {
    const tracer = tracerWith({ OTEL_TRACES_SAMPLER: sampler });
    await spanOf(tracer);
    expect(await flushed(tracer)).toEqual([]);
  });

  it('gets a share of the traces, the same ones in every process', async () => {
    const tracer = tracerWith({
      ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
    });
    const low = `00-${traceId.slice(0, 19)}7ffffffffffff-b7ad6b7169203331-00`;
    const high = `00-${traceId.slice(0, 19)}8000000000000-b7ad6b7169203331-01`;
    await spanOf(tracer, { parent: low });
    await spanOf(tracer, { parent: high });
    expect(await flushed(tracer)).toMatchObject([{ traceId: low.slice(3, 35) }]);
  });

  it.each([{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])(
    'gets nothing where the variables say %j',
    async (env) => {
      const tracer = tracerWith(env as never);
      await spanOf(tracer);
      expect(await flushed(tracer)).toEqual([]);
    },
  );

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'key' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'key=%0d%0aevil:1' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'key=%' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '1s' }, 'OTEL_EXPORTER_OTLP_TIMEOUT'],
    [{ OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '60000' }, 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'],
    [{ OTEL_TRACES_SAMPLER: 'toString' }, 'OTEL_TRACES_SAMPLER'],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      'OTEL_TRACES_SAMPLER_ARG',
    ],
  ])(
    'is refused by the first span for %j, in a line that names the variable',
    async (env, name) => {
      const tracer = tracerWith(env as never);
      await expect(spanOf(tracer)).rejects.toThrow(`Set ${name} to `);
    },
  );
});
