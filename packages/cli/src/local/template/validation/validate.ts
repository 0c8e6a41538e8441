import { exportReaderType, isCustomType } from '../identities.ts';
import type { Json } from '../json.ts';
import type { Resource } from '../model.ts';
import { checkDestinationServices, checkEventInvokeConfig } from './async-checks.ts';
import { propertyProblems } from './check-properties.ts';
import { checkArchive, checkBus, checkRule, checkSchedule } from './event-checks.ts';
import {
  checkAlias,
  checkFunction,
  checkPermission,
  checkUrl,
  checkVersion,
} from './function-checks.ts';
import { checkIgnored } from './ignored-properties.ts';
import { checkMapping, checkMappingSource } from './mapping-checks.ts';
import { checkQueue, checkQueuePolicy } from './queue-checks.ts';
import type { CheckedApp, ResourceCheck } from './resource-check.ts';
import { specification } from './specification.ts';

/**
 * Rules of the services about several properties or resources together, which no specification has.
 */
const checks: Readonly<Record<string, ResourceCheck>> = {
  'AWS::Events::Archive': checkArchive,
  'AWS::Events::EventBus': checkBus,
  'AWS::Events::Rule': checkRule,
  'AWS::Lambda::Alias': checkAlias,
  'AWS::Lambda::EventInvokeConfig': checkEventInvokeConfig,
  'AWS::Lambda::EventSourceMapping': checkMapping,
  'AWS::Lambda::Function': checkFunction,
  'AWS::Lambda::Permission': checkPermission,
  'AWS::Lambda::Url': checkUrl,
  'AWS::Lambda::Version': checkVersion,
  'AWS::SQS::Queue': checkQueue,
  'AWS::SQS::QueuePolicy': checkQueuePolicy,
  'AWS::Scheduler::Schedule': checkSchedule,
};

/**
 * A custom resource is answered by the function that its ServiceToken names; CDK's reader of
 * exports by the model.
 */
const checkCustomResource: ResourceCheck = ({ type, properties }) =>
  isCustomType(type) && type !== exportReaderType && properties['ServiceToken'] === undefined
    ? ['ServiceToken is missing']
    : [];

/**
 * The problems for which AWS refuses a resource, and the properties without effect here, one line
 * for each.
 */
export const resourceProblems = (resource: Resource, context: CheckedApp): readonly string[] => {
  const { type, stack, logicalId } = resource;
  const rules = specification[type];
  const place = `${stack}/${logicalId}`;
  return [
    ...[
      ...(rules ? propertyProblems(resource, rules, context.isPending) : []),
      ...(checks[type] ?? checkCustomResource)(resource, context),
    ].map((problem) => `will fail in AWS: ${place}: ${problem}`),
    ...[checkIgnored, checkDestinationServices, checkMappingSource]
      .flatMap((check) => check(resource, context))
      .map((problem) => `${place}: ${problem}`),
  ];
};

/**
 * The names by which other resources know a resource. A URL is known by the ARN of its function,
 * which is not its own.
 */
const identitiesOf = ({ type, ref, attributes }: Resource): readonly Json[] =>
  type === 'AWS::Lambda::Url' ? [] : [ref, ...Object.values(attributes)];

/**
 * The problems of every resource. A wrong name is a problem of the resource that has it. For the
 * resources that refer to it, the name counts as not known yet.
 */
export const problemsOfAll = (context: CheckedApp): ReadonlyMap<Resource, readonly string[]> => {
  const { resources, isPending } = context;
  const found = new Map(resources.map((one) => [one, resourceProblems(one, context)]));
  const faulty = resources.filter((one) => found.get(one)?.length);
  for (const resource of faulty) {
    const own = identitiesOf(resource);
    const foreign = new Set(
      faulty.flatMap(identitiesOf).filter((identity) => !own.includes(identity)),
    );
    const isUnknown = (value: Json | undefined) =>
      isPending(value) || (value !== undefined && foreign.has(value));
    found.set(resource, resourceProblems(resource, { ...context, isPending: isUnknown }));
  }
  return found;
};
