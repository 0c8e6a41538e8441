import { Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { SurroundingsOf, TwoRegionConfig } from '../../../infra/index.ts';

/** A way to deploy a service: its settings, and the resources of a team around it. */
export type Configuration = {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly surroundings?: SurroundingsOf;
};

/** A VPC that exists, a key and a topic: those of a team that has its own. */
export const teamSurroundings: SurroundingsOf = (stack) => {
  const { region } = Stack.of(stack);
  const encryptionKey = new Key(stack, 'TeamKey', { enableKeyRotation: true });
  const topic = new Topic(stack, 'TeamTopic', { enforceSSL: true, masterKey: encryptionKey });
  return {
    vpc: Vpc.fromVpcAttributes(stack, 'TeamVpc', {
      vpcId: 'vpc-00000000000000000',
      availabilityZones: [`${region}a`, `${region}b`],
      privateSubnetIds: ['subnet-00000000000000000', 'subnet-00000000000000001'],
    }),
    encryptionKey,
    alarmActions: [new SnsAction(topic)],
  };
};

/** Each setting of `TwoRegionConfig` with a value that is not its default. */
export const changedSettings: Readonly<
  Record<keyof TwoRegionConfig, Readonly<Record<string, string>>>
> = {
  primaryRegion: { PRIMARY_REGION: 'us-west-2', SECONDARY_REGION: 'us-east-1' },
  secondaryRegion: { SECONDARY_REGION: 'us-east-2', WITNESS_REGION: 'us-west-2' },
  witnessRegion: {
    PRIMARY_REGION: 'eu-west-1',
    SECONDARY_REGION: 'eu-central-1',
    WITNESS_REGION: 'eu-west-2',
  },
  clusterNamePrefix: { CLUSTER_NAME_PREFIX: 'shop' },
  clusterNameSuffix: { CLUSTER_NAME_SUFFIX: '-blue' },
  functionPrefix: { LAMBDA_FUNCTION_PREFIX: 'shop' },
  eventBusPrefix: { EVENTBRIDGE_BUS_PREFIX: 'shop' },
  environment: { ENVIRONMENT: 'production' },
  application: { APPLICATION: 'shop' },
  owner: { OWNER: 'team@example.com' },
  crossRegionReplication: { CROSS_REGION_REPLICATION: 'off' },
  eventRetentionDays: { EVENT_RETENTION_DAYS: '365' },
  lambdaTimeoutSeconds: { LAMBDA_TIMEOUT_SECONDS: '900' },
  lambdaMemoryMb: { LAMBDA_MEMORY_MB: '128' },
  protectData: { PROTECT_DATA: 'off' },
  importClusters: { IMPORT_CLUSTERS: 'on' },
  restoredClusters: { RESTORED_CLUSTERS: `${'a'.repeat(26)} ${'b'.repeat(26)}` },
  reserveConcurrency: { RESERVE_CONCURRENCY: 'on' },
  tracing: { TRACING: 'on' },
  tracesEndpoint: { TRACES_ENDPOINT: 'xray' },
  dsqlSerial: { DSQL_SERIAL: 'on' },
  dsqlPlainBegin: { DSQL_PLAIN_BEGIN: 'on' },
  dsqlPreparedStatementsMax: { DSQL_PREPARED_STATEMENTS_MAX: '0' },
  alarms: { ALARMS: 'off' },
  alarmEmail: { ALARM_EMAIL: 'on-call@example.com' },
  apiLatencyMsMax: { API_LATENCY_MS_MAX: '500' },
  availabilityPercent: { AVAILABILITY_PERCENT: '99.9' },
  dashboards: { DASHBOARDS: 'off' },
  logRetentionDays: { LOG_RETENTION_DAYS: '365' },
  eventSenders: { EVENT_SENDERS: 'nobody' },
  canaryMinutes: { CANARY_MINUTES: '5' },
  privateNetwork: { PRIVATE_NETWORK: 'on' },
  customerKey: { CUSTOMER_KEY: 'on' },
  backupDays: { BACKUP_DAYS: '35' },
  backupLock: { BACKUP_DAYS: '35', BACKUP_LOCK: 'governance' },
  faultExperiment: { FAULT_EXPERIMENT: 'on' },
  budgetUsd: { BUDGET_USD: '200', ALARM_EMAIL: 'on-call@example.com' },
};

const switches: readonly (keyof TwoRegionConfig)[] = [
  ...(['reserveConcurrency', 'tracing', 'tracesEndpoint', 'dsqlSerial', 'dsqlPlainBegin'] as const),
  ...([
    'alarmEmail',
    'availabilityPercent',
    'backupDays',
    'backupLock',
    'budgetUsd',
    'canaryMinutes',
    'customerKey',
    'faultExperiment',
    'privateNetwork',
  ] as const),
];

/** Settings that add resources or properties, all changed at once. */
export const everySwitch: Readonly<Record<string, string>> = Object.assign(
  {},
  ...switches.map((name) => changedSettings[name]),
);

/** Every way to deploy that gives other resources or other properties. */
export const configurations: readonly Configuration[] = [
  { name: 'the defaults', environment: {} },
  ...Object.entries(changedSettings).map(([name, environment]) => ({ name, environment })),
  { name: 'every switch', environment: everySwitch },
  { name: "a team's surroundings", environment: {}, surroundings: teamSurroundings },
  {
    name: "every switch in a team's surroundings, unprotected",
    environment: { ...everySwitch, PROTECT_DATA: 'off' },
    surroundings: teamSurroundings,
  },
];
