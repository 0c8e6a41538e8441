import { context, trace } from '@opentelemetry/api';
import { number, object, string } from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOpenTelemetryTracer } from '../../../src/adapters/opentelemetry/index.ts';
import {
  declareEvents,
  type EventEnvelope,
  Unavailable,
} from '../../../src/domain/kernel/index.ts';
import {
  type ApiResponse,
  createApiHandler,
  createEventHandler,
  createScheduleHandler,
} from '../../../src/handlers/runtime/index.ts';
import { tracedPublisher } from '../../../src/handlers/runtime/spans.ts';
import { startCollector, valuesOf } from '../../adapters/opentelemetry/collector.ts';
import { anEvent } from '../../support/counter.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../../support/lambda.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let collector: Awaited<ReturnType<typeof startCollector>>;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  trace.disable();
  context.disable();
  vi.restoreAllMocks();
  await collector.stop();
});

const traced = async (env: Readonly<Record<string, string>> = {}) => {
  const tracer = createOpenTelemetryTracer({
    // The default, 0.5 s, may pass on a machine that has much more to do.
    env: {
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '10000' },
      ...env,
    },
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 's' }),
  });
  if (!tracer) throw new Error('no tracer');
  return { ...(await handlerParts()), tracer };
};

const arn = 'arn:aws:lambda:us-east-1:123456789012:function:shop-api';

type Answer = Parameters<typeof createApiHandler>[0]['answer'];

const apiWith = async (answer: Answer, env?: Readonly<Record<string, string>>) => {
  const parts = await traced(env);
  const handler = createApiHandler({ ...parts, answer, routes: { '/orders': ['POST'] } });
  const invoke = (event: unknown, remainingMs?: number) =>
    asLambda<ApiResponse>(handler)(event, {
      ...lambdaContext('request-1', remainingMs),
      invokedFunctionArn: arn,
    });
  return { ...parts, invoke };
};

const post = (path: string) =>
  httpRequest('{}', {
    requestContext: { http: { method: 'POST', path } },
    headers: { 'content-type': 'application/json', traceparent },
  });

describe('the spans of a request', () => {
  it('are sent before the answer, in the trace of the caller', async () => {
    const { invoke } = await apiWith(async () => ({ status: 201, body: {} }));
    expect(await invoke(post('/orders'))).toMatchObject({ statusCode: 201 });
    const [span, ...others] = collector.spans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      ...{ name: 'POST /orders', kind: 2, status: { code: 0 } },
      ...{ traceId, parentSpanId: 'b7ad6b7169203331' },
    });
    expect(valuesOf(span?.attributes ?? [])).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/orders', 'url.path': '/orders' },
      ...{ 'url.scheme': 'https', 'http.response.status_code': 201 },
      ...{ 'faas.trigger': 'http', 'faas.invocation_id': 'request-1' },
      'aws.lambda.invoked_arn': arn,
    });
  });

  it('give their trace to the log and to the events of the request', async () => {
    const seen: unknown[] = [];
    const { invoke, logger } = await apiWith(async (_, run) => {
      seen.push(run.causation.traceparent);
      throw new Unavailable('away');
    });
    expect(await invoke(post('/orders'))).toMatchObject({ statusCode: 503 });
    const [span] = collector.spans();
    const own = `00-${traceId}-${span?.spanId}-01`;
    expect(seen).toEqual([own]);
    expect(logger.lines.map(({ fields }) => fields['traceparent'])).toEqual([own]);
    expect(span?.status).toEqual({ code: 2 });
    expect(valuesOf(span?.attributes ?? [])).toMatchObject({ 'error.type': '503' });
  });

  it('have no name that a caller makes up', async () => {
    const { invoke } = await apiWith(async () => ({ status: 200, body: {} }));
    const made = { requestContext: { http: { method: 'MADE-UP', path: '/orders' } } };
    for (const event of [post('/made-up'), { ...post('/orders'), ...made }, {}]) {
      await invoke(event);
    }
    expect(collector.spans().map(({ name }) => name)).toEqual(['POST', 'HTTP /orders', 'shop-api']);
  });

  it('cost the request nothing but a bounded time where the collector hangs', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '20' };
    const { invoke } = await apiWith(async () => ({ status: 200, body: {} }), env);
    collector.answerWith('hang');
    for (let time = 0; time < 3; time += 1) {
      expect(await invoke(post('/orders'))).toMatchObject({ statusCode: 200 });
    }
    // One attempt: then spans are dropped for ten seconds. A busy machine may need more than the
    // 20 ms until the collector has even that one.
    expect(collector.requests.length).toBeLessThan(2);
    expect(told.mock.calls).toEqual([[expect.stringMatching(/tracer fails.*within 20 ms/)]]);
  });

  it('are not sent where Lambda has no time left', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { invoke } = await apiWith(async () => ({ status: 200, body: {} }));
    expect(await invoke(post('/orders'), 40)).toMatchObject({ statusCode: 200 });
    expect(collector.requests).toEqual([]);
  });

  it('are given up in one line where a variable is wrong', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const env = { OTEL_TRACES_SAMPLER: 'sometimes' };
    const { invoke } = await apiWith(async () => ({ status: 200, body: {} }), env);
    for (let time = 0; time < 2; time += 1) {
      expect(await invoke(post('/orders'))).toMatchObject({ statusCode: 200 });
    }
    expect(told.mock.calls).toEqual([[expect.stringContaining('Set OTEL_TRACES_SAMPLER to')]]);
  });
});

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: number() }) },
});

describe('the spans of a consumer', () => {
  const consumerWith = async () => {
    const parts = await traced();
    const caused: unknown[] = [];
    const handler = createEventHandler({
      ...{ ...parts, consumer: 'sum', catalogue },
      consume: async (_, run) => {
        caused.push(run.causation.traceparent);
        return { status: 'committed', result: null, events: [] };
      },
    });
    const invoke = (event: unknown) => asLambda<unknown>(handler)(event, lambdaContext());
    return { ...parts, caused, invoke };
  };

  const other = 'a'.repeat(32);
  const events = [
    { ...anEvent(), traceparent },
    { ...anEvent(), traceparent: `00-${other}-b7ad6b7169203331-01` },
    anEvent(),
  ] as const;

  it('have the span of the event as their parent', async () => {
    const { caused, invoke, logger } = await consumerWith();
    await invoke({ detail: events[0] });
    const [span] = collector.spans();
    expect(span).toMatchObject({
      ...{ name: 'process Added', kind: 5, traceId, parentSpanId: 'b7ad6b7169203331' },
    });
    expect(valuesOf(span?.attributes ?? [])).toMatchObject({
      ...{ 'messaging.system': 'aws.eventbridge', 'messaging.operation.type': 'process' },
      ...{ 'messaging.message.id': events[0].id, 'cloudevents.event_id': events[0].id },
      ...{ 'messaging.consumer.group.name': 'sum', 'cloudevents.event_type': 'Added' },
    });
    const own = `00-${traceId}-${span?.spanId}-01`;
    expect(caused).toEqual([own]);
    expect(logger.lines[0]?.fields['traceparent']).toBe(own);
  });

  it('of a batch are linked to each event, and each event keeps its own trace', async () => {
    const { invoke } = await consumerWith();
    await invoke(events.map((detail) => ({ detail })));
    const batch = collector.spans().find(({ name }) => name === 'process sum');
    expect(batch?.links.map((link) => link.traceId)).toEqual([traceId, other]);
    expect(valuesOf(batch?.attributes ?? [])).toMatchObject({ 'messaging.batch.message_count': 3 });
    const each = collector.spans().filter(({ name }) => name === 'process Added');
    expect(each.map((span) => span.traceId)).toEqual([traceId, other, batch?.traceId]);
    expect(collector.requests).toHaveLength(1);
  });
});

describe('the span of a request to the bus', () => {
  it('is linked to the events of other traces, and tells how many were not taken', async () => {
    const { tracer } = await traced();
    const publish = async (given: readonly EventEnvelope[]) =>
      given.map((_, at) =>
        at === 0 ? ({ ok: true } as const) : ({ ok: false, retryable: true, reason: 'r' } as const),
      );
    const publisher = tracedPublisher({ publish }, tracer, 'shop');
    const results = await publisher.publish([{ ...anEvent(), traceparent }, anEvent()], 0);
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    await tracer.flush?.(5_000);
    const [span] = collector.spans();
    expect(span).toMatchObject({ name: 'send shop', kind: 4, status: { code: 2 } });
    expect(span?.links).toMatchObject([{ traceId }]);
    expect(valuesOf(span?.attributes ?? [])).toEqual({
      ...{ 'messaging.system': 'aws.eventbridge', 'messaging.destination.name': 'shop' },
      ...{ 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' },
      ...{ 'messaging.batch.message_count': 2, 'error.type': 'FailedEntries' },
    });
  });
});

it('the span of a schedule has the name of its function, and a timer as its trigger', async () => {
  const parts = await traced();
  const handler = createScheduleHandler({
    ...{ ...parts, name: 'daily-report', region: 'us-east-1' },
    runTick: async () => ({ status: 'replayed', result: null }),
  });
  const context = { ...lambdaContext('request-1'), invokedFunctionArn: arn };
  await asLambda(handler)({ scheduledTime: '2026-11-30T06:00:00Z' }, context);
  const [span, ...others] = collector.spans();
  expect([span?.name, span?.kind, others]).toEqual(['shop-api', 2, []]);
  expect(valuesOf(span?.attributes ?? [])).toMatchObject({ 'faas.trigger': 'timer' });
});
