import { createLocalClock } from '../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  eventBridgeRoute,
  readRule,
} from '../../packages/cli/src/local/eventbridge/index.ts';
import {
  createSqs,
  readQueue,
  type Sqs,
  sqsRoute,
} from '../../packages/cli/src/local/sqs/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../packages/local-dsql/src/http/http-server.ts';

/** Region and account of every subject. */
export const place = { region: 'us-east-1', account: '000000000000' };

/** A status and the parsed JSON of an answer. */
export type JsonAnswer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Calls an operation of one of AWS's JSON protocols, without a client. */
export type CallJson = (target: string, body: unknown) => Promise<JsonAnswer>;

/** Buses and queues of one Region behind one port. */
export type LocalBus = {
  readonly url: string;
  readonly call: CallJson;
  readonly sqs: Sqs;
  /**
   * Waits for the deliveries under way; the payloads that the function behind the rule was invoked
   * with.
   */
  readonly delivered: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

const rules = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    readRule(
      { EventBusName: 'listed', EventPattern: { source: [`s${index}`] } },
      { name: `rule${index}`, ...place },
    ),
  );

/**
 * A bus `ledger` whose only rule leads to a function, a bus `listed` with 22 rules, and the queues
 * given.
 */
export const startLocalBus = async (
  queues: Readonly<Record<string, object>> = {},
): Promise<LocalBus> => {
  const invoked: string[] = [];
  const clock = createLocalClock();
  const bridge = createEventBridge({
    ...place,
    buses: ['ledger', 'listed'],
    rules: [
      readRule(
        {
          EventBusName: 'ledger',
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [{ Id: 'T', Arn: `arn:aws:lambda:us-east-1:${place.account}:function:f` }],
        },
        { name: 'everything', ...place },
      ),
      ...rules(22),
    ],
    clock,
    // One case sends to a bus that is not there.
    observer: { dropped: () => undefined },
    targets: {
      invokeAsync: async (_arn, payload) => {
        invoked.push(payload);
        return 'accepted';
      },
      sendToQueue: async () => 'missing',
      putOnBus: async () => 'missing',
    },
  });
  const sqs = createSqs({
    account: place.account,
    clock,
    queues: Object.entries(queues).map(([name, properties]) =>
      readQueue(properties, { name, ...place }),
    ),
  });
  const server: HttpServer = await startHttpServer({
    port: 0,
    routes: [eventBridgeRoute(bridge), sqsRoute(sqs, () => server.url)],
  });
  return {
    url: server.url,
    sqs,
    call: async (target, body) => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
        body: body instanceof Uint8Array ? body : JSON.stringify(body),
      });
      const answer = (await response.json()) as Readonly<Record<string, unknown>>;
      return { status: response.status, body: answer };
    },
    delivered: async () => {
      await bridge.idle();
      return invoked;
    },
    stop: async () => {
      await bridge.stop();
      await sqs.stop();
      await server.stop();
    },
  };
};
