import { isList, type Json, type JsonObject, objectOf } from '../../cloudformation/json.ts';
import { type Kind, keyIn, type Others, only, tagsOf } from './resource-kinds.ts';

const bus: Kind = {
  collection: 'buses',
  nameProperty: 'Name',
  entry: (properties) => {
    const found = only('A bus', properties, ['Name', 'LogConfig'] as const);
    return { name: found.Name, log_config: found.LogConfig, tags: tagsOf(properties) };
  },
};

const archive: Kind = {
  collection: 'archives',
  nameProperty: 'ArchiveName',
  entry: (properties, others) => {
    const found = only('An archive', properties, [
      ...(['ArchiveName', 'Description', 'EventPattern', 'RetentionDays'] as const),
      ...(['SourceArn', 'KmsKeyIdentifier'] as const),
    ]);
    return {
      ...{ name: found.ArchiveName, description: found.Description },
      ...{ event_pattern: found.EventPattern, retention_days: found.RetentionDays },
      bus: keyIn(others, found.SourceArn),
    };
  },
};

/** Roles of the module have names that AWS makes: the policy of a bus gets them from there. */
const busPolicy: Kind = {
  collection: 'bus_policies',
  belongsTo: 'EventBusName',
  entry: (properties, others) => {
    const names = ['EventBusName', 'Statement', 'StatementId'] as const;
    const found = only('A bus policy', properties, names);
    const statement = objectOf(found.Statement);
    const condition = objectOf(statement['Condition']);
    const { 'aws:PrincipalArn': principals } = objectOf(condition['ArnNotLike']);
    const all = isList(principals) ? principals : [];
    const isRole = (value: Json) => others.typeOf(value) === 'AWS::IAM::Role';
    const { ArnNotLike: _, ...conditions } = condition;
    return {
      ...{ bus: keyIn(others, found.EventBusName), statement_id: found.StatementId },
      statement: { ...statement, Condition: conditions },
      sender_roles: all.filter(isRole).map((value) => keyIn(others, value)),
      senders: all.filter((value) => !isRole(value)),
    };
  },
};

const targetOf = (target: Json, others: Others): JsonObject => {
  const found = only('A target of a rule', objectOf(target), [
    ...(['Arn', 'Id', 'DeadLetterConfig', 'RetryPolicy', 'RoleArn'] as const),
  ]);
  const type = others.typeOf(found.Arn);
  const retry = objectOf(found.RetryPolicy);
  return {
    target_id: found.Id,
    function: type === 'AWS::Lambda::Function' ? keyIn(others, found.Arn) : null,
    queue: type === 'AWS::SQS::Queue' ? keyIn(others, found.Arn) : null,
    arn: type === undefined ? found.Arn : null,
    dead_letter_queue: keyIn(others, objectOf(found.DeadLetterConfig)['Arn']),
    role: keyIn(others, found.RoleArn),
    retries:
      found.RetryPolicy === null
        ? null
        : {
            maximum_event_age_in_seconds: retry['MaximumEventAgeInSeconds'] ?? null,
            maximum_retry_attempts: retry['MaximumRetryAttempts'] ?? null,
          },
  };
};

const rule: Kind = {
  collection: 'rules',
  nameProperty: 'Name',
  entry: (properties, others) => {
    const names = ['Name', 'EventBusName', 'EventPattern', 'State', 'Targets'] as const;
    const found = only('A rule', properties, names);
    const [target, ...more] = isList(found.Targets) ? found.Targets : [];
    if (target === undefined || more.length > 0) throw new Error('A rule has one target');
    return {
      ...{ name: found.Name, bus: keyIn(others, found.EventBusName) },
      ...{ event_pattern: found.EventPattern, state: found.State },
      target: targetOf(target, others),
      tags: tagsOf(properties),
    };
  },
};

const schedule: Kind = {
  collection: 'schedules',
  nameProperty: 'Name',
  entry: (properties, others) => {
    const names = ['Name', 'ScheduleExpression', 'FlexibleTimeWindow', 'Target'] as const;
    const found = only('A schedule', properties, names);
    const target = only('A target of a schedule', objectOf(found.Target), [
      ...(['Arn', 'RoleArn', 'Input', 'DeadLetterConfig', 'RetryPolicy'] as const),
    ]);
    const retry = objectOf(target.RetryPolicy);
    return {
      ...{ name: found.Name, schedule_expression: found.ScheduleExpression },
      flexible_time_window: objectOf(found.FlexibleTimeWindow)['Mode'] ?? null,
      ...{ function: keyIn(others, target.Arn), role: keyIn(others, target.RoleArn) },
      input: target.Input,
      dead_letter_queue: keyIn(others, objectOf(target.DeadLetterConfig)['Arn']),
      maximum_event_age_in_seconds: retry['MaximumEventAgeInSeconds'] ?? null,
      maximum_retry_attempts: retry['MaximumRetryAttempts'] ?? null,
    };
  },
};

const deliverySource: Kind = {
  collection: 'delivery_sources',
  nameProperty: 'Name',
  entry: (properties, others) => {
    const found = only('A delivery source', properties, [
      'Name',
      'LogType',
      'ResourceArn',
    ] as const);
    return {
      ...{ name: found.Name, log_type: found.LogType, bus: keyIn(others, found.ResourceArn) },
      tags: tagsOf(properties),
    };
  },
};

const deliveryDestination: Kind = {
  collection: 'delivery_destinations',
  nameProperty: 'Name',
  entry: (properties, others) => {
    const names = ['Name', 'DestinationResourceArn'] as const;
    const found = only('A delivery destination', properties, names);
    const log_group = keyIn(others, found.DestinationResourceArn);
    return { name: found.Name, log_group, tags: tagsOf(properties) };
  },
};

const delivery: Kind = {
  collection: 'deliveries',
  belongsTo: 'DeliveryDestinationArn',
  entry: (properties, others) => {
    const names = ['DeliveryDestinationArn', 'DeliverySourceName'] as const;
    const found = only('A delivery', properties, names);
    return {
      source_name: found.DeliverySourceName,
      destination: keyIn(others, found.DeliveryDestinationArn),
      tags: tagsOf(properties),
    };
  },
};

/** The kinds of a Region's events. */
export const eventKinds: Readonly<Record<string, Kind>> = {
  'AWS::Events::EventBus': bus,
  'AWS::Events::Archive': archive,
  'AWS::Events::EventBusPolicy': busPolicy,
  'AWS::Events::Rule': rule,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Logs::DeliverySource': deliverySource,
  'AWS::Logs::DeliveryDestination': deliveryDestination,
  'AWS::Logs::Delivery': delivery,
};
