import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { type DeclaredService, defineService } from '../../../src/domain/kernel/index.ts';
import { metricsRead } from '../operations/walk-alarms.ts';
import { booking, parking } from '../support/booking.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { rules } from '../support/rules.ts';
import type { Template as TemplateOf } from '../support/template.ts';
import { allowList, at, find, listOf, ofType, permissions, textOf } from '../support/template.ts';

const templatesOf = (
  ...given: Parameters<typeof placeholderApp>
): Readonly<Record<string, TemplateOf>> => {
  const { stacks } = placeholderApp(...given).synth();
  return Object.fromEntries(stacks.map(({ stackName, template }) => [stackName, template]));
};

const templates = templatesOf(booking);

const stack = (name: string, from = templates): TemplateOf => {
  const found = from[name];
  if (!found) throw new Error(`No stack ${name} in ${Object.keys(from)}`);
  return found;
};

const patternOf = (template: TemplateOf, rule: string) =>
  find(template, 'AWS::Events::Rule', 'Name', rule).Properties['EventPattern'];

const variablesOf = (template: TemplateOf, name: string) =>
  at(
    find(template, 'AWS::Lambda::Function', 'FunctionName', name).Properties,
    'Environment',
    'Variables',
  );

/**
 * Every text that a resource or an export is known by in its account and Region; a role's own
 * policies are not.
 */
const physicalNames = (all: Readonly<Record<string, TemplateOf>>): readonly string[] =>
  Object.entries(all).flatMap(([stackName, { Resources, Outputs = {} }]) => [
    stackName,
    ...Object.values(Outputs).flatMap((output) => listOf(at(output, 'Export', 'Name')).map(textOf)),
    ...Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
      Type === 'AWS::IAM::Policy'
        ? []
        : Object.entries(Properties)
            .filter(
              ([key, value]) =>
                /Name$/.test(key) && key !== 'MetricName' && typeof value === 'string',
            )
            .map(([, value]) => `${Type} ${value}`),
    ),
  ]);

describe('a consumer that is declared with a queue', () => {
  const { occupancy, notices } = booking.consumers;
  const queued = defineService({
    ...booking,
    consumers: { occupancy: { ...occupancy, queue: { receivesMax: 7 } }, notices },
  });
  const primary = stack('antipode-booking-primary', templatesOf(queued));

  it('keeps every rule of templates', () => {
    for (const rule of Object.values(rules)) expect(rule(primary)).toEqual([]);
  });

  it('gets its events from the queue, and no other consumer does', () => {
    const queue = find(primary, 'AWS::SQS::Queue', 'QueueName', 'antipode-booking-occupancy-queue');
    expect(at(queue, 'Properties', 'RedrivePolicy', 'maxReceiveCount')).toBe(7);
    expect(ofType(primary, 'AWS::Lambda::EventSourceMapping')).toHaveLength(1);
    expect(variablesOf(primary, 'antipode-booking-occupancy')).toMatchObject({
      QUEUE_RECEIVES_MAX: '7',
    });
    expect(variablesOf(primary, 'antipode-booking-notices')).not.toHaveProperty(
      'QUEUE_RECEIVES_MAX',
    );
  });
});

describe('a declared service', () => {
  it.each(Object.keys(templates))('keeps every rule of templates in %s', (name) => {
    for (const rule of Object.values(rules)) expect(rule(stack(name))).toEqual([]);
  });

  it('has a function for its API, its relay, its migration and each consumer, in both Regions', () => {
    for (const name of ['primary', 'secondary']) {
      const functions = ofType(stack(`antipode-booking-${name}`), 'AWS::Lambda::Function');
      expect(functions.map(([, { Properties }]) => Properties['FunctionName']).toSorted()).toEqual([
        'antipode-booking-api',
        'antipode-booking-migrate',
        'antipode-booking-notices',
        'antipode-booking-occupancy',
        'antipode-booking-relay',
      ]);
    }
  });

  it('hands a consumer the events that its own Region publishes, or copies of the other one', () => {
    const regions = [
      ['primary', 'us-east-1', 'us-west-2'],
      ['secondary', 'us-west-2', 'us-east-1'],
    ] as const;
    for (const [name, region, peer] of regions) {
      const template = stack(`antipode-booking-${name}`);
      expect(patternOf(template, 'antipode-booking-occupancy')).toEqual({
        source: ['shop.booking'],
        'detail-type': ['SeatsReserved', 'SeatsReleased'],
        region: [region],
      });
      expect(patternOf(template, 'antipode-booking-notices')).toEqual({
        source: ['shop.booking'],
        'detail-type': ['SeatsReserved'],
        detail: { originregion: [peer] },
      });
    }
  });

  it('copies to the other Region the events of all Regions and no others', () => {
    const pattern = patternOf(stack('antipode-booking-primary'), 'antipode-booking-to-us-west-2');
    expect(at(pattern, 'detail-type')).toEqual(['SeatsReserved']);
  });

  it('has no rule across Regions when none of its events crosses', () => {
    const { SeatsReleased } = booking.events;
    const alone = defineService({
      ...booking,
      events: { SeatsReleased },
      consumers: { occupancy: { on: ['SeatsReleased'] } },
    });
    const primary = stack('antipode-booking-primary', templatesOf(alone));
    const names = ofType(primary, 'AWS::Events::Rule').map(
      ([, { Properties }]) => Properties['Name'],
    );
    expect(names).toEqual(['antipode-booking-occupancy']);
  });

  it('connects under the role of its declaration, which the migration grants', () => {
    const own = templatesOf(defineService({ ...booking, role: 'ushers' }));
    const primary = stack('antipode-booking-primary', own);
    const [[, migration] = []] = ofType(primary, 'Custom::AntipodeMigration');
    expect(migration?.Properties['DatabaseRole']).toBe('ushers');
    expect(variablesOf(primary, 'antipode-booking-api')).toMatchObject({ DSQL_USER: 'ushers' });
    expect(variablesOf(primary, 'antipode-booking-migrate')).toMatchObject({ DSQL_USER: 'admin' });
  });

  it('gives the bus to a consumer that publishes, and to no other one', () => {
    const { occupancy, notices } = booking.consumers;
    const publishing = { occupancy: { ...occupancy, publishes: true }, notices } as const;
    const service = defineService({ ...booking, consumers: publishing });
    const primary = stack('antipode-booking-primary', templatesOf(service));
    const roles = permissions(primary);
    const mayPublish = (role: string) =>
      allowList(roles[role] ?? []).includes('events:PutEvents on EventsBus.Arn');
    expect(['ConsumersOccupancyRole', 'ConsumersNoticesRole'].map(mayPublish)).toEqual([
      true,
      false,
    ]);
    expect(variablesOf(primary, 'antipode-booking-occupancy')).toHaveProperty('EVENT_BUS_NAME');
    expect(variablesOf(primary, 'antipode-booking-notices')).not.toHaveProperty('EVENT_BUS_NAME');
  });

  it('gives a function the description, the memory and the variables that were asked for', () => {
    const description = 'Counts the seats';
    const environment = { HOUSE: 'opera', LOG_LEVEL: 'DEBUG', OUTBOX_GRACE_MS: '0' };
    const primary = stack(
      'antipode-booking-primary',
      templatesOf(booking, {
        functions: { occupancy: { description, memoryMb: 256, environment } },
      }),
    );
    const name = 'antipode-booking-occupancy';
    const { Properties } = find(primary, 'AWS::Lambda::Function', 'FunctionName', name);
    expect(Properties).toMatchObject({ Description: description, MemorySize: 256 });
    expect(variablesOf(primary, name)).toMatchObject({
      HOUSE: 'opera',
      LOG_LEVEL: 'DEBUG',
      // The framework's own variables stay as they are derived.
      OUTBOX_GRACE_MS: '16000',
      CONSUMER_NAME: 'occupancy',
    });
    expect(variablesOf(primary, 'antipode-booking-notices')).not.toHaveProperty('HOUSE');
  });

  it('runs by times of its own where they are safe', () => {
    const safety = { relayRateSeconds: 120, outboxGraceMs: 60_000 };
    const primary = stack('antipode-booking-primary', templatesOf(booking, { safety }));
    const schedule = find(primary, 'AWS::Scheduler::Schedule', 'Name', 'antipode-booking-relay');
    expect(schedule.Properties['ScheduleExpression']).toBe('rate(2 minutes)');
    expect(variablesOf(primary, 'antipode-booking-api')).toMatchObject({
      OUTBOX_GRACE_MS: '60000',
      OUTBOX_TAKEOVER_AGE_MS: '240000',
    });
    const relay = find(primary, 'AWS::Lambda::Function', 'FunctionName', 'antipode-booking-relay');
    expect(relay.Properties['Timeout']).toBe(110);
    const late = find(primary, 'AWS::CloudWatch::Alarm', 'MetricName', 'OutboxOldestAgeMs');
    expect(late.Properties['Threshold']).toBe(1_200_000);
  });

  it('stands in the surroundings of each stack: its alarms, its key, its network', () => {
    const all = templatesOf(booking, {
      surroundings: (of) => ({
        alarmActions: [new SnsAction(new Topic(of, 'Topic'))],
        encryptionKey: new Key(of, 'Key'),
        // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
        vpc: new Vpc(of, 'Vpc', { maxAzs: 1 }) as IVpc,
      }),
    });
    const inVpc = (template: TemplateOf) =>
      ofType(template, 'AWS::Lambda::Function').filter(
        ([, { Properties }]) => Properties['VpcConfig'] !== undefined,
      );
    for (const half of ['primary', 'secondary']) {
      const template = stack(`antipode-booking-${half}`, all);
      expect(inVpc(template)).toHaveLength(5);
      const alarms = ofType(template, 'AWS::CloudWatch::Alarm');
      expect(alarms).toHaveLength(15);
      for (const [id, { Properties }] of alarms) {
        expect([id, listOf(Properties['AlarmActions']).map(textOf)]).toEqual([id, ['Topic']]);
      }
      for (const [id, { Properties }] of ofType(template, 'AWS::SQS::Queue')) {
        expect([id, textOf(Properties['KmsMasterKeyId'])]).toEqual([id, 'Key.Arn']);
      }
      const data = stack(`antipode-booking-data-${half}`, all);
      const [[, cluster] = []] = ofType(data, 'AWS::DSQL::Cluster');
      expect(textOf(cluster?.Properties['KmsEncryptionKey'])).toBe('Key.Arn');
      expect(inVpc(data)).toEqual([]);
    }
  });

  it('is refused with times that are not safe together', () => {
    expect(() => placeholderApp(booking, { safety: { outboxGraceMs: 15_000 } })).toThrow(
      /^outboxGraceMs is 15000: it must be more than the function's timeout/,
    );
  });
});

describe('the physical names of a service', () => {
  it('are shared with no other service of the account', () => {
    const own = physicalNames(templates);
    const others = new Set(physicalNames(templatesOf(parking)));
    expect(own.length).toBeGreaterThan(60);
    expect(own.filter((name) => others.has(name))).toEqual([]);
  });

  it('are shared with no other deployment of it under other prefixes', () => {
    const trial = templatesOf(booking, {
      environment: {
        CLUSTER_NAME_PREFIX: 'trial',
        LAMBDA_FUNCTION_PREFIX: 'trial',
        EVENTBRIDGE_BUS_PREFIX: 'trial',
      },
    });
    const others = new Set(physicalNames(trial));
    expect(others.size).toBeGreaterThan(40);
    expect(physicalNames(templates).filter((name) => others.has(name))).toEqual([]);
  });

  it('all hold its name', () => {
    expect(physicalNames(templates).filter((name) => !name.includes('booking'))).toEqual([]);
  });

  it('leave the database where it is when functions and buses get other prefixes', () => {
    const renamed = templatesOf(booking, {
      environment: { LAMBDA_FUNCTION_PREFIX: 'other', EVENTBRIDGE_BUS_PREFIX: 'others' },
    });
    // They show functions or name the stack of the service, and keep no data.
    const watching = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'];
    const kept = ({ Resources }: TemplateOf) =>
      Object.entries(Resources).filter(([, { Type }]) => !watching.includes(Type));
    for (const half of ['primary', 'secondary', 'peering']) {
      const name = `antipode-booking-data-${half}`;
      expect(kept(stack(name, renamed))).toEqual(kept(stack(name)));
    }
  });

  it('and its metrics are shared with no other deployment of it in the account', () => {
    const renamed = templatesOf(booking, { environment: { LAMBDA_FUNCTION_PREFIX: 'trial' } });
    const reported = (all: typeof templates, prefix: string) => {
      const template = stack(`${prefix}-booking-primary`, all);
      const { POWERTOOLS_METRICS_NAMESPACE: namespace } = variablesOf(
        template,
        `${prefix}-booking-relay`,
      ) as { readonly POWERTOOLS_METRICS_NAMESPACE?: string };
      const watched = ofType(template, 'AWS::CloudWatch::Alarm')
        .flatMap(([, alarm]) => metricsRead(alarm).map(({ namespace: of }) => of))
        .filter((name) => name.startsWith('Antipode'));
      return { namespace, watched };
    };
    for (const [all, prefix] of [
      [templates, 'antipode'],
      [renamed, 'trial'],
    ] as const) {
      const namespace = `Antipode/${prefix}`;
      expect(reported(all, prefix)).toEqual({ namespace, watched: Array(5).fill(namespace) });
    }
  });

  const problems = (
    environment: Readonly<Record<string, string>>,
    consumer = 'occupancy',
    name = 'booking',
  ) => {
    const consumers = { [consumer]: { on: ['SeatsReserved'] } };
    const service: DeclaredService = { ...booking, name, consumers };
    try {
      placeholderApp(service, { environment });
      return [];
    } catch (error) {
      return String((error as Error).message).split('\n');
    }
  };

  it.each([
    ['a function', { LAMBDA_FUNCTION_PREFIX: 'a'.repeat(40) }, 'o'.repeat(16), 'booking'],
    ['the bus', { EVENTBRIDGE_BUS_PREFIX: 'a'.repeat(40) }, 'occupancy', 'bookings'],
    ['the peering', { CLUSTER_NAME_PREFIX: 'a'.repeat(40) }, 'occupancy', 'booking-office'],
  ])('are one line where that of %s is too long', (_, environment, consumer, name) => {
    const [line, ...others] = problems(environment, consumer, name);
    expect(others).toEqual([]);
    expect(line).toMatch(/^\w+ name a+-.* has \d+ characters, AWS takes \d+: use a shorter /);
  });

  it('are as long as AWS allows', () => {
    const prefix = 'a'.repeat(40);
    const all = { LAMBDA_FUNCTION_PREFIX: prefix, EVENTBRIDGE_BUS_PREFIX: prefix };
    expect(problems(all, 'o'.repeat(15))).toEqual([]);
    expect(problems({ CLUSTER_NAME_PREFIX: prefix }, 'occupancy', 'box-offic')).toEqual([]);
  });

  it('are one line for each rule across Regions that is too long', () => {
    const environment = {
      PRIMARY_REGION: 'ap-northeast-1',
      SECONDARY_REGION: 'ap-northeast-2',
      WITNESS_REGION: 'ap-northeast-3',
      LAMBDA_FUNCTION_PREFIX: 'a'.repeat(40),
    };
    expect(problems(environment)).toEqual([
      expect.stringMatching(
        /^Rule name a+-booking-to-ap-northeast-1 has 66 characters, AWS takes 64/,
      ),
      expect.stringMatching(
        /^Rule name a+-booking-to-ap-northeast-2 has 66 characters, AWS takes 64/,
      ),
    ]);
  });

  it.each(['api', 'relay', 'migrate', 'peer-clusters', 'to-us-west-2'])(
    'refuse a consumer named %s',
    (name) => {
      expect(problems({}, name)).toEqual([
        `Consumer ${name} has a name that the framework gives itself: choose another one`,
      ]);
    },
  );

  it('refuse a service whose stacks would have the names of another one', () => {
    expect(problems({}, 'occupancy', 'booking-data')).toEqual([
      'Service booking-data ends in -data, as the stacks with clusters do: choose another name',
    ]);
  });

  it('refuse two consumers that differ in hyphens or capitals only', () => {
    const consumers = {
      'seat-count': { on: ['SeatsReserved'] },
      seatCount: { on: ['SeatsReserved'] },
    };
    expect(() => placeholderApp({ ...booking, consumers }, {})).toThrow(
      'Consumers seat-count and seatCount differ in hyphens or capitals only: rename one',
    );
  });

  it('refuse a consumer whose name no function can have', () => {
    expect(problems({}, 'seats.taken')).toEqual([
      expect.stringContaining('use letters, digits, hyphens and underscores only'),
    ]);
  });
});
