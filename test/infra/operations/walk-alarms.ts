import { at, listOf, ofType, type Resource, type Template, textOf } from '../support/template.ts';

/** A metric as an alarm reads it. */
export type Read = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** The alarms of a template, by logical id. */
export const alarmsOf = (template: Template): readonly (readonly [string, Resource])[] => [
  ...ofType(template, 'AWS::CloudWatch::Alarm'),
];

const dimensionsOf = (dimensions: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    listOf(dimensions).map((one) => [textOf(at(one, 'Name')), textOf(at(one, 'Value'))]),
  );

/** Every metric that an alarm reads, by itself or in an expression. */
export const metricsRead = ({ Properties }: Resource): readonly Read[] =>
  [Properties, ...listOf(Properties['Metrics']).map((one) => at(one, 'MetricStat', 'Metric'))]
    .filter((one) => at(one, 'MetricName') !== undefined)
    .map((one) => ({
      namespace: textOf(at(one, 'Namespace')),
      name: textOf(at(one, 'MetricName')),
      dimensions: dimensionsOf(at(one, 'Dimensions')),
    }));
