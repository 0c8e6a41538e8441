import {
  functionIn,
  isList,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
} from '../../cloudformation/json.ts';
import type { Kind, Others } from './resource-kinds.ts';
import type { References } from './template-text.ts';

/** A resource of a template. */
export type Resource = {
  readonly part: string;
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition: string | undefined;
};

const arn = (service: string, resource: string): string =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;

/** The ARN of a resource by its name, for policies: AWS makes it so. */
const arnOf: Readonly<Record<string, (name: string, properties: JsonObject) => string>> = {
  'AWS::Lambda::Function': (name) => arn('lambda', `function:${name}`),
  'AWS::Logs::LogGroup': (name) => arn('logs', `log-group:${name}:*`),
  'AWS::SQS::Queue': (name) => arn('sqs', name),
  'AWS::SNS::Topic': (name) => arn('sns', name),
  'AWS::Events::EventBus': (name) => arn('events', `event-bus/${name}`),
  'AWS::IAM::Role': (name) => `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${name}`,
};

/** Attributes of the cluster, which Terraform knows after it has made it. */
const clusterMarks: Readonly<Record<string, string>> = {
  ResourceArn: '{cluster_arn}',
  Identifier: '{cluster_identifier}',
  Endpoint: '{cluster_endpoint}',
};

const idIn = (reference: Json | undefined): string | undefined => {
  if (!isObject(reference)) return undefined;
  const [name, argument] = functionIn(reference) ?? [];
  if (name === 'Ref') return String(argument);
  return name === 'Fn::GetAtt' && isList(argument) ? String(argument[0]) : undefined;
};

/** The text of a name: a plain one, or the argument of `Fn::Sub`. */
const subText = (name: Json | undefined): string | undefined => {
  if (typeof name === 'string') return name;
  const text = objectOf(name)['Fn::Sub'];
  return typeof text === 'string' ? text : undefined;
};

/** A logical id without the hash of eight digits that the CDK appends. */
export const withoutHash = (id: string): string =>
  /^[0-9A-F]{8}$/.test(id.slice(-8)) ? id.slice(0, -8) : id;

const kebab = (id: string): string =>
  withoutHash(id)
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();

/** A name without the prefix that all names of the service have. */
const withoutPrefix = (name: string, service: string): string => {
  const short = name
    .replace('/aws/lambda/', '')
    .replace('/aws/vendedlogs/events/event-bus/', '')
    .replace(`\${LambdaFunctionPrefix}-${service}-`, '')
    .replace(`\${ClusterNamePrefix}-${service}-`, '')
    .replace(`\${EventBridgeBusPrefix}-${service}`, '')
    .replace(/^-/, '');
  return short === '' ? 'events' : short;
};

/** A text as a value of a template, which may name parameters. */
const asValue = (text: string): Json => (text.includes('${') ? { 'Fn::Sub': text } : text);

/**
 * The names, ARNs and keys of the resources of a Region. A key is the name without the prefix of
 * the service, such as `api-failures`.
 */
export const namesIn = (
  resources: readonly Resource[],
  service: string,
  kinds: Readonly<Record<string, Kind>>,
) => {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const nameOf = ({ type, properties }: Resource): string | undefined => {
    const property = kinds[type]?.nameProperty;
    return property === undefined ? undefined : subText(properties[property]);
  };
  /** A role without a name of its own has the key of the resource that it is for. */
  const userOf = (role: Resource): Resource | undefined =>
    resources.find(({ properties: { Role, Target } }) =>
      [Role, objectOf(Target)['RoleArn']].some((reference) => idIn(reference) === role.id),
    );
  const ownerOf = ({ type, properties }: Resource): Resource | undefined => {
    const reference = properties[kinds[type]?.belongsTo ?? ''];
    return byId.get(idIn(isList(reference) ? reference[0] : reference) ?? '');
  };
  const keyText = (resource: Resource): string => {
    const name = nameOf(resource);
    const owner = ownerOf(resource);
    if (owner) return keyText(owner);
    if (name === undefined) {
      const user = resource.type === 'AWS::IAM::Role' ? userOf(resource) : undefined;
      if (user === undefined) return kebab(resource.id);
      const suffix = user.type === 'AWS::Lambda::Function' ? '' : '-schedule';
      return `${keyText(user)}${suffix}`;
    }
    return withoutPrefix(name, service);
  };
  const keyOfResource = (resource: Resource): Json => asValue(keyText(resource));
  const found = (reference: Json | undefined) => byId.get(idIn(reference) ?? '');
  const arnOfResource = (resource: Resource): Json => {
    const { type, properties } = resource;
    const name = nameOf(resource);
    if (type === 'AWS::Events::Rule') {
      const bus = found(properties['EventBusName']);
      const busName = bus && nameOf(bus);
      return { 'Fn::Sub': arn('events', `rule/${busName}/${name}`) };
    }
    const make = arnOf[type];
    if (name === undefined || make === undefined) {
      throw new Error(`Nothing gives the ARN of ${resource.id}: Terraform would know it too late`);
    }
    return { 'Fn::Sub': make(name, properties) };
  };
  const textOf = (resource: Resource, attribute: string | undefined): Json => {
    if (resource.type === 'AWS::DSQL::Cluster') return clusterMarks[attribute ?? ''] ?? null;
    if (attribute === 'Arn' || resource.type === 'AWS::SNS::Topic') return arnOfResource(resource);
    const name = nameOf(resource);
    if (name === undefined) throw new Error(`Nothing gives the name of ${resource.id}`);
    return asValue(name);
  };
  const keyOf: Others['keyOf'] = (reference) => {
    const resource = found(reference);
    return resource && keyOfResource(resource);
  };
  const references: References = {
    ref: (id) => {
      if (id === 'SecondaryClusterIdentifier') return '{peer_cluster_identifier}';
      const resource = byId.get(id);
      return resource && textOf(resource, undefined);
    },
    attribute: (id, attribute) => {
      const resource = byId.get(id);
      if (resource === undefined) throw new Error(`No resource ${id} in this Region`);
      return textOf(resource, attribute);
    },
    imported: (name) => {
      const attribute = Object.keys(clusterMarks).find((one) => name.includes(one)) ?? '';
      const mark = name.includes('GetAttCluster') ? clusterMarks[attribute] : undefined;
      if (mark === undefined) throw new Error(`${name} is no attribute of the cluster`);
      return mark;
    },
  };
  const typeOf: Others['typeOf'] = (reference) => found(reference)?.type;
  return { keyOf, keyOfResource, typeOf, references };
};
