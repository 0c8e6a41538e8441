import type { Json, JsonObject } from '../../../../packages/cli/src/local/template/json.ts';
import { at } from '../../support/template.ts';
import { accountId } from '../hcl/computed.ts';
import type { System, SystemResource } from '../system.ts';

/** The name of a role that AWS names, by the function or schedule that it is for. */
export const roleOf = (region: string, userType: 'function' | 'schedule', user: string): string =>
  `‹role of ${userType} ${region}/${user}›`;

/** The property with the physical name of a resource of each type. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Archive': 'ArchiveName',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Logs::DeliverySource': 'Name',
  'AWS::Logs::DeliveryDestination': 'Name',
  'AWS::Logs::Delivery': 'DeliverySourceName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::IAM::Role': 'RoleName',
};

/** The property with the resource that one without a name belongs to. */
const owners: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Url': ['TargetFunctionArn'],
  'AWS::Lambda::EventInvokeConfig': ['FunctionName'],
  'AWS::Lambda::Permission': ['SourceArn'],
  'AWS::Lambda::EventSourceMapping': ['FunctionName'],
  'AWS::SQS::QueuePolicy': ['Queues', '0'],
  'AWS::SNS::TopicPolicy': ['Topics', '0'],
  'AWS::SNS::Subscription': ['TopicArn'],
  'AWS::Events::EventBusPolicy': ['EventBusName'],
  'AWS::IAM::Policy': ['Roles', '0'],
};

type Found = SystemResource & { readonly id: string; readonly region: string };

const arn = (service: string, region: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

/** The texts that stand for a resource and its attributes, `''` for its `Ref`. */
const attributesOf = (
  { type, properties, region }: Found,
  name: string,
): Readonly<Record<string, string>> => {
  switch (type) {
    case 'AWS::Lambda::Function':
      return { '': name, '.Arn': arn('lambda', region, `function:${name}`) };
    case 'AWS::Lambda::Url':
      return { '.FunctionUrl': `‹url of ${at(properties, 'TargetFunctionArn')}›` };
    case 'AWS::Logs::LogGroup':
      return { '': name, '.Arn': arn('logs', region, `log-group:${name}:*`) };
    case 'AWS::SQS::Queue': {
      const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
      return { '': url, '.Arn': arn('sqs', region, name), '.QueueName': name };
    }
    case 'AWS::Events::EventBus':
      return { '': name, '.Arn': arn('events', region, `event-bus/${name}`) };
    case 'AWS::Events::Rule': {
      const bus = String(at(properties, 'EventBusName'));
      return { '': name, '.Arn': arn('events', region, `rule/${bus}/${name}`) };
    }
    case 'AWS::IAM::Role':
      return { '': name, '.Arn': `arn:aws:iam::${accountId}:role/${name}` };
    case 'AWS::SNS::Topic':
      return { '': arn('sns', region, name), '.TopicName': name };
    case 'AWS::Logs::DeliveryDestination':
      return { '.Arn': arn('logs', region, `destination:${name}`) };
    case 'AWS::DSQL::Cluster': {
      const identifier = `‹cluster id ${region}›`;
      return {
        '.ResourceArn': `‹cluster arn ${region}›`,
        ...{ '.Identifier': identifier, '.Endpoint': `${identifier}.dsql.${region}.on.aws` },
      };
    }
    default:
      return {};
  }
};

/** Tags as they reach AWS. */
const tagsOf = (tags: Json | undefined): JsonObject | undefined =>
  Array.isArray(tags)
    ? Object.fromEntries(tags.map((tag) => [String(at(tag, 'Key')), at(tag, 'Value') as Json]))
    : undefined;

/** The name in an ARN or a URL; a role without a name of its own is known as a whole. */
const ownerName = (text: string): string =>
  text.startsWith('‹') ? text : (text.split(/[:/]/).at(-1) ?? '');

/** A resource without a policy goes with its stack. */
const policiesOf = (policies: Json): JsonObject =>
  Object.fromEntries(
    Object.entries(policies as JsonObject).map(([name, policy]) => [name, policy ?? 'Delete']),
  );

/**
 * The system of CloudFormation with the physical names of its resources in the place of logical
 * ids. So it can be compared with the system of a tool that has no logical ids.
 *
 * @param regions of the two halves
 */
export const namedSystem = (
  { resources, outputs }: System,
  regions: { readonly primary: string; readonly secondary: string },
): System => {
  const found: readonly Found[] = Object.entries(resources).map(([id, resource]) => ({
    ...{ ...resource, id },
    region: /^(?:data-)?secondary/.test(id) ? regions.secondary : regions.primary,
  }));
  type Text = { readonly found: readonly Found[]; readonly outputs: System['outputs'] };
  let text = JSON.stringify({ found, outputs });
  const parsed = () => JSON.parse(text) as Text;
  const userOf = (id: string) =>
    found.find(({ properties }) =>
      [at(properties, 'Role'), at(properties, 'Target', 'RoleArn')].includes(`‹${id}.Arn›`),
    );
  const named = ({ type, properties, id, region }: Found): string => {
    const name = at(properties, nameProperties[type] ?? '');
    if (name !== undefined) return String(name);
    const user = type === 'AWS::IAM::Role' ? userOf(id) : undefined;
    if (user === undefined) return '';
    return roleOf(
      region,
      user.type === 'AWS::Lambda::Function' ? 'function' : 'schedule',
      named(user),
    );
  };
  // A name may have another one in it: the bus in the ARN of a rule.
  for (let round = 0; round < 2; round += 1) {
    for (const one of parsed().found) {
      for (const [attribute, value] of Object.entries(attributesOf(one, named(one)))) {
        text = text.replaceAll(`‹${one.id}${attribute}›`, value);
      }
    }
  }
  const made = parsed().found.map(
    ({ id, region, type, properties, policies: given }): readonly [string, SystemResource] => {
      const { Tags, PolicyName: _, ...others } = properties as JsonObject;
      const path = owners[type];
      const owner = path && ownerName(String(at(properties, ...path)));
      const original = found.find((one) => one.id === id);
      const policy = type === 'AWS::IAM::Policy' ? ` ${id.replace(/^.*\//, '')}` : '';
      const name = owner === undefined ? named(original ?? fail(id)) : `${owner}${policy}`;
      const tags = tagsOf(Tags);
      const policies = policiesOf(given);
      return [
        `${region} ${type} ${name}`,
        { type, properties: tags ? { ...others, Tags: tags } : others, policies },
      ];
    },
  );
  return { resources: Object.fromEntries(made), outputs: parsed().outputs };
};

const fail = (id: string): never => {
  throw new Error(`No resource ${id}`);
};
