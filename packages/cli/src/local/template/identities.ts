import { createHash } from 'node:crypto';
import { nameInArn } from '../arn.ts';
import { type Json, type JsonObject, stringOf } from './json.ts';
import { type Naming, operationTypes } from './operation-types.ts';

/** The local addresses of a Region's services. */
export type RegionEndpoints = {
  /** Origin of the HTTP services, without a trailing slash. */
  readonly http: string;
  /** The attribute `Endpoint` of the Region's DSQL clusters: `host:port`. */
  readonly dsql: string;
};

/** The names of a resource that a template can read: its `Ref` and its attributes. */
export type Identity = {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, Json>>;
};

/** The parts of a resource from which its identity derives. */
export type Subject = {
  readonly stack: string;
  readonly logicalId: string;
  readonly region: string;
  readonly properties: JsonObject;
  readonly endpoints: RegionEndpoints;
  /** How many resources of this logical id came before: each has names of its own. */
  readonly generation?: number;
};

type Identify = (subject: Subject) => Identity;

/** The account that owns everything here; no real one has this number. */
export const localAccount = '000000000000';

/** Characters of a random suffix in names that CloudFormation generates. */
const suffixLength = 12;

/** Characters of an id that a service makes. */
const idLength = 32;

/** DSQL identifiers are 26 characters of `[a-z0-9]` (aurora-dsql control plane model). */
const dsqlIdentifierLength = 26;

const keyOf = ({ stack, logicalId, region, generation = 0 }: Subject): string =>
  JSON.stringify([region, stack, logicalId, ...(generation > 0 ? [generation] : [])]);

/** Stable between starts, so that a kept data folder fits the resources that it holds. */
const digest = (subject: Subject, length: number): string =>
  createHash('sha256')
    .update(keyOf(subject))
    .digest()
    .reduce((text, byte) => text + (byte % 36).toString(36), '')
    .slice(0, length);

/** The name in a property, otherwise one as CloudFormation generates it. */
const nameOf = (subject: Subject, property: string): string =>
  stringOf(subject.properties[property]) ??
  `${subject.stack}-${subject.logicalId}-${digest(subject, suffixLength).toUpperCase()}`;

/** An ARN; IAM's are of no Region. */
export const arnOf = (service: string, region: string, resource: string): string =>
  `arn:aws:${service}:${region}:${localAccount}:${resource}`;

const onlyRef = (ref: string): Identity => ({ ref, attributes: {} });

const named =
  (property: string, service: string, prefix: string): Identify =>
  (subject) => {
    const name = nameOf(subject, property);
    return { ref: name, attributes: { Arn: arnOf(service, subject.region, `${prefix}${name}`) } };
  };

/** Known by its name alone. */
const byName =
  (property: string): Identify =>
  (subject) =>
    onlyRef(nameOf(subject, property));

const anonymous: Identify = (subject) => onlyRef(nameOf(subject, ''));

const cluster: Identify = (subject) => {
  const identifier = digest(subject, dsqlIdentifierLength);
  return {
    ref: identifier,
    attributes: {
      Identifier: identifier,
      ResourceArn: arnOf('dsql', subject.region, `cluster/${identifier}`),
      Endpoint: subject.endpoints.dsql,
      Status: 'ACTIVE',
    },
  };
};

/** The ARN of a function in its name or its ARN. */
export const functionArn = (nameOrArn: string, region: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : arnOf('lambda', region, `function:${nameOrArn}`);

/** That of an alias has it behind the name of its function. */
const functionUrl: Identify = ({ properties, endpoints }) => {
  const target = stringOf(properties['TargetFunctionArn']) ?? '';
  const qualifier = stringOf(properties['Qualifier']);
  const suffix = qualifier === undefined ? '' : `:${qualifier}`;
  return {
    ref: `${target}${suffix}`,
    attributes: {
      FunctionArn: `${target}${suffix}`,
      FunctionUrl: `${endpoints.http}/function-urls/${nameInArn(target)}${suffix}/`,
    },
  };
};

/** Stands for the number of a version, which is known once it has been published. */
const unpublished = '0';

const version: Identify = ({ properties, region }) => {
  const arn = functionArn(stringOf(properties['FunctionName']) ?? '', region);
  const ref = `${arn}:${unpublished}`;
  return { ref, attributes: { Version: unpublished, FunctionArn: ref } };
};

const alias: Identify = ({ properties, region }) => {
  const arn = functionArn(stringOf(properties['FunctionName']) ?? '', region);
  const ref = `${arn}:${stringOf(properties['Name']) ?? ''}`;
  return { ref, attributes: { AliasArn: ref } };
};

const eventBus: Identify = (subject) => {
  const name = nameOf(subject, 'Name');
  return {
    ref: name,
    attributes: { Name: name, Arn: arnOf('events', subject.region, `event-bus/${name}`) },
  };
};

const rule: Identify = (subject) => {
  const name = nameOf(subject, 'Name');
  const bus = nameInArn(stringOf(subject.properties['EventBusName']) ?? 'default');
  const onBus = bus !== 'default';
  return {
    ref: onBus ? `${bus}|${name}` : name,
    attributes: { Arn: arnOf('events', subject.region, `rule/${onBus ? `${bus}/` : ''}${name}`) },
  };
};

const schedule: Identify = (subject) => {
  const name = nameOf(subject, 'Name');
  const group = stringOf(subject.properties['GroupName']) ?? 'default';
  return {
    ref: name,
    attributes: { Arn: arnOf('scheduler', subject.region, `schedule/${group}/${name}`) },
  };
};

/** Where the digits of a UUID have a hyphen before them. */
const uuidParts = [0, 8, 12, 16, 20, 32] as const;

/** Lambda names a mapping by a UUID. */
const eventSourceMapping: Identify = (subject) => {
  const { region } = subject;
  const digits = createHash('sha256').update(keyOf(subject)).digest('hex');
  const parts = uuidParts.slice(1).map((end, at) => digits.slice(uuidParts[at], end));
  const id = parts.join('-');
  return {
    ref: id,
    attributes: {
      Id: id,
      EventSourceMappingArn: arnOf('lambda', region, `event-source-mapping:${id}`),
    },
  };
};

const queue: Identify = (subject) => {
  const { QueueName, FifoQueue } = subject.properties;
  const isUnnamedFifo = QueueName === undefined && String(FifoQueue) === 'true';
  const name = `${nameOf(subject, 'QueueName')}${isUnnamedFifo ? '.fifo' : ''}`;
  const url = `${subject.endpoints.http}/${localAccount}/${name}`;
  return {
    ref: url,
    attributes: { QueueUrl: url, QueueName: name, Arn: arnOf('sqs', subject.region, name) },
  };
};

const role: Identify = (subject) => {
  const name = nameOf(subject, 'RoleName');
  return {
    ref: name,
    attributes: {
      Arn: arnOf('iam', '', `role/${name}`),
      RoleId: `AROA${digest(subject, 16).toUpperCase()}`,
    },
  };
};

const managedPolicy: Identify = (subject) =>
  onlyRef(arnOf('iam', '', `policy/${nameOf(subject, 'ManagedPolicyName')}`));

const parameter: Identify = (subject) => {
  const value = stringOf(subject.properties['Value']) ?? '';
  return { ref: nameOf(subject, 'Name'), attributes: { Type: 'String', Value: value } };
};

/** The identity of a resource that is named as described. */
const describedBy =
  ({ ref, property = '', service, arnPrefix = '', attributes = {} }: Naming): Identify =>
  (subject) => {
    const id = digest(subject, idLength);
    const name = nameOf(subject, property);
    const resource = `${arnPrefix}${ref === 'id' ? id : name}`;
    const names = { id, name, arn: arnOf(service, subject.region, resource) };
    return {
      ref: names[ref],
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([attribute, which]) => [attribute, names[which]]),
      ),
    };
  };

/** Resource types that something here acts on. */
export const activeTypes: ReadonlyMap<string, Identify> = new Map([
  ['AWS::DSQL::Cluster', cluster],
  ['AWS::Events::Archive', named('ArchiveName', 'events', 'archive/')],
  ['AWS::Events::EventBus', eventBus],
  ['AWS::Events::Rule', rule],
  ['AWS::CodeDeploy::DeploymentConfig', byName('DeploymentConfigName')],
  ['AWS::CodeDeploy::DeploymentGroup', byName('DeploymentGroupName')],
  ['AWS::Lambda::Alias', alias],
  ['AWS::Lambda::EventInvokeConfig', anonymous],
  ['AWS::Lambda::EventSourceMapping', eventSourceMapping],
  ['AWS::Lambda::Function', named('FunctionName', 'lambda', 'function:')],
  ['AWS::Lambda::Url', functionUrl],
  ['AWS::Lambda::Version', version],
  ['AWS::SQS::Queue', queue],
  ['AWS::Scheduler::Schedule', schedule],
]);

/** Resource types that the permission check reads, and nothing else. */
export const permissionTypes: ReadonlyMap<string, Identify> = new Map([
  ['AWS::Events::EventBusPolicy', anonymous],
  ['AWS::IAM::ManagedPolicy', managedPolicy],
  ['AWS::IAM::Policy', anonymous],
  ['AWS::IAM::Role', role],
  ['AWS::Lambda::Permission', anonymous],
  ['AWS::SQS::QueuePolicy', anonymous],
]);

/**
 * Resource types which change nothing about how the app runs: accepted, named, and otherwise
 * without effect.
 */
export const inertTypes: ReadonlyMap<string, Identify> = new Map([
  ['AWS::CDK::Metadata', anonymous],
  ['AWS::CodeDeploy::Application', byName('ApplicationName')],
  ['AWS::CloudWatch::Alarm', named('AlarmName', 'cloudwatch', 'alarm:')],
  ['AWS::CloudWatch::CompositeAlarm', named('AlarmName', 'cloudwatch', 'alarm:')],
  ['AWS::CloudWatch::Dashboard', anonymous],
  ['AWS::Logs::Delivery', anonymous],
  ['AWS::Logs::DeliveryDestination', named('Name', 'logs', 'delivery-destination:')],
  ['AWS::Logs::DeliverySource', named('Name', 'logs', 'delivery-source:')],
  ['AWS::Logs::LogGroup', named('LogGroupName', 'logs', 'log-group:')],
  ['AWS::Logs::MetricFilter', anonymous],
  ['AWS::SSM::Parameter', parameter],
  ['AWS::Scheduler::ScheduleGroup', named('Name', 'scheduler', 'schedule-group/')],
  ...Object.entries(operationTypes).map(([type, naming]) => [type, describedBy(naming)] as const),
]);

/** Every type that a template may have here, except custom resources. */
export const knownTypes: readonly string[] = [
  ...activeTypes.keys(),
  ...permissionTypes.keys(),
  ...inertTypes.keys(),
];

/**
 * How the identity of a type's resources derives, or `undefined` for a type that does not run here.
 */
export const identifierOf = (type: string): Identify | undefined =>
  activeTypes.get(type) ?? permissionTypes.get(type) ?? inertTypes.get(type);

/** Whether a type is answered by a function of the app, or natively for CDK's own exports. */
export const isCustomType = (type: string): boolean =>
  type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

/** CDK writes values for another Region with the first and reads them there with the second. */
export const exportWriterType = 'Custom::CrossRegionExportWriter';
export const exportReaderType = 'Custom::CrossRegionExportReader';
