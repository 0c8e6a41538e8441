import {
  CancelReplayCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListReplaysCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  type EventBridge,
  eventBridgeRoute,
  readArchive,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const busArn = 'arn:aws:events:us-east-1:000000000000:event-bus/shop';
const archiveArn = 'arn:aws:events:us-east-1:000000000000:archive/shop';
const ruleArn = (name: string) => `arn:aws:events:us-east-1:000000000000:rule/shop/${name}`;
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:dead';

const ruleOf = (name: string, EventPattern: object, target = name) =>
  readRule(
    {
      ...{ EventBusName: 'shop', EventPattern },
      Targets: [
        {
          Id: 'T',
          Arn: `arn:aws:lambda:us-east-1:000000000000:function:${target}`,
          DeadLetterConfig: { Arn: queueArn },
        },
      ],
    },
    { name, ...place },
  );

let invoked: { readonly name: string; readonly event: Readonly<Record<string, unknown>> }[] = [];
/** Hears of each replayed event that a target gets. */
let onInvoked: () => void = () => undefined;
let bridge: EventBridge;
let server: HttpServer;
let client: EventBridgeClient;

beforeAll(async () => {
  bridge = createEventBridge({
    ...place,
    buses: ['shop'],
    rules: [
      ruleOf('all', { source: ['shop'] }),
      ruleOf('fresh', { source: ['shop'], 'replay-name': [{ exists: false }] }),
      ruleOf('other', { source: ['elsewhere'] }),
    ],
    archives: [
      readArchive(
        {
          ...{ ArchiveName: 'shop', SourceArn: busArn, RetentionDays: 14 },
          EventPattern: { source: ['shop'] },
        },
        { name: 'shop', ...place },
      ),
    ],
    clock: createLocalClock(),
    targets: {
      invokeAsync: async (arn, payload) => {
        const event = JSON.parse(payload);
        invoked.push({ name: arn.split(':').at(-1) ?? '', event });
        if ('replay-name' in event) onInvoked();
        return 'accepted';
      },
      sendToQueue: async () => 'missing',
      putOnBus: async () => 'missing',
    },
  });
  server = await startHttpServer({ port: 0, routes: [eventBridgeRoute(bridge)] });
  client = new EventBridgeClient({
    endpoint: server.url,
    region: place.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

beforeEach(() => {
  invoked = [];
});

afterAll(async () => {
  client.destroy();
  await bridge.stop();
  await server.stop();
});

const put = async (source: string, at: string, n: number): Promise<void> => {
  const entry = { Source: source, DetailType: 'Sold', Detail: JSON.stringify({ n }) };
  const Entries = [{ ...entry, EventBusName: 'shop', Time: new Date(at) }];
  await client.send(new PutEventsCommand({ Entries }));
  await bridge.idle();
};

let replays = 0;

/** Starts a replay of an hour, waits for its end, and returns its description. */
const replay = async (hour: string, input: Partial<StartReplayCommandInput> = {}) => {
  replays += 1;
  const ReplayName = `replay-${replays}`;
  await client.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: archiveArn,
      EventStartTime: new Date(`${hour}:00:00Z`),
      EventEndTime: new Date(`${hour}:59:00Z`),
      Destination: { Arn: busArn },
      ...input,
    }),
  );
  await bridge.idle();
  return client.send(new DescribeReplayCommand({ ReplayName }));
};

let lastHour = 0;

/** An hour for which no other test has events. */
const hours = (): string => {
  lastHour += 1;
  return `2026-11-23T${String(lastHour).padStart(2, '0')}`;
};

describe('a replay', () => {
  it('sends what the archive has kept again, marked, to rules that do not exclude it', async () => {
    const hour = hours();
    await put('shop', `${hour}:10:00Z`, 1);
    await put('elsewhere', `${hour}:11:00Z`, 2);
    await put('shop', `${hour}:12:00Z`, 3);
    invoked = [];
    const described = await replay(hour);
    expect(described).toMatchObject({
      ...{ State: 'COMPLETED', EventSourceArn: archiveArn },
      EventLastReplayedTime: new Date(`${hour}:12:00Z`),
    });
    expect(invoked.map(({ name }) => name)).toEqual(['all', 'all']);
    expect(invoked[0]?.event).toMatchObject({
      ...{ 'replay-name': described.ReplayName, source: 'shop', 'detail-type': 'Sold' },
      ...{ time: `${hour}:10:00Z`, detail: { n: 1 } },
    });
  });

  it('replays events of its time alone: its end is no part of it', async () => {
    const hour = hours();
    await put('shop', `${hour}:10:00Z`, 1);
    await put('shop', `${hour}:20:00Z`, 2);
    await put('shop', `${hour}:30:00Z`, 3);
    invoked = [];
    await replay(hour, {
      EventStartTime: new Date(`${hour}:20:00Z`),
      EventEndTime: new Date(`${hour}:30:00Z`),
    });
    expect(invoked.map(({ event }) => event['detail'])).toEqual([{ n: 2 }]);
  });

  it('is not archived, so that the next replay has each event once', async () => {
    const hour = hours();
    await put('shop', `${hour}:10:00Z`, 1);
    await replay(hour);
    invoked = [];
    await replay(hour);
    expect(invoked).toHaveLength(1);
  });

  it('leaves out what arrives while it runs', async () => {
    const hour = hours();
    await put('shop', `${hour}:10:00Z`, 1);
    invoked = [];
    const another = {
      ...{ Source: 'shop', DetailType: 'Sold', Detail: '{"n":2}', EventBusName: 'shop' },
      Time: Date.parse(`${hour}:20:00Z`) / 1_000,
    };
    // Of each replayed event the target makes another one.
    onInvoked = () => void bridge.putEvents([another]);
    await replay(hour);
    onInvoked = () => undefined;
    const marked = invoked.filter(({ event }) => 'replay-name' in event);
    expect(marked.map(({ event }) => event['detail'])).toEqual([{ n: 1 }]);
  });

  it('sends each of ten thousand events once, and none to a rule that excludes replays', async () => {
    const hour = hours();
    const Time = Date.parse(`${hour}:10:00Z`) / 1_000;
    const entry = { Source: 'shop', DetailType: 'Sold', EventBusName: 'shop', Time };
    for (let n = 0; n < 10_000; n += 10) {
      const tens = Array.from({ length: 10 }, (_, index) => ({
        ...entry,
        Detail: `{"n":${n + index}}`,
      }));
      bridge.putEvents(tens);
    }
    await bridge.idle();
    invoked = [];
    expect(await replay(hour)).toMatchObject({ State: 'COMPLETED' });
    expect(new Set(invoked.map(({ name }) => name))).toEqual(new Set(['all']));
    expect(invoked).toHaveLength(10_000);
    expect(new Set(invoked.map(({ event }) => JSON.stringify(event['detail']))).size).toBe(10_000);
  });

  it('goes to chosen rules alone', async () => {
    const hour = hours();
    await put('shop', `${hour}:10:00Z`, 1);
    invoked = [];
    const Destination = { Arn: busArn, FilterArns: [ruleArn('other')] };
    expect(await replay(hour, { Destination })).toMatchObject({ State: 'COMPLETED', Destination });
    expect(invoked).toEqual([]);
  });

  it('ends early when it is cancelled', async () => {
    const hour = hours();
    for (let n = 0; n < 300; n += 1) {
      bridge.putEvents([
        {
          ...{ Source: 'shop', DetailType: 'Sold', Detail: `{"n":${n}}`, EventBusName: 'shop' },
          Time: Date.parse(`${hour}:10:00Z`) / 1_000,
        },
      ]);
    }
    await bridge.idle();
    invoked = [];
    const archive = bridge.archives[0];
    if (!archive) throw new Error('there is no archive');
    const started = bridge.replays.start({
      ...{ name: 'cancelled', description: undefined, archive, ruleArns: undefined },
      ...{ destinationArn: busArn, from: Date.parse(`${hour}:00:00Z`), to: Date.now() },
    });
    expect(started.state).toBe('STARTING');
    expect(bridge.replays.cancel('cancelled').state).toBe('CANCELLING');
    await bridge.idle();
    const described = await client.send(new DescribeReplayCommand({ ReplayName: 'cancelled' }));
    expect(described).toMatchObject({ State: 'CANCELLED', ReplayEndTime: expect.any(Date) });
    expect(invoked.length).toBeLessThan(300);
    await expect(
      client.send(new CancelReplayCommand({ ReplayName: 'cancelled' })),
    ).rejects.toMatchObject({ name: 'IllegalStatusException' });
  });

  it('is listed by its archive, its name and its state', async () => {
    const { Replays = [] } = await client.send(
      new ListReplaysCommand({ NamePrefix: 'cancel', State: 'CANCELLED' }),
    );
    expect(Replays.map(({ ReplayName }) => ReplayName)).toEqual(['cancelled']);
    expect(
      (await client.send(new ListReplaysCommand({ EventSourceArn: archiveArn }))).Replays,
    ).toHaveLength(replays + 1);
  });

  it.each([
    ['a name that is taken', { ReplayName: 'cancelled' }, 'ResourceAlreadyExistsException'],
    ['no archive', { EventSourceArn: `${archiveArn}s` }, 'ResourceNotFoundException'],
    ['another bus', { Destination: { Arn: `${busArn}s` } }, 'ValidationException'],
    [
      'a rule of another bus',
      { Destination: { Arn: busArn, FilterArns: ['arn:aws:events:us-east-1:0:rule/none'] } },
      'ValidationException',
    ],
    ['an end before its start', { EventEndTime: new Date(0) }, 'ValidationException'],
    ['a wrong name', { ReplayName: 'a b' }, 'ValidationException'],
  ])('is refused with %s', async (_what, input, name) => {
    await expect(replay(hours(), input)).rejects.toMatchObject({ name });
  });
});

describe('an archive', () => {
  it('says what it keeps', async () => {
    const described = await client.send(new DescribeArchiveCommand({ ArchiveName: 'shop' }));
    expect(described).toMatchObject({
      ...{ ArchiveArn: archiveArn, EventSourceArn: busArn, State: 'ENABLED', RetentionDays: 14 },
      EventPattern: '{"source":["shop"]}',
      EventCount: bridge.archives[0]?.events().length,
    });
    const { Archives = [] } = await client.send(new ListArchivesCommand({ NamePrefix: 's' }));
    expect(Archives).toMatchObject([{ ArchiveName: 'shop' }]);
    await expect(
      client.send(new DescribeArchiveCommand({ ArchiveName: 'none' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('forgets events when their days are over', async () => {
    await put('shop', '2020-01-01T00:00:00Z', 1);
    invoked = [];
    await replay('2020-01-01T00');
    expect(bridge.archives[0]?.events().some(({ time }) => time.startsWith('2020'))).toBe(false);
  });
});

describe('a rule', () => {
  const EventBusName = 'shop';

  it('is described, with its targets', async () => {
    const Name = 'all';
    const described = await client.send(new DescribeRuleCommand({ Name, EventBusName }));
    expect(described).toMatchObject({ Arn: ruleArn(Name), State: 'ENABLED', EventBusName });
    const { Targets } = await client.send(
      new ListTargetsByRuleCommand({ Rule: Name, EventBusName: busArn }),
    );
    expect(Targets).toEqual([
      {
        Id: 'T',
        Arn: 'arn:aws:lambda:us-east-1:000000000000:function:all',
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
        DeadLetterConfig: { Arn: queueArn },
      },
    ]);
  });

  it('sends nothing while it is disabled', async () => {
    await client.send(new DisableRuleCommand({ Name: 'all', EventBusName }));
    await put('shop', `${hours()}:10:00Z`, 1);
    expect(invoked.map(({ name }) => name)).toEqual(['fresh']);
    const described = await client.send(new DescribeRuleCommand({ Name: 'all', EventBusName }));
    expect(described.State).toBe('DISABLED');
    await client.send(new EnableRuleCommand({ Name: 'all', EventBusName }));
    await put('shop', `${hours()}:10:00Z`, 1);
    expect(invoked.map(({ name }) => name)).toEqual(['fresh', 'all', 'fresh']);
  });

  it.each([
    ['none', 'shop'],
    ['all', 'default'],
    ['all', 'nowhere'],
  ])('%s is not found on the bus %s', async (Name, bus) => {
    const command = new DescribeRuleCommand({ Name, EventBusName: bus });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
