import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryIdempotencyStore } from '../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../src/adapters/system/index.ts';
import {
  accept,
  type Fault,
  InvalidInput,
  type Tracer,
  Unavailable,
} from '../../../src/domain/kernel/index.ts';
import {
  type ApiResponse,
  createApiHandler,
  createCustomResourceHandler,
  createEventHandler,
  createRelayHandler,
  noPublisher,
} from '../../../src/handlers/runtime/index.ts';
import { anEvent, counterEvents, memoryCounters } from '../../support/counter.ts';
import { asLambda, lambdaContext } from '../../support/lambda.ts';
import { memoryService } from '../../support/memory-service.ts';
import { manualClock } from '../../support/runtime-ports.ts';

const throws = (): never => {
  throw new Error('no space left on device');
};
const rejects = async (): Promise<never> => throws();

/** Fails when the work is done. */
const failingTracer: Tracer = {
  span: async (_, work) => {
    await work();
    return throws();
  },
};

/** Every part that tells of the work, each failing in the same way. */
const failingParts = (fails: () => unknown) => {
  const fail = fails as () => void;
  return {
    clock: manualClock(),
    logger: { debug: fail, info: fail, warn: fail, error: fail },
    metrics: { add: fail, flush: fail },
    tracer: failingTracer,
    traceHeader: () => undefined,
  };
};

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'error').mockImplementation((...line) => {
    said.push(line.join(' '));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['throw', throws],
  ['reject', rejects],
])('with a logger, metrics and a tracer that %s', (_, fails) => {
  it('an API answers with its result', async () => {
    const parts = failingParts(fails);
    const answer = async () => ({ status: 200, body: { done: true } });
    const invoke = asLambda<ApiResponse>(createApiHandler({ ...parts, answer }));
    for (let time = 0; time < 3; time += 1) {
      expect(await invoke({}, lambdaContext())).toMatchObject({
        statusCode: 200,
        body: '{"done":true}',
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(said.filter((line) => line.includes('no space left')).length).toBe(said.length);
    expect(said.map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining(['tracer', 'metrics']),
    );
    expect(new Set(said).size).toBe(said.length);
  });

  it.each<[number, Fault | Error]>([
    [400, new InvalidInput('wrong')],
    [503, new Unavailable('away')],
    [500, new TypeError('bug')],
  ])('an API answers %i for what its work has thrown', async (status, error) => {
    const answer = () => Promise.reject(error);
    const invoke = asLambda<ApiResponse>(createApiHandler({ ...failingParts(fails), answer }));
    expect(await invoke({}, lambdaContext())).toMatchObject({ statusCode: status });
  });

  it('a consumer acknowledges an event that it has handled', async () => {
    const parts = failingParts(fails);
    const { runnerOf } = memoryService(parts.clock);
    const runner = runnerOf(memoryCounters, { catalogue: counterEvents, publisher: noPublisher });
    const handler = createEventHandler({
      ...parts,
      consumer: 'sum',
      catalogue: counterEvents,
      consume: (_, run) =>
        runner.run({
          ...run,
          load: { names: ['a'] },
          decide: () => accept({ state: { counters: { a: 1 } }, events: [], result: null }),
        }),
    });
    const invoke = asLambda(handler);
    const event = { detail: anEvent() };
    expect(await invoke(event, lambdaContext())).toEqual({ status: 'committed' });
    expect(await invoke(event, lambdaContext())).toEqual({ status: 'replayed' });
  });

  it('a consumer rejects with the error of its work, so that Lambda tries again', async () => {
    const handler = createEventHandler({
      ...failingParts(fails),
      tracer: { span: (_, work) => work() },
      consumer: 'sum',
      catalogue: counterEvents,
      consume: () => Promise.reject(new Unavailable('away')),
    });
    const invoked = asLambda(handler)({ detail: anEvent() }, lambdaContext());
    await expect(invoked).rejects.toThrow('away');
  });

  it('a schedule relays once, and says what it did', async () => {
    const parts = failingParts(fails);
    const relayed = { published: 1, failed: 0, dead: 0, purged: 0, hasMore: false };
    const records = { idempotency: 0, inbox: 0, ordered: 0 };
    let runs = 0;
    const relay = {
      run: async () => {
        runs += 1;
        return relayed;
      },
    };
    const cleanup = { run: async () => records };
    const store = createMemoryIdempotencyStore({ clock: parts.clock, ids: systemIds });
    const handler = createRelayHandler({ ...parts, relay, cleanup, store, region: 'us-east-1' });
    const tick = { scheduledTime: '2026-01-01T00:00:00Z' };
    for (let time = 0; time < 2; time += 1) {
      expect(await asLambda(handler)(tick, lambdaContext())).toEqual({ ...relayed, records });
    }
    expect(runs).toBe(1);
  });

  it('a custom resource that has changed answers success, and one that has failed its reason', async () => {
    const { logger } = failingParts(fails);
    const answers: unknown[] = [];
    const handler = createCustomResourceHandler({
      onCreate: async () => ({}),
      onUpdate: () => Promise.reject(new Error('no such role')),
      trust: {},
      logger,
      respond: async (_url, body) => {
        answers.push(JSON.parse(body));
      },
    });
    const stack = 'arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1a2b';
    const request = {
      ResponseURL:
        'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/answer',
      StackId: stack,
      RequestId: 'request',
      ResourceType: 'Custom::Example',
      LogicalResourceId: 'Example',
      ResourceProperties: {},
    } as const;
    await handler({ ...request, RequestType: 'Create' }, lambdaContext('r', 60_000));
    await handler({ ...request, RequestType: 'Update' }, lambdaContext('r', 60_000));
    expect(answers).toMatchObject([
      { Status: 'SUCCESS' },
      { Status: 'FAILED', Reason: 'no such role' },
    ]);
  });
});

describe('an API handler', () => {
  it('answers also where the console fails too', async () => {
    vi.spyOn(console, 'error').mockImplementation(throws);
    const answer = async () => ({ status: 200, body: {} });
    const handler = createApiHandler({ ...failingParts(throws), answer });
    expect(await asLambda(handler)({}, lambdaContext())).toMatchObject({ statusCode: 200 });
  });

  it('takes nothing that a flush gives back for its answer', async () => {
    const flush = (() => ({ statusCode: 204 })) as () => void;
    const answer = async () => ({ status: 200, body: {} });
    const parts = { ...failingParts(() => {}), metrics: { add: () => {}, flush } };
    const handler = createApiHandler({ ...parts, answer });
    expect(await asLambda(handler)({}, lambdaContext())).toMatchObject({ statusCode: 200 });
  });

  it.each([Object.create(null), { toString: 7 }, Symbol('thrown')])(
    'answers for what cannot be made a text',
    async (thrown) => {
      const answer = () => Promise.reject(thrown);
      const handler = createApiHandler({ ...failingParts(() => {}), answer });
      expect(await asLambda(handler)({}, lambdaContext())).toMatchObject({ statusCode: 500 });
    },
  );
});
