import { parseArn } from '../../arn.ts';
import { compilePattern } from '../../eventbridge/pattern/pattern.ts';
import { parseScheduleExpression } from '../../scheduler/expression.ts';
import { type Json, type JsonObject, listOf, objectOf, stringOf } from '../json.ts';
import { isFifoArn } from './queue-checks.ts';
import { type CheckedApp, isBusThere, isJson, type ResourceCheck } from './resource-check.ts';

const patternProblems = (
  pattern: Json | undefined,
  { isPending }: CheckedApp,
): readonly string[] => {
  if (pattern === undefined || isPending(pattern)) return [];
  try {
    compilePattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern));
    return [];
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    return [`EventPattern: ${reason}`];
  }
};

/**
 * A rule knows `rate(…)` and `cron(…)`, which are all that run here; a schedule knows `at(…)` as
 * well.
 */
const scheduleProblems = (
  expression: Json | undefined,
  { isPending }: CheckedApp,
): readonly string[] => {
  if (typeof expression !== 'string' || isPending(expression)) return [];
  try {
    parseScheduleExpression(expression);
    return [];
  } catch (error) {
    return [`ScheduleExpression: ${(error as Error).message}`];
  }
};

/**
 * Ids that more than one target has: the later one would take the place of the earlier one
 * (PutTargets, API reference).
 */
const repeatedIds = (targets: readonly JsonObject[]): readonly string[] => {
  const ids = targets.flatMap(({ Id }) => (Id === undefined ? [] : String(Id)));
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
};

/** The properties that give a target another input than the event. */
const inputs = ['Input', 'InputPath', 'InputTransformer'];

/** A queue that gives its messages no group, or keeps them from being dead letters. */
const fifoProblems = (target: JsonObject, path: string): readonly string[] => {
  const deadLetters = stringOf(objectOf(target['DeadLetterConfig'])['Arn']) ?? '';
  return [
    ...(isFifoArn(stringOf(target['Arn']) ?? '') && target['SqsParameters'] === undefined
      ? [`${path} is a FIFO queue and needs SqsParameters with a MessageGroupId`]
      : []),
    ...(isFifoArn(deadLetters)
      ? [`${path}.DeadLetterConfig: ${deadLetters} is a FIFO queue; use a standard queue`]
      : []),
  ];
};

const targetProblems = (target: JsonObject, path: string, context: CheckedApp) => {
  const { Input: input } = target;
  const given = inputs.filter((name) => target[name] !== undefined);
  return [
    ...(typeof input !== 'string' || context.isPending(input) || isJson(input)
      ? []
      : [`${path}.Input is no JSON; a text needs quotes of its own, such as "\\"text\\""`]),
    ...fifoProblems(target, path),
    ...(given.length > 1 ? [`${path} has ${given.join(' and ')}; only one may be given`] : []),
  ];
};

export const checkRule: ResourceCheck = (rule, context) => {
  const { EventBusName, EventPattern, ScheduleExpression, Targets } = rule.properties;
  const bus = stringOf(EventBusName) ?? 'default';
  const targets = listOf(Targets).map(objectOf);
  return [
    ...(isBusThere(context, rule, bus)
      ? []
      : [`EventBusName: there is no bus ${bus} in this Region of the app`]),
    ...(EventPattern === undefined && ScheduleExpression === undefined
      ? ['it needs an EventPattern or a ScheduleExpression']
      : []),
    ...patternProblems(EventPattern, context),
    ...scheduleProblems(ScheduleExpression, context),
    ...repeatedIds(targets).map((id) => `Targets: more than one has the Id ${id}`),
    ...targets.flatMap((target, index) => targetProblems(target, `Targets[${index}]`, context)),
  ];
};

export const checkArchive: ResourceCheck = (archive, context) => {
  const { SourceArn, EventPattern } = archive.properties;
  const source = stringOf(SourceArn);
  return [
    ...(source === undefined || (isBusThere(context, archive, source) && source.startsWith('arn:'))
      ? []
      : [`SourceArn: there is no bus ${source} in this Region of the app`]),
    ...patternProblems(EventPattern, context),
  ];
};

export const checkBus: ResourceCheck = ({ properties }) =>
  properties['Name'] === 'default'
    ? ['Name is default, the name of the bus that every account has']
    : [];

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html */
const windowProblems = (value: Json | undefined): readonly string[] => {
  const { Mode, MaximumWindowInMinutes } = objectOf(value);
  return Mode === 'FLEXIBLE' && MaximumWindowInMinutes === undefined
    ? ['FlexibleTimeWindow is FLEXIBLE and needs MaximumWindowInMinutes, 1 to 1440']
    : [];
};

export const checkSchedule: ResourceCheck = ({ properties }, { isPending }) => {
  const { Arn, Input } = objectOf(properties['Target']);
  // A queue takes any text.
  const needsJson = parseArn(stringOf(Arn) ?? '')?.service !== 'sqs';
  const isWrong = needsJson && typeof Input === 'string' && !isPending(Input) && !isJson(Input);
  return [
    ...fifoProblems(objectOf(properties['Target']), 'Target'),
    ...windowProblems(properties['FlexibleTimeWindow']),
    ...(isWrong ? ['Target.Input is no JSON; a function takes no other'] : []),
  ];
};
