import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { TwoRegionConfig } from '../two-regions/config.ts';

/** The groups in which CloudFormation's console shows the parameters. */
export const parameterGroups = [
  'Code and clusters, which deploy.sh passes',
  'Regions',
  'Names',
  'Tags',
  'Functions and events',
  'Operation',
  'Database',
] as const;

type Common = {
  /** The environment variable of the synthesis. */
  readonly setting: string;
  readonly key: keyof TwoRegionConfig;
  readonly name: string;
  readonly group: (typeof parameterGroups)[number];
  readonly label: string;
  readonly description: string;
};

/** A value of a deployment that is chosen as a stack is deployed. */
export type SettingParameter = Common &
  (
    | {
        readonly kind: 'text';
        /** Stands for the value in a synthesis: a text that nothing else contains. */
        readonly mark: string;
        readonly pattern: string;
        /** Why another value is refused. */
        readonly constraint: string;
        /** Whether resources are left out where the value is empty. */
        readonly mayBeEmpty?: true;
      }
    | {
        readonly kind: 'number';
        readonly mark: string;
        readonly min: number;
        readonly max: number;
        readonly values?: readonly number[];
      }
    /** Other numbers follow from it, and a template cannot calculate: it has a table of them. */
    | { readonly kind: 'choice'; readonly values: readonly number[] }
    | { readonly kind: 'switch' }
  );

const region = {
  kind: 'text',
  group: 'Regions',
  pattern: '[a-z]{2,4}(-[a-z]+)+-[0-9]',
  constraint: 'Use the name of an AWS Region, such as us-east-1',
} as const;

const prefix = {
  kind: 'text',
  group: 'Names',
  pattern: '[a-z][a-z0-9-]*',
  constraint: 'Use lower-case letters, digits and hyphens, a letter first',
} as const;

const tag = {
  kind: 'text',
  group: 'Tags',
  pattern: '[A-Za-z0-9_ .:/=+@-]{1,256}',
  constraint: 'Use 1 to 256 letters, digits, spaces and . : / = + @ _ -',
} as const;

const ofFunctions = { group: 'Functions and events' } as const;
const ofOperation = { group: 'Operation' } as const;
const ofDatabase = { group: 'Database' } as const;

const logDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** The settings that a template has as parameters. */
export const settingParameters = [
  {
    ...{ ...region, setting: 'PRIMARY_REGION', key: 'primaryRegion', name: 'PrimaryRegion' },
    ...{ mark: 'zqp-primary-1', label: 'Primary Region' },
    description: 'One of the two Regions that serve. It cannot change',
  },
  {
    ...{ ...region, setting: 'SECONDARY_REGION', key: 'secondaryRegion' },
    ...{ name: 'SecondaryRegion', mark: 'zqs-secondary-1', label: 'Secondary Region' },
    description: 'The other Region that serves. It cannot change',
  },
  {
    ...{ ...region, setting: 'WITNESS_REGION', key: 'witnessRegion', name: 'WitnessRegion' },
    ...{ mark: 'zqw-witness-1', label: 'Witness Region' },
    description: 'Holds the log of DSQL as the third vote; nothing runs there. It cannot change',
  },
  {
    ...{ ...prefix, setting: 'CLUSTER_NAME_PREFIX', key: 'clusterNamePrefix' },
    ...{ name: 'ClusterNamePrefix', mark: 'zqc', label: 'Prefix of clusters' },
    description:
      'Begins the names of clusters and of their stacks; another prefix makes an empty database',
  },
  {
    ...{ ...prefix, setting: 'CLUSTER_NAME_SUFFIX', key: 'clusterNameSuffix' },
    ...{ name: 'ClusterNameSuffix', mark: '-zqx', label: 'Suffix of clusters' },
    pattern: '(-[a-z0-9-]{1,20})?',
    constraint: 'Use nothing, or a hyphen and up to 20 lower-case letters, digits and hyphens',
    description: 'Ends the Name tags of the clusters, such as -blue',
  },
  {
    ...{ ...prefix, setting: 'LAMBDA_FUNCTION_PREFIX', key: 'functionPrefix' },
    ...{ name: 'LambdaFunctionPrefix', mark: 'zqf', label: 'Prefix of functions' },
    description: 'Begins the names of functions and of their stacks',
  },
  {
    ...{ ...prefix, setting: 'EVENTBRIDGE_BUS_PREFIX', key: 'eventBusPrefix' },
    ...{ name: 'EventBridgeBusPrefix', mark: 'zqb', label: 'Prefix of buses' },
    description: 'Begins the names of the buses',
  },
  {
    ...{ ...tag, setting: 'ENVIRONMENT', key: 'environment', name: 'Environment' },
    ...{ mark: 'zqEnvironment', label: 'Environment', description: 'A tag of all resources' },
  },
  {
    ...{ ...tag, setting: 'APPLICATION', key: 'application', name: 'Application' },
    ...{ mark: 'zqApplication', label: 'Application', description: 'A tag of all resources' },
  },
  {
    ...{ ...tag, setting: 'OWNER', key: 'owner', name: 'Owner' },
    ...{ mark: 'zqOwner', label: 'Owner', description: 'A tag of all resources' },
  },
  {
    ...{ ...ofFunctions, kind: 'choice', setting: 'LAMBDA_TIMEOUT_SECONDS' },
    ...{ key: 'lambdaTimeoutSeconds', name: 'LambdaTimeout', label: 'Timeout, seconds' },
    values: [3, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900],
    description: 'Of the functions that answer or consume',
  },
  {
    ...{ ...ofFunctions, kind: 'number', setting: 'LAMBDA_MEMORY_MB', key: 'lambdaMemoryMb' },
    ...{ name: 'LambdaMemorySize', mark: '7919', min: 128, max: 10_240, label: 'Memory, MB' },
    description: 'Of every function',
  },
  {
    ...{ ...ofFunctions, kind: 'switch', setting: 'CROSS_REGION_REPLICATION' },
    ...{ key: 'crossRegionReplication', name: 'EnableCrossRegionReplication' },
    label: 'Copies of events',
    description: 'Whether events marked for all Regions are copied to the other one',
  },
  {
    ...{ ...ofFunctions, kind: 'choice', setting: 'EVENT_RETENTION_DAYS' },
    ...{ key: 'eventRetentionDays', name: 'EventRetentionDays', label: 'Archive, days' },
    values: [1, 3, 7, 14, 30, 60, 90, 180, 365, 730, 3_650],
    description: 'How long the archive of the bus keeps an event',
  },
  {
    ...{ ...ofFunctions, kind: 'switch', setting: 'RESERVE_CONCURRENCY' },
    ...{ key: 'reserveConcurrency', name: 'ReserveConcurrency', label: 'One relay at a time' },
    description: 'Lambda refuses it in an account whose limit of concurrent runs is below 101',
  },
  {
    ...{ ...ofFunctions, kind: 'switch', setting: 'TRACING', key: 'tracing', name: 'Tracing' },
    ...{ label: 'X-Ray', description: 'Whether functions are traced with X-Ray' },
  },
  {
    ...{ ...ofOperation, kind: 'switch', setting: 'ALARMS', key: 'alarms', name: 'Alarms' },
    label: 'Alarms',
    description: 'Whether there are alarms beside those of the queues and the relay',
  },
  {
    ...{ ...ofOperation, kind: 'text', setting: 'ALARM_EMAIL', key: 'alarmEmail' },
    ...{ name: 'AlarmEmail', mark: 'zqe@example.com', mayBeEmpty: true, label: 'Address' },
    pattern: '([^\\s@"\'<>]{1,64}@[A-Za-z0-9.-]{1,255})?',
    constraint: 'Use one address, or nothing',
    description: 'Hears of all alarms; empty for nobody',
  },
  {
    ...{ ...ofOperation, kind: 'number', setting: 'API_LATENCY_MS_MAX', key: 'apiLatencyMsMax' },
    ...{ name: 'ApiLatencyMsMax', mark: '876543', min: 1, max: 900_000, label: 'Latency, ms' },
    description: 'The 99th percentile of the time of the API that users still bear',
  },
  {
    ...{ ...ofOperation, kind: 'switch', setting: 'DASHBOARDS', key: 'dashboards' },
    ...{ name: 'Dashboards', label: 'Dashboards', description: 'Whether there are dashboards' },
  },
  {
    ...{ ...ofOperation, kind: 'number', setting: 'LOG_RETENTION_DAYS', key: 'logRetentionDays' },
    ...{ name: 'LogRetentionDays', mark: '3288', min: 1, max: 3_653, values: logDays },
    ...{ label: 'Logs, days', description: 'How long the logs of functions and buses are kept' },
  },
  {
    ...{ ...ofDatabase, kind: 'switch', setting: 'DSQL_SERIAL', key: 'dsqlSerial' },
    ...{ name: 'DsqlSerial', label: 'Statements one by one' },
    description: 'For a cluster that should not take a pipeline',
  },
  {
    ...{ ...ofDatabase, kind: 'switch', setting: 'DSQL_PLAIN_BEGIN', key: 'dsqlPlainBegin' },
    ...{ name: 'DsqlPlainBegin', label: 'BEGIN without a level' },
    description: 'For a cluster that should refuse an isolation level',
  },
  {
    ...{ ...ofDatabase, kind: 'number', setting: 'DSQL_PREPARED_STATEMENTS_MAX' },
    ...{ key: 'dsqlPreparedStatementsMax', name: 'DsqlPreparedStatementsMax' },
    ...{ mark: '877', min: 0, max: 1_000, label: 'Prepared statements' },
    description: 'Statements that a connection keeps prepared at most',
  },
] as const satisfies readonly SettingParameter[];

/** The values of a choice, that of the build among them. */
export const choicesOf = (
  { values, key }: SettingParameter & { readonly kind: 'choice' },
  config: TwoRegionConfig,
): readonly string[] =>
  [...new Set([...values, Number(config[key])])].toSorted((one, other) => one - other).map(String);

/** The name of a parameter that stands for a setting. */
export type ParameterName = (typeof settingParameters)[number]['name'];

const shapes = 'it decides which resources there are, and how they are nested';

/** The settings that templates with parameters cannot follow, each with the reason. */
export const cdkOnly = {
  canaryMinutes: 'the name of a published version is calculated from settings that are parameters',
} as const satisfies Partial<Record<keyof TwoRegionConfig, string>>;

/**
 * The settings that decide a template as it is built, each with the reason. A new setting compiles
 * only when it stands here, among the parameters, or among those of the CDK alone.
 */
export const buildOptions: Readonly<
  Record<
    Exclude<
      keyof TwoRegionConfig,
      (typeof settingParameters)[number]['key'] | keyof typeof cdkOnly
    >,
    string
  >
> = {
  protectData: 'the `DeletionPolicy` of a cluster takes no parameter',
  importClusters: 'a template for an import has its cluster alone',
  tracesEndpoint: shapes,
  availabilityPercent: 'thresholds are calculated from it',
  eventSenders: shapes,
  backupDays: shapes,
  backupLock: shapes,
  faultExperiment: shapes,
  restoredClusters: 'another template refers to other clusters',
  budgetUsd: shapes,
  customerKey: shapes,
  privateNetwork: shapes,
};
