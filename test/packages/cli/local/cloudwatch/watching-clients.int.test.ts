import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  cloudWatchRoute,
  readAlarm,
} from '../../../../../packages/cli/src/local/cloudwatch/index.ts';
import { createLogStore, logsRoute } from '../../../../../packages/cli/src/local/logs/index.ts';
import {
  readSchedule,
  type Schedules,
  schedulerRoute,
  startSchedules,
} from '../../../../../packages/cli/src/local/scheduler/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';

/** The packages are optional for a person who does not use them, and so are their types here. */
type Sdk = Readonly<
  Record<
    string,
    new (
      input: object,
    ) => {
      // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
      readonly send: (command: object) => Promise<any>;
      readonly destroy: () => void;
    }
  >
>;
const load = async (name: string): Promise<Sdk> => import(`@aws-sdk/client-${name}`);
const sdk = {
  ...(await load('cloudwatch')),
  ...(await load('cloudwatch-logs')),
  ...(await load('scheduler')),
};
const make = (name: string, input: object = {}) => {
  const Made = sdk[name];
  if (!Made) throw new Error(`no package has ${name}`);
  return new Made(input);
};
type Client = ReturnType<typeof make>;

const region = 'us-east-1';
const account = '000000000000';
const startedAt = Date.parse('2026-11-23T10:00:00.000Z');

let now = startedAt;
let depth = 0;
const store = createLogStore(() => now);

const alarm = (name: string, properties: Readonly<Record<string, unknown>>, kind = 'Alarm') =>
  readAlarm({
    ...{ stack: 'shop', region, logicalId: name, ref: name },
    type: `AWS::CloudWatch::${kind}`,
    attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}` },
    properties: properties as never,
  });

const ofQueue = {
  Namespace: 'AWS/SQS',
  MetricName: 'ApproximateNumberOfMessagesVisible',
  Dimensions: [{ Name: 'QueueName', Value: 'failures' }],
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: 0,
  AlarmActions: ['arn:aws:sns:us-east-1:000000000000:alarms'],
};

const alarms = [
  alarm('failures-not-empty', ofQueue),
  alarm('late', { Namespace: 'Antipode', MetricName: 'OutboxOldestAgeMs', Threshold: '1' }),
  alarm('any', { AlarmRule: 'ALARM(late)' }, 'CompositeAlarm'),
];

const schedule = readSchedule(
  {
    Name: 'relay',
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: `arn:aws:lambda:${region}:${account}:function:relay`, RoleArn: 'arn:role' },
  },
  { name: 'relay', region, account },
);

const fired: string[] = [];
let schedules: Schedules;
let server: HttpServer;
let clients: {
  readonly cloudWatch: Client;
  readonly logs: Client;
  readonly scheduler: Client;
};

beforeAll(async () => {
  schedules = startSchedules({
    // A minute is a hundredth of a second.
    clock: createLocalClock({ speed: 6_000 }),
    schedules: [schedule],
    targets: {
      invokeAsync: async (arn) => {
        fired.push(arn);
        return 'accepted';
      },
      sendToQueue: async () => 'accepted',
    },
  });
  const depthOf = (name: string) => (name === 'failures' ? depth : undefined);
  const functions = () => ['relay', 'api'];
  server = await startHttpServer({
    port: 0,
    routes: [
      cloudWatchRoute(() => alarms, depthOf, startedAt),
      logsRoute({ region, account, store, functions }),
      schedulerRoute(schedules),
    ],
  });
  const settings = {
    endpoint: server.url,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  clients = {
    cloudWatch: make('CloudWatchClient', settings),
    logs: make('CloudWatchLogsClient', settings),
    scheduler: make('SchedulerClient', settings),
  };
});

afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await schedules.stop();
  await server.stop();
});

describe('CloudWatch to AWS’s own client', () => {
  const states = async (input: object) => {
    const answer = await clients.cloudWatch.send(make('DescribeAlarmsCommand', input));
    const { MetricAlarms = [], CompositeAlarms = [] } = answer;
    return [...MetricAlarms, ...CompositeAlarms].map((one) => [one.AlarmName, one.StateValue]);
  };

  it('tells the state of an alarm on a queue by its messages, and no state that it cannot know', async () => {
    expect(await states({})).toEqual([
      ['failures-not-empty', 'OK'],
      ['late', 'INSUFFICIENT_DATA'],
    ]);
    depth = 2;
    expect(await states({ AlarmNames: ['failures-not-empty'] })).toEqual([
      ['failures-not-empty', 'ALARM'],
    ]);
    expect(await states({ StateValue: 'ALARM' })).toHaveLength(1);
    depth = 0;
  });

  it('tells of composite alarms where they are asked for, page by page', async () => {
    const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'];
    expect(await states({ AlarmTypes, AlarmNamePrefix: 'a' })).toEqual([
      ['any', 'INSUFFICIENT_DATA'],
    ]);
    const first = await clients.cloudWatch.send(
      make('DescribeAlarmsCommand', { AlarmTypes, MaxRecords: 1 }),
    );
    const NextToken = first.NextToken;
    expect(await states({ AlarmTypes, MaxRecords: 1, NextToken })).toEqual([
      ['late', 'INSUFFICIENT_DATA'],
    ]);
    await expect(states({ NextToken: 'x' })).rejects.toThrow('no list gave it');
  });

  it('tells the actions and the time of an alarm', async () => {
    const { MetricAlarms } = await clients.cloudWatch.send(make('DescribeAlarmsCommand', {}));
    expect(MetricAlarms?.[0]).toMatchObject({
      AlarmActions: ofQueue.AlarmActions,
      ActionsEnabled: true,
      Threshold: 0,
      StateUpdatedTimestamp: new Date(startedAt),
    });
  });
});

describe('CloudWatch Logs to AWS’s own client', () => {
  const find = async (input: object) => {
    const given = { logGroupName: '/aws/lambda/relay', ...input };
    const answer = await clients.logs.send(make('FilterLogEventsCommand', given));
    return {
      ...answer,
      texts: answer.events?.map((one: { message: string }) => one.message.trimEnd()),
    };
  };

  beforeAll(() => {
    for (const line of ['Outbox relayed one', 'Outbox relayed two', 'a "quoted" word', 'other']) {
      now += 1_000;
      store.add({ region, functionName: 'relay', line });
    }
    store.add({ region: 'us-west-2', functionName: 'relay', line: 'elsewhere' });
  });

  it.each([
    ['"Outbox relayed"', ['Outbox relayed one', 'Outbox relayed two']],
    ['?"one" ?"two"', ['Outbox relayed one', 'Outbox relayed two']],
    ['Outbox -two', ['Outbox relayed one']],
    ['"\\"quoted\\""', ['a "quoted" word']],
    ['', ['Outbox relayed one', 'Outbox relayed two', 'a "quoted" word', 'other']],
  ])('finds the lines of the pattern %s', async (filterPattern, lines) => {
    expect((await find({ filterPattern })).texts).toEqual(lines);
  });

  it('finds the lines of a time, page by page', async () => {
    const startTime = startedAt + 2_000;
    const { texts, nextToken } = await find({ startTime, limit: 2 });
    expect(texts).toEqual(['Outbox relayed two', 'a "quoted" word']);
    expect((await find({ startTime, limit: 2, nextToken })).texts).toEqual(['other']);
    expect((await find({ endTime: startTime })).texts).toHaveLength(2);
  });

  it('knows the groups of functions that have written nothing, and refuses others', async () => {
    const { logGroups } = await clients.logs.send(make('DescribeLogGroupsCommand', {}));
    expect(logGroups.map((one: { logGroupName: string }) => one.logGroupName)).toEqual([
      '/aws/lambda/api',
      '/aws/lambda/relay',
    ]);
    expect((await find({ logGroupName: '/aws/lambda/api' })).texts).toEqual([]);
    await expect(find({ logGroupName: '/aws/lambda/none' })).rejects.toThrow('does not exist');
    await expect(find({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toThrow(
      'words and texts',
    );
  });
});

describe('EventBridge Scheduler to AWS’s own client', () => {
  const { scheduler } = { scheduler: () => clients.scheduler };
  const described = () => scheduler().send(make('GetScheduleCommand', { Name: 'relay' }));
  const change = async (State: 'ENABLED' | 'DISABLED', more: object = {}) => {
    const { Name, ScheduleExpression, FlexibleTimeWindow, Target } = await described();
    const now = { Name, ScheduleExpression, FlexibleTimeWindow, Target };
    return scheduler().send(make('UpdateScheduleCommand', { ...now, State, ...more }));
  };

  it('describes a schedule as its template has it', async () => {
    expect(await described()).toMatchObject({
      ...{ Name: 'relay', GroupName: 'default', State: 'ENABLED' },
      ScheduleExpression: 'rate(1 minute)',
      Target: { RoleArn: 'arn:role' },
    });
  });

  it('keeps the time of its creation when it is changed', async () => {
    const { CreationDate } = await described();
    expect(Date.now() - Number(CreationDate)).toBeLessThan(3_600_000);
    expect(Number(CreationDate)).toBeLessThanOrEqual(Date.now());
    await change('DISABLED');
    await change('ENABLED');
    expect((await described()).CreationDate).toEqual(CreationDate);
    const { Schedules: all = [] } = await scheduler().send(make('ListSchedulesCommand', {}));
    expect(all.map((one: { Name: string; State: string }) => [one.Name, one.State])).toEqual([
      ['relay', 'ENABLED'],
    ]);
  });

  it('switches a schedule off and on, and changes nothing else of it', async () => {
    await expect.poll(() => fired.length).toBeGreaterThan(0);
    await change('DISABLED');
    expect((await described()).State).toBe('DISABLED');
    await schedules.idle();
    const before = fired.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fired.length).toBe(before);
    await change('ENABLED');
    await expect.poll(() => fired.length).toBeGreaterThan(before);
    await expect(change('ENABLED', { ScheduleExpression: 'rate(2 minutes)' })).rejects.toThrow(
      'ScheduleExpression differs',
    );
  });

  it('knows no schedule of another name', async () => {
    const other = scheduler().send(make('GetScheduleCommand', { Name: 'other' }));
    await expect(other).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
