import type { Json, JsonObject } from '../../../../packages/cli/src/local/template/json.ts';
import { document, type Form, first, form, type Values } from './form.ts';

const targetOf = (values: Values): JsonObject | Readonly<Record<string, unknown>> => ({
  Arn: values['arn'],
  DeadLetterConfig: { Arn: first(values['dead_letter_config'])['arn'] },
  RoleArn: values['role_arn'],
  RetryPolicy:
    values['retry_policy'] === undefined || (values['retry_policy'] as readonly Json[]).length === 0
      ? null
      : {
          MaximumEventAgeInSeconds: first(values['retry_policy'])['maximum_event_age_in_seconds'],
          MaximumRetryAttempts: first(values['retry_policy'])['maximum_retry_attempts'],
        },
});

/** The forms of events. */
export const eventForms: Readonly<Record<string, Form>> = {
  aws_cloudwatch_event_bus: form(
    'AWS::Events::EventBus',
    ({ name }) => name,
    (values) => ({
      Name: values['name'],
      LogConfig: {
        IncludeDetail: first(values['log_config'])['include_detail'],
        Level: first(values['log_config'])['level'],
      },
      Tags: values['tags'],
    }),
    ['name', 'log_config', 'tags'],
  ),
  aws_cloudwatch_event_bus_policy: form(
    'AWS::Events::EventBusPolicy',
    ({ event_bus_name }) => event_bus_name,
    (values) => {
      const { Statement } = document(values['policy']) as { readonly Statement: readonly Json[] };
      const [statement] = Statement as readonly JsonObject[];
      return {
        EventBusName: values['event_bus_name'],
        ...{ Statement: statement, StatementId: statement?.['Sid'] },
      };
    },
    ['event_bus_name', 'policy'],
  ),
  aws_cloudwatch_event_archive: form(
    'AWS::Events::Archive',
    ({ name }) => name,
    (values) => ({
      ...{ ArchiveName: values['name'], Description: values['description'] },
      ...{ SourceArn: values['event_source_arn'], RetentionDays: values['retention_days'] },
      EventPattern: document(values['event_pattern']),
    }),
    ['name', 'description', 'event_source_arn', 'event_pattern', 'retention_days'],
  ),
  aws_cloudwatch_event_rule: form(
    'AWS::Events::Rule',
    ({ name }) => name,
    (values) => ({
      ...{ Name: values['name'], EventBusName: values['event_bus_name'], State: values['state'] },
      ...{ EventPattern: document(values['event_pattern']), Tags: values['tags'] },
    }),
    ['name', 'event_bus_name', 'event_pattern', 'state', 'tags'],
  ),
  aws_cloudwatch_event_target: form(
    'AWS::Events::Rule',
    ({ rule }) => rule,
    (values) => ({ Targets: [{ Id: values['target_id'], ...targetOf(values) }] }),
    [
      ...['rule', 'event_bus_name', 'target_id', 'arn', 'role_arn', 'dead_letter_config'],
      'retry_policy',
    ],
  ),
  aws_scheduler_schedule: form(
    'AWS::Scheduler::Schedule',
    ({ name }) => name,
    (values) => ({
      ...{ Name: values['name'], ScheduleExpression: values['schedule_expression'] },
      FlexibleTimeWindow: { Mode: first(values['flexible_time_window'])['mode'] },
      Target: { ...targetOf(first(values['target'])), Input: first(values['target'])['input'] },
    }),
    ['name', 'schedule_expression', 'flexible_time_window', 'target'],
  ),
  aws_cloudwatch_log_delivery_source: form(
    'AWS::Logs::DeliverySource',
    ({ name }) => name,
    (values) => ({
      ...{ Name: values['name'], LogType: values['log_type'] },
      ...{ ResourceArn: values['resource_arn'], Tags: values['tags'] },
    }),
    ['name', 'log_type', 'resource_arn', 'tags'],
  ),
  aws_cloudwatch_log_delivery_destination: form(
    'AWS::Logs::DeliveryDestination',
    ({ name }) => name,
    (values) => {
      const block = first(values['delivery_destination_configuration']);
      const DestinationResourceArn = `${block['destination_resource_arn']}:*`;
      return { Name: values['name'], DestinationResourceArn, Tags: values['tags'] };
    },
    ['name', 'delivery_destination_configuration', 'tags'],
  ),
  aws_cloudwatch_log_delivery: form(
    'AWS::Logs::Delivery',
    ({ delivery_source_name }) => delivery_source_name,
    (values) => ({
      DeliverySourceName: values['delivery_source_name'],
      DeliveryDestinationArn: values['delivery_destination_arn'],
      Tags: values['tags'],
    }),
    ['delivery_source_name', 'delivery_destination_arn', 'tags'],
  ),
};
