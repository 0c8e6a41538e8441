import {
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  eventBridgeRoute,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const invoked: string[] = [];

const bridge = createEventBridge({
  ...place,
  buses: ['ledger', 'listed'],
  rules: [
    readRule(
      {
        EventBusName: 'ledger',
        EventPattern: { source: ['antipode.ledger'] },
        Targets: [{ Id: 'T', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }],
      },
      { name: 'everything', ...place },
    ),
    ...Array.from({ length: 22 }, (_, index) =>
      readRule(
        { EventBusName: 'listed', EventPattern: { source: [`s${index}`] } },
        { name: `rule${index}`, ...place },
      ),
    ),
  ],
  clock: createLocalClock(),
  targets: {
    invokeAsync: async (_arn, payload) => {
      invoked.push(payload);
      return 'accepted';
    },
    sendToQueue: async () => 'missing',
    putOnBus: async () => 'missing',
  },
});

let server: HttpServer;
let client: EventBridgeClient;

beforeAll(async () => {
  server = await startHttpServer({ port: 0, routes: [eventBridgeRoute(bridge)] });
  client = new EventBridgeClient({
    endpoint: server.url,
    region: place.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await bridge.stop();
  await server.stop();
});

const entry = (Detail: string) => ({
  Source: 'antipode.ledger',
  DetailType: 'TransactionRecorded',
  EventBusName: 'ledger',
  Detail,
});

describe('EventBridge to AWS’s own client', () => {
  it('takes events, with a time, and delivers them', async () => {
    const Time = new Date('2026-11-23T10:00:00.900Z');
    const answer = await client.send(
      new PutEventsCommand({
        Entries: [{ ...entry('{"amount":100.50}'), Time, Resources: ['r'] }],
      }),
    );
    await bridge.idle();
    expect(answer.FailedEntryCount).toBe(0);
    expect(invoked).toHaveLength(1);
    expect(invoked[0]).toContain('"detail":{"amount":100.50}}');
    expect(JSON.parse(invoked[0] ?? '')).toMatchObject({
      id: answer.Entries?.[0]?.EventId,
      time: '2026-11-23T10:00:00Z',
      resources: ['r'],
    });
  });

  it('answers a bad entry in its place and does not throw', async () => {
    const Entries = [entry('[]'), entry('{}')];
    const answer = await client.send(new PutEventsCommand({ Entries }));
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries).toEqual([
      { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      { EventId: expect.any(String) },
    ]);
  });

  it('throws for eleven entries and for more than 1 MB', async () => {
    const eleven = Array.from({ length: 11 }, () => entry('{}'));
    const large = [entry(JSON.stringify({ a: 'x'.repeat(1024 * 1024) }))];
    for (const Entries of [eleven, large]) {
      await expect(client.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({
        name: 'ValidationException',
        $metadata: { httpStatusCode: 400 },
      });
    }
  });

  it('tests patterns', async () => {
    const Event = JSON.stringify({
      id: '1',
      account: '000000000000',
      source: 's',
      time: '2026-11-23T10:00:00Z',
      region: 'us-east-1',
      'detail-type': 't',
    });
    const test = async (EventPattern: string, event = Event): Promise<boolean | undefined> =>
      (await client.send(new TestEventPatternCommand({ EventPattern, Event: event }))).Result;
    expect(await test('{"source":["s"]}')).toBe(true);
    expect(await test('{"source":["x"]}')).toBe(false);
    await expect(test('{"source":"s"}')).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
      message: expect.stringMatching(
        /^Event pattern is not valid\. Reason: "source" must be an object or an array\n at \[Source: /,
      ),
    });
    await expect(test('{"source":["s"]}', '{"source":"s"}')).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('id, account, time, region, detail-type'),
    });
  });

  it('lists the rules of a bus', async () => {
    const list = (EventBusName: string) => client.send(new ListRulesCommand({ EventBusName }));
    expect((await list('ledger')).Rules).toEqual([
      {
        Name: 'everything',
        Arn: 'arn:aws:events:us-east-1:000000000000:rule/ledger/everything',
        EventPattern: '{"source":["antipode.ledger"]}',
        State: 'ENABLED',
        EventBusName: 'ledger',
      },
    ]);
    expect((await list('default')).Rules).toEqual([]);
    expect(
      (await list('arn:aws:events:us-east-1:000000000000:event-bus/ledger')).Rules,
    ).toHaveLength(1);
    for (const missing of [
      'nowhere',
      'arn:aws:events:us-east-1:123456789012:event-bus/ledger',
      'arn:aws:events:us-west-2:000000000000:event-bus/ledger',
    ]) {
      await expect(list(missing)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
  });

  it('lists the rules of a bus in pages that together have every rule once', async () => {
    const list = (changes: object) =>
      client.send(new ListRulesCommand({ EventBusName: 'listed', ...changes }));
    const names: (string | undefined)[] = [];
    let pages = 0;
    let NextToken: string | undefined;
    do {
      const page = await list({ Limit: 5, ...(NextToken && { NextToken }) });
      names.push(...(page.Rules ?? []).map(({ Name }) => Name));
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect(pages).toBe(5);
    expect(names).toEqual((await list({})).Rules?.map(({ Name }) => Name));
    expect(new Set(names).size).toBe(22);
    expect((await list({ Limit: 22 })).NextToken).toBeUndefined();
  });

  it.each([
    [{ Limit: 0 }, "Value '0' at 'limit' failed to satisfy constraint"],
    [{ Limit: 101 }, 'Member must have value less than or equal to 100'],
    [{ NextToken: 'none' }, 'Parameter NextToken is not valid.'],
  ])('refuses to list %j', async (input, message) => {
    await expect(client.send(new ListRulesCommand(input))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['PutEvents', '{}', 'entries'],
    ['PutEvents', '{"Entries":null}', 'entries'],
    ['TestEventPattern', '{"Event":"{}"}', 'eventPattern'],
  ])('refuses %s of %s, where a parameter is missing', async (name, body, parameter) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': `AWSEvents.${name}` },
      body,
    });
    expect(await response.json()).toEqual({
      __type: 'ValidationException',
      message: `1 validation error detected: Value null at '${parameter}' failed to satisfy constraint: Member must not be null`,
    });
  });

  it.each([
    ['a timestamp as text', '{"Entries":[{"Time":"2026-11-23T10:00:00Z"}]}'],
    ['invalid UTF-8', Buffer.from('{"Entries":[{"Source":"\xff"}]}', 'latin1')],
  ])('refuses %s before it looks at any entry', async (_title, body) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  it('names what it offers when asked for another operation', async () => {
    const command = new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["s"]}' });
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message:
        'The local stack does not offer AWSEvents.PutRule; it offers PutEvents, TestEventPattern, ListRules, DescribeRule, ListTargetsByRule, EnableRule, DisableRule, DescribeArchive, ListArchives, StartReplay, DescribeReplay, CancelReplay, ListReplays.',
    });
  });

  it('refuses a parameter that it would have to ignore', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body: JSON.stringify({ Entries: [], EndpointId: 'global' }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'ValidationException',
      message: expect.stringContaining('EndpointId'),
    });
  });

  it('refuses a body that is not JSON', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body: '{',
    });
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });
});
