import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { CrossRegionRule, DeadLetterQueue, EventBus, OutboxRelay } from '../../../infra/index.ts';
import { busOf, emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import {
  allowList,
  at,
  find,
  listOf,
  logicalIds,
  ofType,
  permissions,
  queuePolicy,
  type Template,
  textOf,
  theOnly,
  trusts,
} from '../support/template.ts';

const functionOf = functionMaker(emptyBundle());

const granted = (template: Template, role: string): readonly string[] =>
  allowList(permissions(template)[role] ?? []);

/** The text of an alarm on a queue, with the commands to run. */
const alarmText = (queueName: string, meaning: string): string => {
  const [list, redrive] = ['list', 'redrive'].map(
    (command) =>
      `antipode dlq ${command} --stack us-east-1 --region us-east-1 --queue ${queueName}`,
  );
  return `${meaning}. Find the cause with: ${list}. Mend it, then: ${redrive}`;
};

/** The queue `queueName` has an alarm on its first message, and its text says `meaning`. */
const expectAlarm = (template: Template, queueName: string, meaning: string): void => {
  const name = `${queueName}-not-empty`;
  const alarm = find(template, 'AWS::CloudWatch::Alarm', 'AlarmName', name).Properties;
  expect(alarm['AlarmDescription']).toBe(alarmText(queueName, meaning));
};

describe('a dead-letter queue', () => {
  const stack = stackOf();
  new DeadLetterQueue(stack, 'Lost', { queueName: 'lost', meaning: 'Orders were lost' });
  const template = templateOf(stack);

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual(['LostNotEmpty', 'LostQueue', 'LostQueuePolicy']);
  });

  it('keeps a message for 14 days, hides one that is looked at for minutes, and encrypts all', () => {
    expect(theOnly(template, 'AWS::SQS::Queue').Properties).toEqual({
      QueueName: 'lost',
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      VisibilityTimeout: 5 * 60,
      SqsManagedSseEnabled: true,
    });
  });

  it('takes no message without TLS', () => {
    expect(queuePolicy(template, 'LostQueue')).toEqual([
      expect.objectContaining({
        effect: 'Deny',
        actions: ['sqs:*'],
        resources: ['LostQueue.Arn'],
        condition: { Bool: { 'aws:SecureTransport': 'false' } },
        principal: { AWS: '*' },
      }),
    ]);
  });

  it('wakes somebody within a minute of its first message', () => {
    const { Dimensions, ...alarm } = theOnly(template, 'AWS::CloudWatch::Alarm').Properties;
    expect(alarm).toEqual({
      AlarmName: 'lost-not-empty',
      AlarmDescription: alarmText('lost', 'Orders were lost'),
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
    expect(at(Dimensions, 0, 'Name')).toBe('QueueName');
    expect(textOf(at(Dimensions, 0, 'Value'))).toBe('LostQueue.QueueName');
  });
});

describe('a bus', () => {
  const stack = stackOf();
  const bus = new EventBus(stack, 'Events', {
    eventBusName: 'shop',
    source: 'shop.box',
    retentionDays: 14,
  });
  const sender = functionOf(stack, 'sender', {});
  bus.grantPutEvents(sender);
  const template = templateOf(stack);

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual([
      'EventsBus',
      'EventsBusArchive',
      'EventsErrorLogDelivery',
      'EventsErrorLogDestination',
      'EventsErrorLogSource',
      'EventsErrorLogs',
      'senderFunction',
      'senderLogs',
      'senderRole',
      'senderRoleDefaultPolicy',
    ]);
  });

  it('logs what it could not deliver, without the details of events', () => {
    expect(theOnly(template, 'AWS::Events::EventBus').Properties).toEqual({
      Name: 'shop',
      LogConfig: { Level: 'ERROR', IncludeDetail: 'NONE' },
    });
    const name = '/aws/vendedlogs/events/event-bus/shop';
    const log = find(template, 'AWS::Logs::LogGroup', 'LogGroupName', name);
    expect(log).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
    const source = theOnly(template, 'AWS::Logs::DeliverySource').Properties;
    expect(source).toMatchObject({ Name: 'shop-errors', LogType: 'ERROR_LOGS' });
    expect(textOf(source['ResourceArn'])).toBe('EventsBus.Arn');
    const destination = theOnly(template, 'AWS::Logs::DeliveryDestination').Properties;
    expect(destination['Name']).toBe('shop-errors');
    expect(textOf(destination['DestinationResourceArn'])).toBe('EventsErrorLogs.Arn');
    const [[sourceId] = []] = ofType(template, 'AWS::Logs::DeliverySource');
    const delivery = theOnly(template, 'AWS::Logs::Delivery');
    expect(delivery.Properties['DeliverySourceName']).toBe('shop-errors');
    expect(textOf(delivery.Properties['DeliveryDestinationArn'])).toBe(
      'EventsErrorLogDestination.Arn',
    );
    // The source is named and not referred to, so CloudFormation does not see that it comes first.
    expect(delivery.DependsOn).toEqual([sourceId]);
  });

  it('archives the events of its source for as long as was asked for', () => {
    const archive = theOnly(template, 'AWS::Events::Archive').Properties;
    expect(archive).toMatchObject({
      ArchiveName: 'shop',
      EventPattern: { source: ['shop.box'] },
      RetentionDays: 14,
    });
    expect(textOf(archive['SourceArn'])).toBe('EventsBus.Arn');
  });

  it('lets a function that may send put events on it, and on no other', () => {
    expect(granted(template, 'senderRole')).toContain('events:PutEvents on EventsBus.Arn');
  });
});

describe('a rule to the other Region', () => {
  const stack = stackOf();
  new CrossRegionRule(stack, 'Copies', {
    ruleName: 'copies',
    eventBus: busOf(stack),
    peerEventBusName: 'shop',
    peerRegion: 'us-west-2',
    source: 'shop.box',
    eventTypes: ['SeatsReserved', 'SeatsReleased'],
  });
  const template = templateOf(stack);
  const peer = 'arn:AWS::Partition:events:us-west-2:AWS::AccountId:event-bus/shop';

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual([
      'CopiesRole',
      'CopiesRoleDefaultPolicy',
      'CopiesRule',
      'CopiesUndeliveredNotEmpty',
      'CopiesUndeliveredQueue',
      'CopiesUndeliveredQueuePolicy',
      'shop',
    ]);
  });

  it('copies what originates here, once, and keeps what did not cross', () => {
    const rule = theOnly(template, 'AWS::Events::Rule');
    expect(rule.Properties).toMatchObject({
      Name: 'copies',
      State: 'ENABLED',
      EventPattern: {
        source: ['shop.box'],
        'detail-type': ['SeatsReserved', 'SeatsReleased'],
        detail: { originregion: ['us-east-1'] },
        'replay-name': [{ exists: false }],
      },
    });
    const [target, ...others] = listOf(rule.Properties['Targets']);
    expect(others).toEqual([]);
    expect([textOf(at(target, 'Arn')), textOf(at(target, 'RoleArn'))]).toEqual([
      peer,
      'CopiesRole.Arn',
    ]);
    expect(textOf(at(target, 'DeadLetterConfig', 'Arn'))).toBe('CopiesUndeliveredQueue.Arn');
    expectAlarm(template, 'copies-undelivered', 'Events did not cross from us-east-1 to us-west-2');
  });

  it('takes a role that EventBridge may take for this account alone, to put events there', () => {
    expect(trusts(template)).toEqual({
      CopiesRole: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
    expect(granted(template, 'CopiesRole')).toEqual([`events:PutEvents on ${peer}`]);
  });

  it('comes after its permission: an event before it would go to the queue', () => {
    const ids = [...ofType(template, 'AWS::IAM::Role'), ...ofType(template, 'AWS::IAM::Policy')];
    expect(theOnly(template, 'AWS::Events::Rule').DependsOn?.toSorted()).toEqual(
      ids.map(([id]) => id).toSorted(),
    );
  });
});

describe('the relay of an outbox', () => {
  const stack = stackOf();
  new OutboxRelay(stack, 'Relay', {
    scheduleName: 'relay',
    relay: functionOf(stack, 'relay'),
    metrics: { namespace: 'Shop', service: 'box' },
  });
  const template = templateOf(stack);

  it('keeps the names of its resources, so that an update replaces none', () => {
    expect(logicalIds(template)).toEqual([
      'RelayDead',
      'RelayLate',
      'RelayRole',
      'RelayRoleDefaultPolicy',
      'RelayRunsAgain',
      'RelaySchedule',
      'RelaySilent',
      'RelayUndeliveredNotEmpty',
      'RelayUndeliveredQueue',
      'RelayUndeliveredQueuePolicy',
      'relayFailuresNotEmpty',
      'relayFailuresQueue',
      'relayFailuresQueuePolicy',
      'relayFunction',
      'relayFunctionEventInvokeConfig',
      'relayLogs',
      'relayRole',
      'relayRoleDefaultPolicy',
    ]);
  });

  it('starts every minute and is told for which; a start that is late is left to the next', () => {
    const { Target, ...schedule } = theOnly(template, 'AWS::Scheduler::Schedule').Properties;
    expect(schedule).toEqual({
      Name: 'relay',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
    expect(Target).toMatchObject({
      Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>","rateSeconds":60}',
      RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 },
    });
    expect(textOf(at(Target, 'Arn'))).toBe('relayFunction.Arn');
    expect(textOf(at(Target, 'RoleArn'))).toBe('RelayRole.Arn');
    expect(textOf(at(Target, 'DeadLetterConfig', 'Arn'))).toBe('RelayUndeliveredQueue.Arn');
    expectAlarm(template, 'relay-undelivered', 'The Scheduler could not start relay');
  });

  it('takes a role that the Scheduler may take for the schedules of this account alone', () => {
    const defaultGroup = trusts(template)['RelayRole'];
    const arn = at(defaultGroup, 0, 'Condition', 'StringEquals', 'aws:SourceArn');
    expect(defaultGroup).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' }, 'aws:SourceArn': arn },
        },
      },
    ]);
    expect(textOf(arn)).toBe(
      'arn:AWS::Partition:scheduler:us-east-1:AWS::AccountId:schedule-group/default',
    );
    expect(granted(template, 'RelayRole')).toEqual([
      'lambda:InvokeFunction on relayFunction.Arn',
      'sqs:SendMessage on RelayUndeliveredQueue.Arn',
    ]);
  });

  it('may start itself again, and no other function', () => {
    expect(granted(template, 'relayRole').filter((one) => one.startsWith('lambda:'))).toEqual([
      'lambda:InvokeFunction on relayFunction.Arn',
    ]);
  });

  it('starts no earlier than it may', () => {
    const ids = [...ofType(template, 'AWS::IAM::Role'), ...ofType(template, 'AWS::IAM::Policy')]
      .map(([id]) => id)
      .filter((id) => id.startsWith('RelayRole'));
    expect(ids).toHaveLength(2);
    expect(theOnly(template, 'AWS::Scheduler::Schedule').DependsOn?.toSorted()).toEqual(
      ids.toSorted(),
    );
  });

  it.each([
    [
      'the first event is dead',
      'relay-dead',
      'OutboxDead',
      0,
      /given up.*antipode outbox redrive --dead --stack /,
    ],
    ['an event waits for ten minutes', 'relay-late', 'OutboxOldestAgeMs', 600_000, /600000 ms/],
  ])('wakes somebody when %s', (_, name, metric, threshold, description) => {
    const alarm = find(template, 'AWS::CloudWatch::Alarm', 'AlarmName', name).Properties;
    expect(alarm).toEqual({
      AlarmName: name,
      AlarmDescription: expect.stringMatching(description) as unknown,
      Namespace: 'Shop',
      MetricName: metric,
      Dimensions: [{ Name: 'service', Value: 'box' }],
      Statistic: 'Maximum',
      Period: 300,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: threshold,
      TreatMissingData: 'notBreaching',
    });
  });

  const relayOf = (rate: Duration) => {
    const slow = stackOf();
    new OutboxRelay(slow, 'Relay', {
      rate,
      relay: functionOf(slow, 'relay'),
      metrics: { namespace: 'Shop', service: 'box' },
    });
    return slow;
  };

  it.each([
    [Duration.minutes(1), 300],
    [Duration.minutes(2), 300],
    [Duration.minutes(3), 360],
    [Duration.hours(1), 7_200],
    [Duration.hours(12), 86_400],
  ])('has alarms that see two runs of a rate of %s', (rate, period) => {
    const slow = templateOf(relayOf(rate));
    const ofRelay = ['OutboxDead', 'OutboxOldestAgeMs'].map(
      (metric) => find(slow, 'AWS::CloudWatch::Alarm', 'MetricName', metric).Properties['Period'],
    );
    expect(ofRelay).toEqual([period, period]);
    const late = find(slow, 'AWS::CloudWatch::Alarm', 'MetricName', 'OutboxOldestAgeMs');
    expect(late.Properties['Threshold']).toBe(10 * rate.toMilliseconds());
  });

  it.each([Duration.seconds(30), Duration.seconds(90), Duration.minutes(12 * 60 + 1)])(
    'is refused at a rate of %s, in one line',
    (rate) => {
      expect(() => relayOf(rate)).toThrow(
        `rate of us-east-1/Relay is ${rate.toSeconds()} seconds, use whole minutes up to 12 hours`,
      );
    },
  );
});
