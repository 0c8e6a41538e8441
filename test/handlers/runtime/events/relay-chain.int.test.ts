import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalFunction } from '../../../../packages/cli/src/local/lambda/function.ts';
import { createInvokeApi } from '../../../../packages/cli/src/local/lambda/invoke-api.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../packages/local-dsql/src/http/http-server.ts';
import {
  createFunctionInvoker,
  lambdaEndpoint,
} from '../../../../src/adapters/lambda/invoke-function.ts';
import { createMemoryIdempotencyStore } from '../../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../../src/adapters/system/index.ts';
import { createRelayHandler } from '../../../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';

const region = 'us-east-1';
const functionName = 'booking-relay';

/** The events that the local Lambda has taken for the relay. */
const queued: string[] = [];
const relay = {
  enqueue: (payload: string) => {
    queued.push(payload);
    return `request-${queued.length}`;
  },
} as unknown as LocalFunction;

let server: HttpServer;
beforeAll(async () => {
  const api = createInvokeApi({
    ...{ region, accountId: '000000000000' },
    functionNamed: (name) => (name === functionName ? relay : undefined),
  });
  server = await startHttpServer({ port: 0, routes: [api] });
});
afterAll(() => server.stop());

it('a relay works through its backlog in runs that Lambda starts one after another', async () => {
  const parts = await handlerParts();
  const store = createMemoryIdempotencyStore({ clock: parts.clock, ids: systemIds });
  const url = lambdaEndpoint(region, { AWS_ENDPOINT_URL_LAMBDA: server.url });
  const credentials = () => ({ accessKeyId: 'id', secretAccessKey: 'key' });
  const invoke = createFunctionInvoker({ functionName, region, url, credentials });
  let backlog = 3;
  const handler = createRelayHandler({
    ...{ ...parts, store, region },
    relay: {
      run: async () => {
        backlog -= 1;
        return { published: 1, failed: 0, dead: 0, purged: 0, hasMore: backlog > 0 };
      },
    },
    cleanup: { run: async () => ({ idempotency: 0, inbox: 0, ordered: 0 }) },
    runAgain: (tick, signal) => invoke({ ...tick }, signal),
  });
  const scheduledTime = new Date(parts.clock.now()).toISOString();
  const run = (event: unknown) => asLambda<unknown>(handler)(event, lambdaContext());
  await run({ scheduledTime, rateSeconds: 60 });
  for (let at = 0; at < queued.length; at += 1) await run(JSON.parse(queued[at] ?? ''));
  expect(backlog).toBe(0);
  expect(queued.map((payload): unknown => JSON.parse(payload))).toEqual([
    { scheduledTime, rateSeconds: 60, followUp: 1 },
    { scheduledTime, rateSeconds: 60, followUp: 2 },
  ]);
});
