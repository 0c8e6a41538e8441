import { parseArn } from '../arn.ts';
import { latestVersion, parseIdentifier } from '../lambda/function-identifier.ts';
import { arnOf } from './identities.ts';
import { objectOf, stringOf } from './json.ts';
import type { Resource } from './model.ts';

/** Types of resources that may receive what became of an asynchronous invocation, by the service in their ARN. */
const destinationTypes: Readonly<Record<string, string>> = {
  sqs: 'AWS::SQS::Queue',
  lambda: 'AWS::Lambda::Function',
  events: 'AWS::Events::EventBus',
};

const recordServices = ['sqs', 'lambda', 'events'];
const deadLetterServices = ['sqs'];

/** What a person knows these services by. */
const serviceNames: Readonly<Record<string, string>> = {
  sqs: 'a queue',
  lambda: 'a function',
  events: 'an event bus',
};

/** Every Region has it, without a resource. */
const defaultBusArn = (region: string): string => arnOf('events', region, 'event-bus/default');

const withoutVersion = (arn: string): string => arn.replace(/:\$LATEST$/, '');

/** The function that an `AWS::Lambda::EventInvokeConfig` configures, named by its name or an ARN. */
export const configuredFunction = (
  config: Resource,
  resources: readonly Resource[],
): Resource | undefined => {
  const given = stringOf(config.properties['FunctionName']);
  // A function whose name Lambda would refuse is there all the same; its name is told of it alone.
  const name = parseIdentifier(given ?? '')?.name ?? given;
  return resources.find(
    ({ type, ref, region }) =>
      type === 'AWS::Lambda::Function' && ref === name && region === config.region,
  );
};

/** Why what is sent to an ARN would get lost; nothing if it arrives. */
const destinationFlaw = (
  arn: string,
  services: readonly string[],
  region: string,
  resources: readonly Resource[],
): string | undefined => {
  const service = parseArn(arn)?.service ?? '';
  if (!services.includes(service)) {
    const known = services.map((each) => serviceNames[each]).join(', ');
    return `${arn} is of a service that does not run here; use ${known}`;
  }
  const exists = resources.some(
    (resource) =>
      resource.type === destinationTypes[service] &&
      resource.region === region &&
      resource.attributes['Arn'] === withoutVersion(arn),
  );
  return exists || arn === defaultBusArn(region)
    ? undefined
    : `${arn} is not in this app and in ${region}`;
};

type Check = (resource: Resource, resources: readonly Resource[]) => readonly string[];

const checkConfig: Check = (config, resources) => {
  const { FunctionName, Qualifier, DestinationConfig } = config.properties;
  const destinations = ['OnSuccess', 'OnFailure'].flatMap((outcome) => {
    const arn = stringOf(objectOf(objectOf(DestinationConfig)[outcome])['Destination']);
    if (arn === undefined) return [];
    const flaw = destinationFlaw(arn, recordServices, config.region, resources);
    return flaw === undefined ? [] : [`its ${outcome} destination ${flaw}`];
  });
  return [
    ...(configuredFunction(config, resources)
      ? []
      : [`its function ${stringOf(FunctionName)} is not in this app and in ${config.region}`]),
    ...((stringOf(Qualifier) ?? latestVersion) === latestVersion
      ? []
      : [`versions and aliases do not run here; use the Qualifier ${latestVersion}`]),
    ...destinations,
  ];
};

const checkFunction: Check = (fn, resources) => {
  const arn = stringOf(objectOf(fn.properties['DeadLetterConfig'])['TargetArn']);
  if (arn === undefined) return [];
  const flaw = destinationFlaw(arn, deadLetterServices, fn.region, resources);
  return flaw === undefined ? [] : [`its dead-letter target ${flaw}`];
};

const checks: Readonly<Record<string, Check>> = {
  'AWS::Lambda::EventInvokeConfig': checkConfig,
  'AWS::Lambda::Function': checkFunction,
};

/**
 * What would be lost of asynchronous invocations here, although AWS delivers it: one line for each destination that
 * does not exist, or is of a service that does not run here.
 */
export const destinationProblems = (
  resources: readonly Resource[],
  judged: readonly Resource[] = resources,
): readonly string[] =>
  judged.flatMap((resource) =>
    (checks[resource.type]?.(resource, resources) ?? []).map(
      (problem) => `${resource.stack}/${resource.logicalId}: ${problem}`,
    ),
  );
