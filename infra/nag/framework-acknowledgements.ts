import type { Acknowledgement } from './acknowledgement.ts';

/** The reason for the findings of several rules, at several places. */
const accepted = (
  rules: readonly string[],
  resources: readonly string[],
  reason: string,
): readonly Acknowledgement[] =>
  rules.flatMap((rule) => resources.map((place) => ({ rule, resources: place, reason })));

/** The functions of a service, and those of the framework that peer and delete clusters. */
const functions = [
  ...['Default/*/Function/Resource', 'Peering/*/Function/Resource'],
  'Deletion/*/Function/Resource',
];
const queues = ['Default/*/Queue/Resource'];
const peeringPolicy = ['Peering/Peering/Role/DefaultPolicy/Resource'];

const ofFunctions: readonly Acknowledgement[] = [
  ...accepted(
    ['NIST.800.53.R5-LambdaDLQ', 'Serverless-LambdaDLQ'],
    functions,
    'Functions that events invoke have a destination for failures, which gets more than a dead-letter queue would. The others have callers who wait for the answer.',
  ),
  ...accepted(
    ['NIST.800.53.R5-LambdaConcurrency'],
    functions,
    'A new account has ten environments in all, and Lambda refuses to reserve them. DSQL limits connections itself, and the framework retries a refused one.',
  ),
  ...accepted(
    ['NIST.800.53.R5-LambdaInsideVPC'],
    functions,
    'The functions reach AWS by TLS and signed requests alone. A team with a VPC gives it as surroundings; the peering stays outside, since it calls both Regions.',
  ),
  ...accepted(
    ['Serverless-LambdaTracing'],
    functions,
    'X-Ray costs money for each request and needs a permission on everything: TRACING=on chooses it.',
  ),
];

const ofQueuesAndAlarms: readonly Acknowledgement[] = [
  ...accepted(
    ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    queues,
    'It is a dead-letter queue: rules, schedules and Lambda name it as theirs, which the rule does not see.',
  ),
  ...accepted(
    ['NIST.800.53.R5-CloudWatchAlarmAction'],
    ['Default/*', 'DatabaseAlarms/*'],
    'A team gives the topic or the address that its alarms reach, and the first deployment works without one.',
  ),
];

const ofNetworks: readonly Acknowledgement[] = [
  ...accepted(
    ['AwsSolutions-VPC7', 'NIST.800.53.R5-VPCFlowLogsEnabled'],
    ['Network/Vpc/Resource'],
    'The network has no way out but endpoints, whose security groups let in the functions alone. Flow logs cost money for each connection: a team that wants them gives its own VPC.',
  ),
  ...accepted(
    ['NIST.800.53.R5-VPCDefaultSecurityGroupClosed'],
    ['Network/Vpc/Resource'],
    'Nothing is in the default group. Closing it takes a custom resource with a permission on every group.',
  ),
];

const ofAlarmTopics: readonly Acknowledgement[] = [
  ...accepted(
    ['Serverless-SNSRedrivePolicy'],
    ['Alarms/Topic/*'],
    'SNS hands a mail over and hears of no failure that a queue could keep. The alarm itself stays red until a person mends its cause.',
  ),
  ...accepted(
    ['NIST.800.53.R5-SNSEncryptedKMS'],
    ['Alarms/Topic/Resource'],
    'An alarm tells the names of queues and metrics, and no data of users. CloudWatch cannot use the key of AWS for SNS; a team with a key of its own gives it as surroundings.',
  ),
];

const ofKeys: readonly Acknowledgement[] = [
  ...accepted(
    ['NIST.800.53.R5-CloudWatchLogGroupEncrypted'],
    [...['Default/*Logs/Resource', 'Peering/*/Logs/Resource'], 'Deletion/*/Logs/Resource'],
    'CloudWatch encrypts every log with a key of AWS. A team with a key of its own gives it as surroundings.',
  ),
  ...accepted(
    ['Antipode-ClusterKey[KmsEncryptionKey]'],
    ['Cluster/Resource'],
    'DSQL encrypts every cluster with a key of AWS. A team with a key of its own gives it as surroundings.',
  ),
  ...accepted(
    ['Antipode-ClusterBackup[BackupVault]'],
    ['Cluster/Resource'],
    'AWS Backup costs money for each copy, and an account allows DSQL in it first. The team chooses it for data that it must not lose.',
  ),
  ...accepted(
    ['Antipode-ClusterProtection[*]'],
    ['Cluster/Resource'],
    'Protection is on by default. PROTECT_DATA=off is the choice of a team that throws the cluster away.',
  ),
];

const ofRoles: readonly Acknowledgement[] = [
  ...accepted(
    ['AwsSolutions-IAM4[*AWSBackupServiceRolePolicyForBackup]'],
    ['Backups/*'],
    'AWS adds to its own policy for backups the calls that a new kind of backup makes. The plan names the cluster alone.',
  ),
  ...accepted(
    ['NIST.800.53.R5-IAMNoInlinePolicy'],
    [
      'Default/*/DefaultPolicy/Resource',
      'Default/OutboxRelay/RunsAgain/Resource',
      'Default/Canary/Role/Resource',
      ...peeringPolicy,
      'Deletion/Deletion/Role/DefaultPolicy/Resource',
    ],
    'Each role is of one function and each policy is of one role: nobody else can attach it.',
  ),
  ...accepted(
    [
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dsql:*:<AWS::AccountId>:cluster/*]',
      'Antipode-WildcardGrant[dsql:RemovePeerCluster-on-*]',
    ],
    peeringPolicy,
    'DSQL checks UpdateCluster with peers against every cluster of the account, even if it removes none (API reference of UpdateCluster).',
  ),
  ...accepted(
    [
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:*:<AWS::AccountId>:alarm:*]',
      'Antipode-WildcardGrant[cloudwatch:DescribeAlarms-on-*]',
    ],
    ['Default/Canary/Role/Resource'],
    'CodeDeploy reads the state of the alarms that judge a new version. Their names are not known before the version is.',
  ),
  ...accepted(
    ['Antipode-WildcardGrant[dsql:GetCluster-on-*]'],
    peeringPolicy,
    'The primary cluster may name a cluster that a failed deployment has left over. Only its answer tells which one to look at.',
  ),
  ...accepted(
    [
      'Antipode-WildcardGrant[dsql:InjectError-on-*]',
      'Antipode-WildcardGrant[tag:GetResources-on-*]',
    ],
    ['Default/FaultExperiment/Role/DefaultPolicy/Resource'],
    'The condition keys of dsql:InjectError name the one cluster and the one action. tag:GetResources takes no resource (service authorization reference), and reads tags.',
  ),
  ...accepted(
    [
      'AwsSolutions-IAM5[Resource::*]',
      'Antipode-WildcardGrant[ec2:*-on-*]',
      'Antipode-WildcardGrant[xray:Put*-on-*]',
    ],
    ['Default/*/Role/DefaultPolicy/Resource'],
    'Network interfaces of a VPC and spans of X-Ray are no resources that a policy could name (service authorization reference of EC2 and X-Ray).',
  ),
];

/**
 * The reasons for the findings of all packs in the framework's own resources. A finding that a
 * setting removes, such as that of a key, is accepted where the setting is off.
 */
export const frameworkAcknowledgements: readonly Acknowledgement[] = [
  ...ofFunctions,
  ...ofQueuesAndAlarms,
  ...ofNetworks,
  ...ofAlarmTopics,
  ...ofKeys,
  ...ofRoles,
];
