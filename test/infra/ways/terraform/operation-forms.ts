import type { Json } from '../../../../packages/cli/src/local/template/json.ts';
import { document, type Form, first, form, nameOfArn, type Values } from './form.ts';

const dimensionsOf = (dimensions: Json | undefined): Json =>
  dimensions === null || dimensions === undefined
    ? null
    : Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value: Value as Json }));

const queryOf = (query: Values): Readonly<Record<string, unknown>> => {
  const metric = first(query['metric']);
  return {
    ...{ Id: query['id'], Expression: query['expression'], Label: query['label'] },
    ReturnData: query['return_data'],
    MetricStat:
      query['metric'] === undefined || (query['metric'] as readonly Json[]).length === 0
        ? null
        : {
            Metric: {
              Dimensions: dimensionsOf(metric['dimensions']),
              ...{ MetricName: metric['metric_name'], Namespace: metric['namespace'] },
            },
            ...{ Period: metric['period'], Stat: metric['stat'] },
          },
  };
};

const alarm = form(
  'AWS::CloudWatch::Alarm',
  ({ alarm_name }) => alarm_name,
  (values) => ({
    ...{ AlarmName: values['alarm_name'], AlarmDescription: values['alarm_description'] },
    ...{ AlarmActions: values['alarm_actions'], Threshold: values['threshold'] },
    ComparisonOperator: values['comparison_operator'],
    EvaluationPeriods: values['evaluation_periods'],
    DatapointsToAlarm: values['datapoints_to_alarm'],
    TreatMissingData: values['treat_missing_data'],
    ...{ MetricName: values['metric_name'], Namespace: values['namespace'] },
    ...{ Period: values['period'], Statistic: values['statistic'] },
    ExtendedStatistic: values['extended_statistic'],
    Dimensions: dimensionsOf(values['dimensions']),
    Metrics:
      (values['metric_query'] as readonly Values[] | undefined)?.length === 0
        ? null
        : (values['metric_query'] as readonly Values[] | undefined)?.map(queryOf),
    Tags: values['tags'],
  }),
  [
    ...['alarm_name', 'alarm_description', 'alarm_actions', 'comparison_operator', 'threshold'],
    ...['evaluation_periods', 'datapoints_to_alarm', 'treat_missing_data', 'metric_name', 'tags'],
    ...['namespace', 'period', 'statistic', 'extended_statistic', 'dimensions', 'metric_query'],
  ],
);

/** The forms of roles, of the parts that watch, and of the clusters. */
export const operationForms: Readonly<Record<string, Form>> = {
  aws_iam_role: form(
    'AWS::IAM::Role',
    ({ name, made_name }) => name ?? made_name,
    (values) => ({
      ...{ RoleName: values['name'], Description: values['description'] },
      AssumeRolePolicyDocument: document(values['assume_role_policy']),
      Tags: values['tags'],
    }),
    ['name', 'name_prefix', 'description', 'assume_role_policy', 'tags', 'made_name'],
  ),
  aws_iam_role_policy: form(
    'AWS::IAM::Policy',
    ({ role, name }) => `${role} ${name}`,
    (values) => ({
      ...{ PolicyDocument: document(values['policy']), Roles: [values['role']] },
    }),
    ['role', 'name', 'policy'],
  ),
  aws_cloudwatch_metric_alarm: alarm,
  aws_cloudwatch_dashboard: form(
    'AWS::CloudWatch::Dashboard',
    ({ dashboard_name }) => dashboard_name,
    (values) => ({
      ...{ DashboardName: values['dashboard_name'], DashboardBody: values['dashboard_body'] },
    }),
    ['dashboard_name', 'dashboard_body'],
  ),
  aws_sns_topic: form(
    'AWS::SNS::Topic',
    ({ name }) => name,
    (values) => ({ TopicName: values['name'], Tags: values['tags'] }),
    ['name', 'tags'],
  ),
  aws_sns_topic_policy: form(
    'AWS::SNS::TopicPolicy',
    ({ arn }) => nameOfArn(arn),
    (values) => ({ PolicyDocument: document(values['policy']), Topics: [values['arn']] }),
    ['arn', 'policy'],
  ),
  aws_sns_topic_subscription: form(
    'AWS::SNS::Subscription',
    ({ topic_arn }) => nameOfArn(topic_arn),
    (values) => ({
      ...{ TopicArn: values['topic_arn'], Protocol: values['protocol'] },
      Endpoint: values['endpoint'],
    }),
    ['topic_arn', 'protocol', 'endpoint'],
  ),
  aws_dsql_cluster: form(
    'AWS::DSQL::Cluster',
    () => '',
    (values) => ({
      DeletionProtectionEnabled: values['deletion_protection_enabled'],
      MultiRegionProperties: {
        WitnessRegion: first(values['multi_region_properties'])['witness_region'],
      },
      Tags: values['tags'],
    }),
    ['deletion_protection_enabled', 'multi_region_properties', 'tags'],
  ),
  aws_dsql_cluster_peering: form(
    'AWS::DSQL::Cluster',
    () => '',
    (values) => ({
      MultiRegionProperties: {
        Clusters: values['clusters'],
        WitnessRegion: values['witness_region'],
      },
    }),
    ['identifier', 'clusters', 'witness_region'],
  ),
  terraform_data: () => [],
};
