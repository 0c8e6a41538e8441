import { parseArn } from '../../arn.ts';
import { objectOf, stringOf } from '../json.ts';
import type { Resource } from '../model.ts';
import { namedFunction } from '../named-function.ts';
import { isFifoArn } from './queue-checks.ts';
import {
  type CheckedApp,
  checkFunctionName,
  isBusThere,
  isFunctionThere,
  isThere,
  type ResourceCheck,
} from './resource-check.ts';

/** The destinations of a resource for the records of asynchronous invocations. */
type Destination = { readonly path: string; readonly arn: string };

type Receiver = {
  /** The name of the service's resources, for a person. */
  readonly name: string;
  readonly isThere: (context: CheckedApp, sender: Resource, arn: string) => boolean;
};

/** The kinds of destinations here, by the service in their ARN. */
const receivers: Readonly<Record<string, Receiver>> = {
  sqs: {
    name: 'queue',
    isThere: (context, sender, arn) => isThere(context, sender, 'AWS::SQS::Queue', arn),
  },
  lambda: { name: 'function', isThere: isFunctionThere },
  events: { name: 'event bus', isThere: isBusThere },
};

/** By the type that names the destinations: the services of its receivers here. */
const servicesOf: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::EventInvokeConfig': ['sqs', 'lambda', 'events'],
  'AWS::Lambda::Function': ['sqs'],
};

const receiverOf = ({ type }: Resource, arn: string): Receiver | undefined => {
  const service = parseArn(arn)?.service ?? '';
  return servicesOf[type]?.includes(service) ? receivers[service] : undefined;
};

const destinationsOf = (
  { properties }: Resource,
  { isPending }: CheckedApp,
): readonly Destination[] => {
  const { DestinationConfig, DeadLetterConfig } = properties;
  const given = [
    ...['OnSuccess', 'OnFailure'].map((outcome) => ({
      path: `DestinationConfig.${outcome}`,
      arn: stringOf(objectOf(objectOf(DestinationConfig)[outcome])['Destination']),
    })),
    { path: 'DeadLetterConfig', arn: stringOf(objectOf(DeadLetterConfig)['TargetArn']) },
  ];
  return given.flatMap(({ path, arn }) =>
    arn === undefined || isPending(arn) ? [] : [{ path, arn }],
  );
};

/** Destinations that do not exist: records and dead letters to them get lost. */
export const checkDestinations: ResourceCheck = (sender, context) =>
  destinationsOf(sender, context).flatMap(({ path, arn }) => {
    const receiver = receiverOf(sender, arn);
    if (isFifoArn(arn)) return [`${path}: ${arn} is a FIFO queue; use a standard queue`];
    return receiver === undefined || receiver.isThere(context, sender, arn)
      ? []
      : [`${path}: there is no ${receiver.name} ${arn} in this Region of the app`];
  });

/** Destinations that AWS delivers to and the local stack does not. */
export const checkDestinationServices: ResourceCheck = (sender, context) =>
  destinationsOf(sender, context)
    .filter(({ arn }) => receiverOf(sender, arn) === undefined)
    .map(({ path, arn }) => {
      const names = servicesOf[sender.type]?.map((service) => receivers[service]?.name) ?? [];
      return `${path}: ${arn} does not run here; use the ARN of a ${names.join(' or ')}`;
    });

/** The properties of which one must be given; the text of Lambda's error names them so. */
const settings = ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig'];

const toItself: ResourceCheck = (config, context) => {
  const { properties, region } = config;
  const own = namedFunction(String(properties['FunctionName']), region, context.resources);
  return destinationsOf(config, context)
    .filter(({ arn }) => own && namedFunction(arn, region, context.resources) === own)
    .map(({ path }) => `${path}: a function cannot be its own destination`);
};

export const checkEventInvokeConfig: ResourceCheck = (config, context) => [
  ...checkFunctionName('FunctionName')(config, context),
  ...(settings.some((name) => config.properties[name] !== undefined)
    ? []
    : [`it sets nothing; give one of ${settings.join(', ')}`]),
  ...toItself(config, context),
  ...checkDestinations(config, context),
];
