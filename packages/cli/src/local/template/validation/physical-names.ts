import { functionNameIn, parseIdentifier } from '../../lambda/function-identifier.ts';
import { stringOf } from '../json.ts';
import type { Resource } from '../model.ts';
import type { Export } from '../outputs.ts';
import type { CheckedApp } from './resource-check.ts';
import { specification } from './specification.ts';

/** Types whose names are unique in an account, in all Regions together, whatever their case. */
const globalTypes: ReadonlySet<string> = new Set(['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy']);

/** Types that may name a function by its name or by its ARN. */
const ofFunction: ReadonlySet<string> = new Set(['AWS::Lambda::EventInvokeConfig']);

/** A function and each of its aliases have a URL of their own. */
const byRef: ReadonlySet<string> = new Set(['AWS::Lambda::Url']);

const urlName = (ref: string): string => {
  const { name = ref, qualifier } = parseIdentifier(ref) ?? {};
  return qualifier === undefined ? name : `${name}:${qualifier}`;
};

/** A schedule's name is unique in its group only; AWS's specification names no second part. */
const byArn: ReadonlySet<string> = new Set(['AWS::Scheduler::Schedule']);

/**
 * The texts by which AWS knows a resource; the name that CloudFormation makes where the template
 * gives none.
 */
const identifierOf = ({ type, ref, attributes, properties }: Resource): readonly string[] => {
  if (byRef.has(type)) return [urlName(ref)];
  const names = byArn.has(type) ? ['Arn'] : (specification[type]?.identifier ?? []);
  const parts = names.map((name) => stringOf(attributes[name] ?? properties[name]));
  const known = parts.filter((part) => part !== undefined);
  if (names.length === 0 || known.length < names.length) return [ref];
  return ofFunction.has(type) ? known.map(functionNameIn) : known;
};

const keyOf = (resource: Resource, identifier: readonly string[]): string => {
  const { type, region } = resource;
  return globalTypes.has(type)
    ? JSON.stringify([type, ...identifier.map((part) => part.toLowerCase())])
    : JSON.stringify([type, region, ...identifier]);
};

/** A line for each resource that AWS would not make, because another one has its name. */
export const physicalNameProblems = ({ resources, isPending }: CheckedApp): readonly string[] => {
  const taken = new Map<string, Resource>();
  return resources.flatMap((resource) => {
    const identifier = identifierOf(resource);
    if (!Object.hasOwn(specification, resource.type) || identifier.some(isPending)) return [];
    const key = keyOf(resource, identifier);
    const other = taken.get(key);
    if (!other) {
      taken.set(key, resource);
      return [];
    }
    const { stack, logicalId, type } = resource;
    return [
      `will fail in AWS: ${stack}/${logicalId}: ${other.stack}/${other.logicalId} is already the ${type} of the name ${identifier.join(', ')}`,
    ];
  });
};

/** A line for each export that has the name of another one of its Region. */
export const exportProblems = (exports: readonly Export[]): readonly string[] => {
  const taken = new Map<string, Export>();
  return exports.flatMap((one) => {
    const { stack, region, output, name } = one;
    const key = JSON.stringify([region, name]);
    const other = taken.get(key);
    if (!other) {
      taken.set(key, one);
      return [];
    }
    return [
      `will fail in AWS: ${stack}/${output}: ${other.stack}/${other.output} already exports the name ${name}`,
    ];
  });
};
