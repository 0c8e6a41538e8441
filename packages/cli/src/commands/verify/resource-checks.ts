import type { AlarmView, RegionView } from '../regions/region-view.ts';
import { counted } from '../service/tables.ts';
import { type Check, CheckFailed } from './check.ts';
import {
  aws,
  deployAgain,
  deployAll,
  enableRule,
  enableSchedule,
  queueName,
  readQueue,
} from './remedies.ts';

const nameOfRule = (id: string): string => id.slice(id.indexOf('|') + 1);

const checkRule = async (view: RegionView, id: string): Promise<string> => {
  const { isEnabled, targets } = await view.rule(id);
  if (!isEnabled) throw new CheckFailed(`${id} is disabled`, enableRule(view, id));
  if (targets === 0) throw new CheckFailed(`${id} has no target`, deployAgain(view));
  return counted(targets, 'target');
};

const checkSchedule = async (view: RegionView, name: string): Promise<string> => {
  if ((await view.schedule(name)).isEnabled) return 'enabled';
  throw new CheckFailed(`${name} is disabled`, enableSchedule(view, name));
};

const checkQueue = async (view: RegionView, url: string): Promise<string> => {
  const { messages, isOfWork } = await view.queue(url);
  if (messages === 0) return 'empty';
  if (isOfWork) return `${counted(messages, 'message')} to be handled`;
  throw new CheckFailed(
    `${queueName(url)} has ${counted(messages, 'message')}`,
    readQueue(view, url),
  );
};

const tellSomebody = (view: RegionView): string => deployAll(view, 'ALARM_EMAIL=you@example.com');

/**
 * Whether nobody is told by choice: a laptop has no mailbox, so a local stack without any action is
 * as it was meant.
 */
const isQuiet = ({ endpoint }: RegionView, found: readonly AlarmView[]): boolean =>
  endpoint !== undefined && found.every(({ actions }) => actions.length === 0);

/** Whether the rule of a composite alarm asks for an alarm, by its name or its ARN. */
const isPartOf = (rule: string, name: string): boolean =>
  rule.includes(`("${name}")`) || rule.includes(`(${name})`) || rule.includes(`:alarm:${name}"`);

const judgeAlarm = (view: RegionView, name: string, found: readonly AlarmView[]): string => {
  const alarm = found.find((one) => one.name === name);
  if (!alarm) throw new CheckFailed('it is not there', deployAgain(view));
  // A part of a composite alarm is no problem by itself, and tells somebody by that one.
  const whole = found.find(({ rule }) => rule !== undefined && isPartOf(rule, name));
  if (whole) return `a part of ${whole.name}`;
  if (alarm.state === 'ALARM') {
    throw new CheckFailed(`in ALARM: ${alarm.reason}`, aws(view, describeAlarm(name)));
  }
  if (alarm.actions.length === 0 && !isQuiet(view, found)) {
    throw new CheckFailed('it has no action and reaches nobody', tellSomebody(view));
  }
  return alarm.state === 'OK' ? 'OK' : 'no data yet';
};

/**
 * Its description names the commands that find the cause and mend it. CloudWatch leaves composite
 * alarms out unless their type is asked for (API reference, DescribeAlarms).
 */
const describeAlarm = (name: string): string =>
  `cloudwatch describe-alarms --alarm-names ${name} --alarm-types MetricAlarm CompositeAlarm --query '[MetricAlarms,CompositeAlarms][].AlarmDescription'`;

/** The alarms of a Region; each that is there is judged by itself. */
const alarmChecks = (view: RegionView): readonly Check[] => {
  const names = [
    ...view.ids('AWS::CloudWatch::Alarm'),
    ...view.ids('AWS::CloudWatch::CompositeAlarm'),
  ];
  if (names.length === 0) return [];
  const found = view.alarms(names);
  // Each check waits for the answer by itself.
  found.catch(() => undefined);
  const { region } = view;
  return names.map((name) => ({
    region,
    name: `alarm ${name}`,
    run: async () => judgeAlarm(view, name, await found),
  }));
};

/** Rules, schedules, queues and alarms of one Region are as the templates made them. */
export const resourceChecks = (view: RegionView): readonly Check[] => {
  const { region, ids } = view;
  return [
    ...ids('AWS::Events::Rule').map((id) => ({
      region,
      name: `rule ${nameOfRule(id)}`,
      run: () => checkRule(view, id),
    })),
    ...ids('AWS::Scheduler::Schedule').map((name) => ({
      region,
      name: `schedule ${name}`,
      run: () => checkSchedule(view, name),
    })),
    ...ids('AWS::SQS::Queue').map((url) => ({
      region,
      name: `queue ${queueName(url)}`,
      run: () => checkQueue(view, url),
    })),
    ...alarmChecks(view),
  ];
};
