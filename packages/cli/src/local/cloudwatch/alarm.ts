import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  stringOf,
  stringsOf,
} from '../template/json.ts';
import type { Resource } from '../template/model.ts';

/** An alarm as its template has made it. */
export type LocalAlarm = {
  readonly name: string;
  readonly arn: string;
  readonly kind: 'metric' | 'composite';
  readonly actions: readonly string[];
  readonly properties: JsonObject;
};

/** The state of an alarm, and why. */
export type AlarmState = {
  readonly value: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
};

/** Reads the resolved properties of an alarm. */
export const readAlarm = ({ ref, type, attributes, properties }: Resource): LocalAlarm => ({
  name: ref,
  arn: stringOf(attributes['Arn']) ?? '',
  kind: type === 'AWS::CloudWatch::CompositeAlarm' ? 'composite' : 'metric',
  actions: stringsOf(properties['AlarmActions']),
  properties,
});

/** Whether a value breaches a threshold, by the operator that CloudWatch names. */
export const breaches: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const dimension = (properties: JsonObject, name: string): string | undefined => {
  const found = listOf(properties['Dimensions'])
    .map((one: Json) => objectOf(one))
    .find((one) => one['Name'] === name);
  return stringOf(found?.['Value']);
};

const noData: AlarmState = {
  value: 'INSUFFICIENT_DATA',
  reason: 'The local stack does not keep the metrics of this alarm.',
};

/**
 * The state of an alarm now.
 *
 * @param depthOf the visible messages of a queue, by its name
 */
export const alarmState = (
  { properties }: LocalAlarm,
  depthOf: (queueName: string) => number | undefined,
): AlarmState => {
  const isDepth =
    properties['Namespace'] === 'AWS/SQS' &&
    properties['MetricName'] === 'ApproximateNumberOfMessagesVisible';
  const queue = isDepth ? dimension(properties, 'QueueName') : undefined;
  const depth = queue === undefined ? undefined : depthOf(queue);
  const threshold = numberOf(properties['Threshold']);
  const breach = breaches[stringOf(properties['ComparisonOperator']) ?? ''];
  if (depth === undefined || threshold === undefined || !breach) return noData;
  const reason = `Threshold Crossed: 1 datapoint [${depth}] was compared with the threshold (${threshold}).`;
  return { value: breach(depth, threshold) ? 'ALARM' : 'OK', reason };
};
