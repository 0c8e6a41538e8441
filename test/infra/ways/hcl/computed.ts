import type { Computed } from './module.ts';

export const accountId = '111122223333';

const arn = (service: string, region: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

/** Stands for the name that AWS makes for a role. */
export const roleMark = (address: string): string => `‹${address.replaceAll('"', '')}›`;

type Make = (
  argument: (name: string) => unknown,
  place: { readonly address: string; readonly region: string },
) => unknown;

/** Attributes of resources by type and name, as AWS makes them of the arguments. */
const attributes: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
  aws_lambda_function: {
    arn: (argument, { region }) => arn('lambda', region, `function:${argument('function_name')}`),
  },
  aws_lambda_function_url: {
    function_url: (argument, { region }) =>
      `‹url of ${arn('lambda', region, `function:${argument('function_name')}`)}›`,
  },
  aws_sqs_queue: {
    arn: (argument, { region }) => arn('sqs', region, String(argument('name'))),
    url: (argument, { region }) =>
      `https://sqs.${region}.amazonaws.com/${accountId}/${argument('name')}`,
  },
  aws_sns_topic: { arn: (argument, { region }) => arn('sns', region, String(argument('name'))) },
  aws_cloudwatch_log_group: {
    arn: (argument, { region }) => arn('logs', region, `log-group:${argument('name')}`),
  },
  aws_cloudwatch_event_bus: {
    arn: (argument, { region }) => arn('events', region, `event-bus/${argument('name')}`),
  },
  aws_cloudwatch_event_rule: {
    arn: (argument, { region }) =>
      arn('events', region, `rule/${argument('event_bus_name')}/${argument('name')}`),
  },
  aws_cloudwatch_log_delivery_destination: {
    arn: (argument, { region }) => arn('logs', region, `destination:${argument('name')}`),
  },
  aws_iam_role: {
    name: (_, { address }) => roleMark(address),
    arn: (argument, { address }) =>
      `arn:aws:iam::${accountId}:role/${argument('name') ?? roleMark(address)}`,
  },
  aws_dsql_cluster: {
    arn: (_, { region }) => `‹cluster arn ${region}›`,
    identifier: (_, { region }) => `‹cluster id ${region}›`,
  },
  terraform_data: { output: (argument) => argument('input') },
};

/** @throws {Error} for an attribute that is neither an argument nor known here */
export const computed: Computed = (type, attribute, argument, place) => {
  const make = attributes[type]?.[attribute];
  if (make === undefined) throw new Error(`Nothing gives ${type}.${attribute} (${place.address})`);
  return make(argument, place);
};
