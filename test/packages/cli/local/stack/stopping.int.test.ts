import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import { readQueue } from '../../../../../packages/cli/src/local/sqs/index.ts';
import { connectServices } from '../../../../../packages/cli/src/local/stack/connect-services.ts';
import {
  openForRequests,
  openHttpPorts,
} from '../../../../../packages/cli/src/local/stack/ports.ts';
import { createLifetime } from '../../../../../packages/local-dsql/src/process/lifetime.ts';
import { bundle } from '../lambda/support.ts';

const region = 'us-east-1';
const clock = createLocalClock();

/**
 * A Region with a bus, a queue and a function, whose port stays open at the end until it is
 * released.
 */
const start = async () => {
  const lifetime = createLifetime();
  const ports = await openHttpPorts(lifetime, [region]);
  const held = Promise.withResolvers<void>();
  await lifetime.own({ stop: () => held.promise }, 'what takes long');
  const connections = await connectServices(lifetime, ports, {
    clock,
    caFile: '/nowhere',
    issueKeys: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    onLog: () => {},
    onInvocation: () => {},
    interceptor: undefined,
    failures: undefined,
    observer: undefined,
    dsqlEndpoints: { of: () => undefined, allOf: () => [], close: async () => undefined },
    resources: () => [],
  });
  const { services, events: inRegion } = connections.partsOf(region);
  inRegion.bridge.putBus('bus');
  services.sqs.put(readQueue({}, { name: 'queue', region, account: '000000000000' }));
  services.addFunction({
    name: 'f',
    arn: `arn:aws:lambda:${region}:000000000000:function:f`,
    region,
    runtime: 'nodejs24.x',
    codeDir: await bundle('export const handler = async () => 1;'),
    handler: 'index.handler',
    timeoutSeconds: 20,
    memoryMb: 256,
    environment: {},
    template: { roleArn: '' },
    reservedConcurrency: undefined,
    asyncConfig: {},
  });
  const { regions } = connections;
  await lifetime.own(openForRequests(ports), 'the ports');
  const endpoint = connections.urlOf(region);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = { region, endpoint, credentials, maxAttempts: 1 };
  const events = new EventBridgeClient(client);
  const lambda = new LambdaClient(client);
  const sqs = new SQSClient(client);
  const calls = {
    PutEvents: () =>
      events.send(
        new PutEventsCommand({
          Entries: [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'bus' }],
        }),
      ),
    Invoke: () => lambda.send(new InvokeCommand({ FunctionName: 'f' })),
    'Invoke of type Event': () =>
      lambda.send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' })),
    SendMessage: () =>
      sqs.send(
        new SendMessageCommand({ QueueUrl: `${endpoint}/000000000000/queue`, MessageBody: 'a' }),
      ),
  };
  onTestFinished(async () => {
    held.resolve();
    await lifetime.stop();
  });
  return { lifetime, calls, events: regions[0]?.events };
};

it('a stack that is stopping answers 503 to requests that would be lost', async () => {
  const { lifetime, calls } = await start();
  for (const call of Object.values(calls)) expect(await call()).toBeDefined();
  void lifetime.stop();
  const names: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    names[name] = await call().then(
      (answer) => answer.$metadata.httpStatusCode,
      (error: { readonly name: string; readonly $metadata?: { httpStatusCode?: number } }) =>
        `${error.$metadata?.httpStatusCode} ${error.name}`,
    );
  }
  expect(names).toEqual({
    PutEvents: '503 ServiceUnavailable',
    Invoke: '503 ServiceUnavailableException',
    'Invoke of type Event': '503 ServiceUnavailableException',
    SendMessage: '503 ServiceUnavailable',
  });
});

it('takes no event from within once its bus has ended', async () => {
  const { lifetime, events } = await start();
  void lifetime.stop();
  const entry = { Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'bus' };
  await expect
    .poll(() => {
      try {
        return events?.putEvents([entry]).FailedEntryCount;
      } catch (error) {
        return (error as Error).name;
      }
    })
    .toBe('ServiceUnavailable');
});
