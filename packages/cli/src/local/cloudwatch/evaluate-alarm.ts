import { type JsonObject, listOf, numberOf, objectOf, stringOf } from '../template/json.ts';
import { type AlarmState, breaches } from './alarm.ts';
import { type Datapoint, readExpression } from './metric-math.ts';
import type { Metric, MetricStore } from './metric-store.ts';

export type EvaluationDeps = {
  readonly metrics: Pick<MetricStore, 'values'>;
  readonly now: () => number;
  /** How long a minute of an alarm lasts here. Milliseconds. */
  readonly minuteMs: number;
};

const secondsInMinute = 60;

const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);

const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: sumOf,
  SampleCount: (values) => values.length,
  Average: (values) => sumOf(values) / values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

/** @throws {Error} for a statistic that does not run here. */
const statisticOf = (name: string): ((values: readonly number[]) => number) => {
  const percent = /^p(\d{1,2}(?:\.\d+)?)$/.exec(name)?.[1];
  if (percent !== undefined) return (values) => percentile(values, Number(percent));
  const found = statistics[name];
  if (found) return found;
  throw new Error(`the statistic ${name} does not run here; use Sum, Average or p90`);
};

const metricOf = (properties: JsonObject): Metric => ({
  namespace: stringOf(properties['Namespace']) ?? '',
  name: stringOf(properties['MetricName']) ?? '',
  dimensions: Object.fromEntries(
    listOf(properties['Dimensions'])
      .map(objectOf)
      .map(({ Name, Value }) => [stringOf(Name) ?? '', stringOf(Value) ?? '']),
  ),
});

type Window = { readonly from: number; readonly to: number };

/** The value of an alarm's metric or expression in a window. */
const readAlarmMetric = (
  properties: JsonObject,
  { metrics }: EvaluationDeps,
): ((window: Window) => Datapoint) => {
  const single = (metric: Metric, statistic: string) => {
    const reduce = statisticOf(statistic);
    return ({ from, to }: Window): Datapoint => {
      const values = metrics.values(metric, from, to);
      return values.length === 0 ? undefined : reduce(values);
    };
  };
  const queries = listOf(properties['Metrics']).map(objectOf);
  if (queries.length === 0) {
    const { Statistic, ExtendedStatistic } = properties;
    return single(metricOf(properties), stringOf(Statistic) ?? stringOf(ExtendedStatistic) ?? '');
  }
  const byId = new Map(
    queries
      .filter(({ MetricStat }) => MetricStat !== undefined)
      .map(({ Id, MetricStat }) => {
        const { Metric: metric, Stat } = objectOf(MetricStat);
        return [stringOf(Id), single(metricOf(objectOf(metric)), stringOf(Stat) ?? '')];
      }),
  );
  const returned = queries.find(({ ReturnData }) => ReturnData !== false);
  const expression = stringOf(returned?.['Expression']);
  const evaluate =
    expression === undefined
      ? (datapointOf: (id: string) => Datapoint) => datapointOf(stringOf(returned?.['Id']) ?? '')
      : readExpression(expression);
  return (window) => evaluate((id) => byId.get(id)?.(window));
};

/** The length of an alarm's period in its own property, or in those of its metrics. Seconds. */
const periodOf = (properties: JsonObject): number => {
  const ofMetrics = listOf(properties['Metrics']).map((one) =>
    numberOf(objectOf(objectOf(one)['MetricStat'])['Period']),
  );
  const period = numberOf(properties['Period']) ?? ofMetrics.find((one) => one !== undefined);
  return period ?? secondsInMinute;
};

/**
 * The state of an alarm by the values of its metrics: the last periods, of which the one that has
 * not ended is one. A period without data breaches only where the alarm says so.
 *
 * @throws {Error} for an expression or a statistic that does not run here.
 */
export const evaluateAlarm = (properties: JsonObject, deps: EvaluationDeps): AlarmState => {
  const { now, minuteMs } = deps;
  const valueIn = readAlarmMetric(properties, deps);
  const periodMs = (periodOf(properties) / secondsInMinute) * minuteMs;
  const end = (Math.floor(now() / periodMs) + 1) * periodMs;
  const periods = numberOf(properties['EvaluationPeriods']) ?? 1;
  const needed = numberOf(properties['DatapointsToAlarm']) ?? periods;
  const threshold = numberOf(properties['Threshold']) ?? 0;
  const breach = breaches[stringOf(properties['ComparisonOperator']) ?? ''] ?? (() => false);
  const missing = stringOf(properties['TreatMissingData']) === 'breaching';
  const points = Array.from({ length: periods }, (_, back) =>
    valueIn({ from: end - (back + 1) * periodMs, to: end - back * periodMs }),
  );
  const breaching = points.filter((one) => (one === undefined ? missing : breach(one, threshold)));
  const shown = breaching.map((one) => one ?? 'missing').join(', ');
  const reason = `${breaching.length} of ${periods} datapoints [${shown}] breach the threshold (${threshold}); ${needed} are needed.`;
  if (breaching.length >= needed) return { value: 'ALARM', reason };
  return { value: points.every((one) => one === undefined) ? 'INSUFFICIENT_DATA' : 'OK', reason };
};
