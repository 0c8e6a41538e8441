import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createLocalClock } from '../../packages/cli/src/local/clock.ts';
import { createEventBridge, readRule } from '../../packages/cli/src/local/eventbridge/index.ts';
import {
  createInvokeApi,
  createLocalFunction,
  type LocalFunction,
  type LocalFunctionOptions,
} from '../../packages/cli/src/local/lambda/index.ts';
import { createSqs, readQueue, type Sqs } from '../../packages/cli/src/local/sqs/index.ts';
import { createDestinations } from '../../packages/cli/src/local/stack/plan/destinations.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../packages/local-dsql/src/http/http-server.ts';
import { place } from './local-bus.ts';

export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${place.account}:${resource}`;

/** Functions of one Region behind one port, with a queue and a bus to send to. */
export type LocalFunctions = {
  readonly url: string;
  /** AWS's own client, which does not try again. */
  readonly lambda: LambdaClient;
  readonly sqs: Sqs;
  /** Waits until the function is idle; the events that have reached the bus `records`. */
  readonly settled: (name: string) => Promise<readonly unknown[]>;
  readonly stop: () => Promise<void>;
};

/** Answers its event, fails with `fail`, and logs `log`. */
const code = `
export const handler = async (event) => {
  if (event.log) console.log(event.log);
  if (event.fail) throw new TypeError(event.fail);
  return event;
};`;

type Settings = Pick<LocalFunctionOptions, 'asyncConfig' | 'reservedConcurrency' | 'template'>;

const once = { maximumRetryAttempts: 0 };
const queue = arnOf('sqs', 'records');
const bus = arnOf('events', 'event-bus/records');

/** The functions by name; their asynchronous invocations are not tried again. */
const functionSettings: Readonly<Record<string, Settings>> = {
  echo: {
    template: {
      roleArn: 'arn:aws:iam::000000000000:role/echo',
      architecture: 'arm64',
      description: 'Answers its event.',
    },
  },
  fresh: {},
  off: { reservedConcurrency: 0 },
  'to-queue': { asyncConfig: { ...once, onSuccessArn: queue, onFailureArn: queue } },
  'to-bus': { asyncConfig: { ...once, onSuccessArn: bus, onFailureArn: bus } },
  'to-function': { asyncConfig: { ...once, onSuccessArn: arnOf('lambda', 'function:to-queue') } },
  'to-dead-letters': { asyncConfig: { ...once, deadLetterArn: queue } },
};

/** A queue, and a bus whose events are kept. */
const createReceivers = () => {
  const clock = createLocalClock();
  const events: unknown[] = [];
  const sqs = createSqs({
    account: place.account,
    clock,
    queues: [readQueue({}, { name: 'records', ...place })],
  });
  const everything = {
    EventBusName: 'records',
    EventPattern: { source: [{ exists: true }] },
    Targets: [{ Id: 'T', Arn: arnOf('lambda', 'function:keeper') }],
  };
  const bridge = createEventBridge({
    ...place,
    clock,
    buses: ['records'],
    rules: [readRule(everything, { name: 'everything', ...place })],
    targets: {
      invokeAsync: async (_arn, payload) => {
        events.push(JSON.parse(payload));
        return 'accepted';
      },
      sendToQueue: sqs.sendToQueue,
      putOnBus: async () => 'missing',
    },
  });
  return { sqs, bridge, events, clock };
};

/** Starts the functions; their processes start with their first invocations. */
export const startLocalFunctions = async (): Promise<LocalFunctions> => {
  const codeDir = await mkdtemp(join(tmpdir(), 'antipode-conformance-'));
  await writeFile(join(codeDir, 'index.mjs'), code);
  const { sqs, bridge, events, clock } = createReceivers();
  const functions = new Map<string, LocalFunction>();
  const functionByArn = (arn: string) => functions.get(arn.split(':')[6] ?? '');
  const sendToDestination = createDestinations({ sqs, functionByArn, bridge: () => bridge });
  for (const [name, settings] of Object.entries(functionSettings)) {
    const local = createLocalFunction({
      ...settings,
      name,
      arn: arnOf('lambda', `function:${name}`),
      region: place.region,
      runtime: 'nodejs24.x',
      codeDir,
      handler: 'index.handler',
      timeoutSeconds: 20,
      memoryMb: 256,
      environment: name === 'echo' ? { LOG_LEVEL: 'INFO' } : {},
      localEnvironment: { LOCAL_ONLY: 'yes' },
      clock,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      sendToDestination,
    });
    functions.set(name, local);
  }
  const functionNamed = (name: string) => functions.get(name);
  const { region, account: accountId } = place;
  const server: HttpServer = await startHttpServer({
    port: 0,
    routes: [createInvokeApi({ region, accountId, functionNamed })],
  });
  const lambda = new LambdaClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    url: server.url,
    lambda,
    sqs,
    settled: async (name) => {
      await functions.get(name)?.idle();
      await bridge.idle();
      return events;
    },
    stop: async () => {
      lambda.destroy();
      await server.stop();
      await Promise.all([...functions.values()].map((one) => one.stop()));
      await bridge.stop();
      await sqs.stop();
      await rm(codeDir, { recursive: true, force: true });
    },
  };
};
