import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { BusAlarm, SilenceAlarm } from '../../../infra/index.ts';
import { awsMetrics } from '../../../infra/operations/metrics.ts';
import { defineService } from '../../../src/domain/kernel/index.ts';
import { booking } from '../support/booking.ts';
import { busOf, emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, find, listOf, ofType, type Template, textOf, theOnly } from '../support/template.ts';
import { alarmsOf, metricsRead } from './walk-alarms.ts';

const root = join(import.meta.dirname, '../../..');
const bundle = emptyBundle();

type Options = Parameters<typeof placeholderApp<typeof booking>>[1];

const stacksOf = (options: Options = {}): Readonly<Record<string, Template>> =>
  Object.fromEntries(
    placeholderApp(booking, options)
      .synth()
      .stacks.map(({ stackName, template }) => [
        stackName.replace('antipode-booking-', ''),
        template as Template,
      ]),
  );

const every = (stacks: Readonly<Record<string, Template>>) =>
  Object.entries(stacks).flatMap(([stack, template]) =>
    alarmsOf(template).map(([id, alarm]) => ({ place: `${stack}/${id}`, alarm })),
  );

const namesOf = (template: Template | undefined): readonly string[] =>
  (template ? alarmsOf(template) : [])
    .map(([, { Properties }]) => textOf(Properties['AlarmName']))
    .toSorted();

const stacks = stacksOf();
const mailed = stacksOf({ environment: { ALARM_EMAIL: 'on-call@example.com' } });

describe('the alarms of a service', () => {
  it('are on what users feel, what waits, what is absent, and what is lost', () => {
    const queues = [
      'notices-failures-not-empty',
      'notices-undelivered-not-empty',
      'occupancy-failures-not-empty',
      'occupancy-undelivered-not-empty',
      'relay-failures-not-empty',
      'relay-undelivered-not-empty',
      'to-us-west-2-undelivered-not-empty',
    ];
    const others = [
      ...['api-errors', 'api-given-up', 'api-latency', 'api-throttles', 'events-lost'],
      ...['relay-dead', 'relay-late', 'relay-silent'],
    ];
    expect(namesOf(stacks['primary'])).toEqual(
      [...queues, ...others].map((name) => `antipode-booking-${name}`).toSorted(),
    );
    for (const half of ['data-primary', 'data-secondary']) {
      expect(namesOf(stacks[half])).toEqual(
        ['commits', 'conflicts', 'storage', 'timeouts'].map(
          (name) => `antipode-booking-${half}-${name}`,
        ),
      );
    }
  });

  it('read metrics that something writes, every one of them', () => {
    const sources = globSync('src/{domain,adapters,handlers}/**/*.ts', { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    );
    const isWritten = (name: string): boolean =>
      sources.some((text) => text.includes(`metrics.add('${name}'`));
    const listed = Object.entries(awsMetrics).flatMap(([namespace, names]) =>
      names.map((name) => `${namespace} ${name}`),
    );
    const read = every(stacks).flatMap(({ place, alarm }) =>
      metricsRead(alarm).map((metric) => ({ place, ...metric })),
    );
    expect(read.length).toBeGreaterThan(40);
    const unknown = read.filter(({ namespace, name, dimensions }) =>
      namespace === 'Antipode/antipode'
        ? !isWritten(name) || dimensions['service'] !== 'booking'
        : !listed.includes(`${namespace} ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(isWritten('RetryGivenUpp')).toBe(false);
  });

  it('tell what has happened and which command to run', () => {
    for (const { place, alarm } of every(stacks)) {
      const text = textOf(alarm.Properties['AlarmDescription']);
      expect([place, text]).toEqual([place, expect.stringMatching(/: antipode [a-z]+ /)]);
      expect(text.length).toBeLessThan(1_024);
    }
  });

  it('name the stack of the service to a command, also from the stack with the cluster', () => {
    const named = every(stacks).flatMap(({ alarm }) => [
      ...textOf(alarm.Properties['AlarmDescription']).matchAll(
        /--stack (\S+) --region (\S+?)[;. ]/g,
      ),
    ]);
    const all = new Set(named.map(([, stack, region]) => `${stack} ${region}`));
    expect(all).toEqual(
      new Set(['antipode-booking-primary us-east-1', 'antipode-booking-secondary us-west-2']),
    );
  });

  it('take a missing value for a failure where work must not stop, and nowhere else', () => {
    const breaching = every(stacks)
      .filter(({ alarm }) => alarm.Properties['TreatMissingData'] === 'breaching')
      .map(({ alarm }) => textOf(alarm.Properties['AlarmName']));
    expect(breaching).toEqual(['antipode-booking-relay-silent', 'antipode-booking-relay-silent']);
    for (const { alarm } of every(stacks)) {
      expect(['breaching', 'notBreaching']).toContain(alarm.Properties['TreatMissingData']);
    }
  });

  it('come when no run of the relay reports in two periods, whatever it publishes', () => {
    const name = 'antipode-booking-relay-silent';
    const alarm = find(stacks['primary'] as Template, 'AWS::CloudWatch::Alarm', 'AlarmName', name);
    expect(alarm.Properties).toMatchObject({
      ...{ MetricName: 'OutboxRelayed', Statistic: 'SampleCount', Period: 300 },
      ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: 2 },
    });
  });

  it('count an answer from 500 and a refused request among the failed ones', () => {
    const name = 'antipode-booking-api-errors';
    const alarm = find(stacks['primary'] as Template, 'AWS::CloudWatch::Alarm', 'AlarmName', name);
    const expression = listOf(alarm.Properties['Metrics'])
      .map((one) => at(one, 'Expression'))
      .find((one) => one !== undefined);
    expect(expression).toBe(
      // Each is filled: Lambda reports no invocation while it refuses all.
      '100*(FILL(errors,0)+FILL(failed,0)+FILL(throttles,0))/(FILL(invocations,0)+FILL(throttles,0))',
    );
    expect(metricsRead(alarm).map(({ name: metric }) => metric)).toEqual(
      expect.arrayContaining(['Errors', 'ApiFailed', 'Throttles', 'Invocations']),
    );
  });

  it('look at the cluster of their own Region', () => {
    for (const half of ['data-primary', 'data-secondary']) {
      for (const [, alarm] of alarmsOf(stacks[half] as Template)) {
        for (const { dimensions } of metricsRead(alarm)) {
          expect(dimensions).toEqual({ ClusterId: 'Cluster.Identifier' });
        }
      }
    }
  });

  it('have the threshold of the latency that was asked for', () => {
    const { primary } = stacksOf({ environment: { API_LATENCY_MS_MAX: '250' } });
    const name = 'antipode-booking-api-latency';
    const alarm = find(primary as Template, 'AWS::CloudWatch::Alarm', 'AlarmName', name);
    expect(alarm.Properties).toMatchObject({ Threshold: 250, ExtendedStatistic: 'p99' });
  });

  it('are those of the queues and the relay alone where others are not wanted', () => {
    const few = stacksOf({ environment: { ALARMS: 'off' } });
    expect(namesOf(few['data-primary'])).toEqual([]);
    expect(namesOf(few['primary'])).toHaveLength(10);
  });

  it('watch for events that an ordered consumer was given up for, where there is one', () => {
    const ordered = defineService({
      ...booking,
      consumers: { occupancy: { on: ['SeatsReserved', 'SeatsReleased'], ordered: true } },
    });
    const assembly = placeholderApp(ordered).synth();
    const template = assembly.getStackByName('antipode-booking-primary').template as Template;
    const name = 'antipode-booking-events-given-up';
    const alarm = find(template, 'AWS::CloudWatch::Alarm', 'AlarmName', name);
    expect(alarm.Properties).toMatchObject({ MetricName: 'OrderedEventGivenUp', Threshold: 0 });
    expect(namesOf(stacks['primary'])).not.toContain(name);
  });
});

describe('the topic of the alarms', () => {
  const template = mailed['data-primary'] as Template;

  it('hears of every alarm of its Region', () => {
    const found = every(mailed);
    expect(found.length).toBeGreaterThan(30);
    for (const { place, alarm } of found) {
      expect([place, listOf(alarm.Properties['AlarmActions']).map(textOf)]).toEqual([
        place,
        [
          expect.stringMatching(
            /^AlarmsTopic$|:sns:us-(?:east-1|west-2):.*:antipode-booking-alarms$/,
          ),
        ],
      ]);
    }
  });

  it('is not there, and no alarm tells anybody, where there is no address', () => {
    expect(JSON.stringify(stacks)).not.toContain('AlarmActions');
    expect(ofType(stacks['data-primary'] as Template, 'AWS::SNS::Topic')).toEqual([]);
  });

  it('is told beside the actions of the surroundings', () => {
    const both = stacksOf({
      environment: { ALARM_EMAIL: 'on-call@example.com' },
      // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
      surroundings: (of) => ({
        alarmActions: [new SnsAction(new Topic(of, 'Own')) as IAlarmAction],
      }),
    });
    for (const { place, alarm } of every(both)) {
      const actions = listOf(alarm.Properties['AlarmActions']).map(textOf);
      expect([place, actions.length, actions[0]]).toEqual([place, 2, 'Own']);
    }
  });

  it('tells one address', () => {
    const { Properties } = theOnly(template, 'AWS::SNS::Subscription');
    expect(Properties).toMatchObject({ Protocol: 'email', Endpoint: 'on-call@example.com' });
  });

  it('takes messages of alarms and budgets of this account, over TLS', () => {
    const { Properties } = theOnly(template, 'AWS::SNS::TopicPolicy');
    const statements = listOf(at(Properties, 'PolicyDocument', 'Statement'));
    const [denied, ...allowed] = statements;
    expect(denied).toMatchObject({
      ...{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish' },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(allowed.map((one) => at(one, 'Principal', 'Service'))).toEqual([
      'cloudwatch.amazonaws.com',
      'budgets.amazonaws.com',
    ]);
    for (const statement of allowed) {
      expect(statement).toMatchObject({
        ...{ Effect: 'Allow', Action: 'sns:Publish' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
    }
  });
});

describe('the logs of a service', () => {
  it('are kept as long as was asked for', () => {
    const { primary } = stacksOf({ environment: { LOG_RETENTION_DAYS: '90' } });
    const logs = ofType(primary as Template, 'AWS::Logs::LogGroup');
    expect(logs).toHaveLength(6);
    for (const [id, { Properties }] of logs) {
      expect([id, Properties['RetentionInDays']]).toEqual([id, 90]);
    }
  });
});

describe('an alarm on silence', () => {
  const silent = (longest: Duration) => {
    const stack = stackOf();
    const report = functionMaker(bundle)(stack, 'report');
    const meaning = 'The report is not made';
    new SilenceAlarm(stack, 'Silent', { function: report.function, longest, meaning });
    return stack;
  };

  it('comes when nobody invokes a function for so long', () => {
    const alarms = alarmsOf(templateOf(silent(Duration.hours(49))));
    const [[, alarm] = []] = alarms.filter(([id]) => id.startsWith('Silent'));
    expect(alarm?.Properties).toMatchObject({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Invocations', Period: 49 * 3_600 },
      ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' },
    });
  });

  it.each([Duration.seconds(60), Duration.days(8)])('is refused for a time of %s', (longest) => {
    expect(() => silent(longest)).toThrow(/^longest in seconds of us-east-1\/Silent is \d+, use/);
  });
});

describe('the alarm of a bus', () => {
  it('reads the metric of a rule by its name, without that of the bus', () => {
    const stack = stackOf();
    const eventBus = busOf(stack);
    const rule = new Rule(stack, 'Rule', { eventBus, eventPattern: { source: ['shop'] } });
    new BusAlarm(stack, 'Bus', { eventBus, rules: [rule] });
    const [[, alarm] = []] = alarmsOf(templateOf(stack));
    expect(JSON.stringify(alarm?.Properties['Metrics'])).toContain(
      '{"Name":"RuleName","Value":{"Fn::Select":[1,{"Fn::Split":["|",{"Ref":"Rule4C995B7F"}]}]}}',
    );
  });

  it('reads at most ten metrics, and is two where there are more rules', () => {
    const stack = stackOf();
    const rules = Array.from({ length: 12 }, (_, index) => ({ ruleName: `rule-${index}` }));
    new BusAlarm(stack, 'Bus', {
      ...{ namePrefix: 'shop', eventBus: busOf(stack), archiveName: 'shop' },
      rules: rules as never,
    });
    const alarms = alarmsOf(templateOf(stack));
    expect(alarms.map(([, alarm]) => listOf(alarm.Properties['Metrics']).length)).toEqual([10, 5]);
    const watched = alarms.flatMap(([, alarm]) => metricsRead(alarm));
    expect(watched).toHaveLength(13);
    expect(watched.at(-1)).toMatchObject({
      ...{ namespace: 'AWS/Events', name: 'FailedInvocations' },
      dimensions: { RuleName: 'Events-Archive-shop' },
    });
  });
});
