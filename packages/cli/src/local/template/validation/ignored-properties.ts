import { latestVersion } from '../../lambda/function-identifier.ts';
import { isObject, type Json } from '../json.ts';
import type { ResourceCheck } from './resource-check.ts';

/** Values of a property that change nothing; `empty` stands for what holds nothing. */
type Harmless = readonly (string | 'empty')[];

/** Parameters of a rule's targets that are neither functions nor queues nor buses. */
const foreignTargets = [
  ...['AppSyncParameters', 'BatchParameters', 'EcsParameters', 'HttpParameters'],
  ...['KinesisParameters', 'RedshiftDataParameters', 'RunCommandParameters'],
  ...['SageMakerPipelineParameters', 'SqsParameters', 'InputTransformer'],
];

/** Properties of mappings that read streams, topics or databases. */
const foreignSources = [
  ...['AmazonManagedKafkaEventSourceConfig', 'BisectBatchOnFunctionError', 'DestinationConfig'],
  ...['DocumentDBEventSourceConfig', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts'],
  ...['ParallelizationFactor', 'Queues', 'SelfManagedEventSource'],
  ...['SelfManagedKafkaEventSourceConfig', 'SourceAccessConfigurations', 'StartingPosition'],
  ...['StartingPositionTimestamp', 'Topics', 'TumblingWindowInSeconds'],
];

/** Properties of deployment groups of instances and containers. */
const foreignGroups = [
  ...['AutoScalingGroups', 'BlueGreenDeploymentConfiguration', 'Deployment', 'Ec2TagFilters'],
  ...['Ec2TagSet', 'ECSServices', 'LoadBalancerInfo', 'OnPremisesInstanceTagSet'],
  ...['OnPremisesTagSet', 'OnPremisesInstanceTagFilters', 'TriggerConfigurations'],
];

/**
 * Properties that change the app in AWS and would be ignored here, and those of them that are
 * harmless. A path names inner properties, and with `[]` those of each item.
 */
const ignored: Readonly<Record<string, Readonly<Record<string, Harmless>>>> = {
  'AWS::Events::EventBus': { EventSourceName: [] },
  'AWS::Events::Rule': Object.fromEntries(foreignTargets.map((name) => [`Targets[].${name}`, []])),
  'AWS::Lambda::EventInvokeConfig': { Qualifier: [latestVersion] },
  'AWS::Lambda::EventSourceMapping': {
    ...Object.fromEntries(foreignSources.map((name) => [name, ['empty']])),
    FilterCriteria: ['empty'],
    KmsKeyArn: [],
    ProvisionedPollerConfig: ['empty'],
  },
  'AWS::Lambda::Function': {
    CapacityProviderConfig: [],
    DurableConfig: [],
    FileSystemConfigs: ['empty'],
    FunctionScalingConfig: [],
    ImageConfig: ['empty'],
    Layers: ['empty'],
    PackageType: ['Zip'],
    PublishToLatestPublished: ['false'],
    // Lambda takes a snapshot of versions only, and of no Node.js.
    'SnapStart.ApplyOn': ['None'],
    TenancyConfig: [],
    VpcConfig: ['empty'],
  },
  'AWS::CodeDeploy::DeploymentGroup': Object.fromEntries(
    foreignGroups.map((name) => [name, ['empty']]),
  ),
  'AWS::Lambda::Alias': { ProvisionedConcurrencyConfig: ['empty'] },
  'AWS::Lambda::Url': { InvokeMode: ['BUFFERED'] },
  'AWS::Lambda::Version': {
    ...{ CodeSha256: [], FunctionScalingConfig: ['empty'], RuntimePolicy: ['empty'] },
    ProvisionedConcurrencyConfig: ['empty'],
  },
  // A person who is not told is no difference in what the app does; a function would be one.
  'AWS::SNS::Subscription': { Protocol: ['email', 'email-json', 'sms'] },
  'AWS::Scheduler::Schedule': { EndDate: [], StartDate: [], 'Target.SqsParameters': ['empty'] },
};

const holdsNothing = (value: Json): boolean => {
  if (typeof value === 'boolean') return !value;
  return (Array.isArray(value) || isObject(value)) && Object.values(value).every(holdsNothing);
};

const isHarmless = (value: Json, harmless: Harmless): boolean =>
  harmless.includes(String(value)) || (harmless.includes('empty') && holdsNothing(value));

type Found = readonly (readonly [place: string, value: Json])[];

/** The values that a path leads to, each with its place. */
const valuesAt = (root: Json, path: string): Found =>
  path.split('.').reduce<Found>(
    (found, step) => {
      const name = step.replace('[]', '');
      const inner = found.flatMap(([place, value]): Found => {
        const next = isObject(value) ? value[name] : undefined;
        return next === undefined ? [] : [[place === '' ? name : `${place}.${name}`, next]];
      });
      if (!step.endsWith('[]')) return inner;
      return inner.flatMap(([place, value]): Found => {
        const items: readonly Json[] = Array.isArray(value) ? value : [];
        return items.map((item, index) => [`${place}[${index}]`, item]);
      });
    },
    [['', root]],
  );

/** A line for each property that would have no effect here. */
export const checkIgnored: ResourceCheck = ({ type, properties }) =>
  Object.entries(ignored[type] ?? {}).flatMap(([path, harmless]) =>
    valuesAt(properties, path)
      .filter(([, value]) => !isHarmless(value, harmless))
      .map(([place]) => {
        const [only] = harmless.filter((name) => name !== 'empty');
        const instead = only === undefined ? 'remove it' : `use ${only}`;
        return `${place} does not run here; ${instead}`;
      }),
  );
