import { isList, type Json, type JsonObject, objectOf } from '../../cloudformation/json.ts';
import { type Kind, keyIn, type Others, only, tagsOf } from './resource-kinds.ts';

const dimensionsOf = (dimensions: Json | undefined): JsonObject =>
  Object.fromEntries(
    (isList(dimensions) ? dimensions : []).map((dimension) => {
      const { Name, Value } = objectOf(dimension);
      return [String(Name), Value ?? null];
    }),
  );

/** A list, or a choice between lists, with a function applied to each item. */
const each = (value: Json, change: (item: Json) => Json): Json => {
  if (isList(value)) return value.map(change);
  const choice = objectOf(value)['Fn::If'];
  if (!isList(choice)) return value;
  const [condition = null, on = null, off = null] = choice;
  return { 'Fn::If': [condition, each(on, change), each(off, change)] };
};

const queryOf = (query: Json): JsonObject => {
  const found = only('A query of an alarm', objectOf(query), [
    ...(['Id', 'Expression', 'ReturnData', 'MetricStat', 'Label'] as const),
  ]);
  const stat = objectOf(found.MetricStat);
  const metric = objectOf(stat['Metric']);
  return {
    ...{ id: found.Id, expression: found.Expression, return_data: found.ReturnData },
    label: found.Label,
    metric:
      found.MetricStat === null
        ? null
        : {
            ...{ metric_name: metric['MetricName'] ?? null, stat: stat['Stat'] ?? null },
            ...{ namespace: metric['Namespace'] ?? null, period: stat['Period'] ?? null },
            dimensions: dimensionsOf(metric['Dimensions']),
          },
  };
};

const alarm: Kind = {
  collection: 'alarms',
  nameProperty: 'AlarmName',
  entry: (properties) => {
    const found = only('An alarm', properties, [
      ...(['AlarmName', 'AlarmDescription', 'AlarmActions', 'ComparisonOperator'] as const),
      ...(['DatapointsToAlarm', 'Dimensions', 'EvaluationPeriods', 'Metrics', 'Period'] as const),
      ...(['MetricName', 'Namespace', 'Statistic', 'ExtendedStatistic', 'Threshold'] as const),
      ...(['TreatMissingData'] as const),
    ]);
    return {
      ...{ name: found.AlarmName, description: found.AlarmDescription },
      ...{ actions: found.AlarmActions, comparison_operator: found.ComparisonOperator },
      ...{ threshold: found.Threshold, evaluation_periods: found.EvaluationPeriods },
      datapoints_to_alarm: found.DatapointsToAlarm,
      treat_missing_data: found.TreatMissingData,
      ...{ metric_name: found.MetricName, namespace: found.Namespace, period: found.Period },
      ...{ statistic: found.Statistic, extended_statistic: found.ExtendedStatistic },
      dimensions: found.Dimensions === null ? null : dimensionsOf(found.Dimensions),
      queries: found.Metrics === null ? [] : each(found.Metrics, queryOf),
      tags: tagsOf(properties),
    };
  },
};

const dashboard: Kind = {
  collection: 'dashboards',
  nameProperty: 'DashboardName',
  entry: (properties) => {
    const found = only('A dashboard', properties, ['DashboardName', 'DashboardBody'] as const);
    return { name: found.DashboardName, body: found.DashboardBody };
  },
};

const topic: Kind = {
  collection: 'topics',
  nameProperty: 'TopicName',
  entry: (properties) => {
    const found = only('A topic', properties, ['TopicName'] as const);
    return { name: found.TopicName, tags: tagsOf(properties) };
  },
};

const topicPolicy: Kind = {
  collection: 'topic_policies',
  belongsTo: 'Topics',
  entry: (properties, others: Others) => {
    const found = only('A topic policy', properties, ['PolicyDocument', 'Topics'] as const);
    const [first] = isList(found.Topics) ? found.Topics : [];
    return { topic: keyIn(others, first), policy: found.PolicyDocument };
  },
};

const subscription: Kind = {
  collection: 'subscriptions',
  belongsTo: 'TopicArn',
  entry: (properties, others) => {
    const names = ['Protocol', 'TopicArn', 'Endpoint'] as const;
    const found = only('A subscription', properties, names);
    return {
      ...{ topic: keyIn(others, found.TopicArn), protocol: found.Protocol },
      endpoint: found.Endpoint,
    };
  },
};

const cluster: Kind = {
  collection: 'clusters',
  entry: (properties) => {
    const names = ['DeletionProtectionEnabled', 'MultiRegionProperties'] as const;
    const found = only('A cluster', properties, names);
    const { WitnessRegion } = objectOf(found.MultiRegionProperties);
    return { witness_region: WitnessRegion ?? null, tags: tagsOf(properties) };
  },
};

/** The kinds that watch a Region, and its half of the database. */
export const operationKinds: Readonly<Record<string, Kind>> = {
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::Dashboard': dashboard,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SNS::Subscription': subscription,
  'AWS::DSQL::Cluster': cluster,
};
