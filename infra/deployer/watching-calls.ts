import { policyOf, type ResourceCalls } from './resource-call.ts';

const alarms = 'arn:aws:cloudwatch:*:*:alarm:{AlarmName}';
const topics = 'arn:aws:sns:*:*:{TopicName}';

/** The calls for logs. */
export const logCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::Logs::LogGroup': [
    {
      on: 'arn:aws:logs:*:*:log-group:{LogGroupName}',
      create:
        'logs:CreateLogGroup GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource',
      update:
        'logs:DeleteRetentionPolicy GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource UntagResource',
      delete: 'logs:DeleteDataProtectionPolicy DeleteLogGroup',
    },
    // CloudWatch Logs takes no log group for these (its service authorization reference).
    {
      on: '*',
      create: 'logs:DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies',
      update: 'logs:DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies',
      delete: 'logs:DescribeLogGroups',
    },
    {
      on: 'arn:aws:logs:*:*:log-group:{LogGroupName}',
      with: 'KmsKeyId',
      create: 'logs:AssociateKmsKey',
      update: 'logs:AssociateKmsKey DisassociateKmsKey',
    },
  ],
  'AWS::Logs::DeliverySource': [
    {
      on: 'arn:aws:logs:*:*:delivery-source:{Name}',
      create: 'logs:GetDeliverySource ListTagsForResource PutDeliverySource TagResource',
      update:
        'logs:GetDeliverySource ListTagsForResource PutDeliverySource TagResource UntagResource',
    },
    // The reference and the guide of CloudWatch Logs name different resources for the deletion.
    {
      on: [
        'arn:aws:logs:*:*:delivery-source:{Name}',
        'arn:aws:logs:*:*:delivery-destination:{Name}',
      ],
      delete: 'logs:DeleteDeliverySource',
    },
    // A service whose logs are delivered asks for this (user guide of CloudWatch Logs,
    // "Service-specific permissions"). The schema of the type lists it for other services only.
    {
      on: 'arn:aws:events:*:*:event-bus/{ResourceArn}',
      create: 'events:AllowVendedLogDeliveryForResource',
      update: 'events:AllowVendedLogDeliveryForResource',
    },
  ],
  'AWS::Logs::DeliveryDestination': [
    {
      on: 'arn:aws:logs:*:*:delivery-destination:{Name}',
      create:
        'logs:GetDeliveryDestination GetDeliveryDestinationPolicy ListTagsForResource PutDeliveryDestination TagResource',
      update:
        'logs:GetDeliveryDestination GetDeliveryDestinationPolicy ListTagsForResource PutDeliveryDestination TagResource UntagResource',
      delete: 'logs:DeleteDeliveryDestination DeleteDeliveryDestinationPolicy',
    },
  ],
  'AWS::Logs::Delivery': [
    {
      on: [
        'arn:aws:logs:*:*:delivery:*',
        'arn:aws:logs:*:*:delivery-source:{DeliverySourceName}',
        'arn:aws:logs:*:*:delivery-destination:{DeliverySourceName}',
      ],
      create:
        'logs:CreateDelivery GetDelivery GetDeliveryDestination GetDeliverySource ListTagsForResource TagResource',
      update:
        'logs:GetDelivery ListTagsForResource TagResource UntagResource UpdateDeliveryConfiguration',
      delete: 'logs:DeleteDelivery ListTagsForResource UntagResource',
    },
    // CloudWatch Logs lets the delivery write into the log group by a policy, on behalf of the
    // caller (user guide, "Logs sent to CloudWatch Logs").
    {
      on: '*',
      create:
        'logs:DescribeDeliveries DescribeLogGroups DescribeResourcePolicies PutResourcePolicy',
    },
  ],
};

/** The calls for alarms, dashboards and their topic. */
export const alarmCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::CloudWatch::Alarm': [
    {
      on: alarms,
      create: 'cloudwatch:DescribeAlarms ListTagsForResource PutMetricAlarm TagResource',
      update:
        'cloudwatch:DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource',
      delete: 'cloudwatch:DeleteAlarms DescribeAlarms',
    },
  ],
  'AWS::CloudWatch::CompositeAlarm': [
    // These are refused to a composite alarm where they are given for less than everything
    // (CloudWatch API reference, PutCompositeAlarm and DescribeAlarms).
    {
      on: '*',
      create: 'cloudwatch:DescribeAlarms PutCompositeAlarm',
      update: 'cloudwatch:DescribeAlarms PutCompositeAlarm',
      delete: 'cloudwatch:DeleteAlarms DescribeAlarms',
    },
    {
      on: alarms,
      create: 'cloudwatch:ListTagsForResource TagResource',
      update: 'cloudwatch:ListTagsForResource TagResource UntagResource',
    },
  ],
  'AWS::CloudWatch::Dashboard': [
    {
      on: 'arn:aws:cloudwatch::*:dashboard/{DashboardName}',
      create: 'cloudwatch:GetDashboard ListTagsForResource PutDashboard TagResource',
      update: 'cloudwatch:ListTagsForResource PutDashboard TagResource UntagResource',
      delete: 'cloudwatch:DeleteDashboards GetDashboard',
    },
  ],
  'AWS::SNS::Topic': [
    {
      on: topics,
      create:
        'sns:CreateTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource TagResource',
      update:
        'sns:GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes TagResource UntagResource',
      delete: 'sns:DeleteTopic GetTopicAttributes',
    },
  ],
  'AWS::SNS::TopicPolicy': policyOf('arn:aws:sns:*:*:{Topics}', 'sns:SetTopicAttributes'),
  'AWS::SNS::Subscription': [
    {
      on: 'arn:aws:sns:*:*:{TopicArn}',
      create: 'sns:GetSubscriptionAttributes Subscribe',
      delete: 'sns:GetSubscriptionAttributes Unsubscribe',
    },
  ],
};
