import type { Need } from './policy.ts';
import { actionsIn, type Phase } from './resource-call.ts';
import { resourceCalls } from './resource-calls.ts';

/** A resource as a template or a deployment has it. */
export type DeployedResource = {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** The name of a resource by the value of a property; by none where the property is absent. */
export type NameOf = (value: unknown) => string;

/** A type that {@link resourceCalls} lacks. */
export class UnknownResourceType extends Error {
  override readonly name = 'UnknownResourceType';

  constructor(type: string) {
    super(
      `${type} is not among the calls of a deployment: add the actions of its handlers in infra/deployer, then run npm run permissions`,
    );
  }
}

/** The values of a property, or of one below it in each element of a list. */
const valuesAt = (value: unknown, path: readonly string[]): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path));
  const [step, ...rest] = path;
  // An empty text is how the CDK leaves a property out.
  if (step === undefined) return value === undefined || value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Readonly<Record<string, unknown>>)[step], rest);
};

const placeholder = /\{([\w.]+)\}/;

/** An ARN with the names in place of their properties; several where a property has several. */
const filled = (arn: string, resource: DeployedResource, nameOf: NameOf): readonly string[] => {
  const found = placeholder.exec(arn);
  if (!found) return [arn];
  const [text, path = ''] = found;
  const values = valuesAt(resource.properties, path.split('.'));
  return (values.length > 0 ? values : [undefined]).flatMap((value) =>
    filled(
      arn.replace(text, () => nameOf(value)),
      resource,
      nameOf,
    ),
  );
};

/**
 * The calls that CloudFormation makes for a resource at a moment of its life.
 *
 * @throws {UnknownResourceType} for a type that no service has yet
 */
export const needsOf = (
  resource: DeployedResource,
  phase: Phase,
  nameOf: NameOf,
): readonly Need[] => {
  const calls = resourceCalls[resource.type];
  if (!calls) throw new UnknownResourceType(resource.type);
  return calls
    .filter((one) => !one.with || valuesAt(resource.properties, one.with.split('.')).length > 0)
    .flatMap((one) => {
      const resources = [one.on].flat().flatMap((arn) => filled(arn, resource, nameOf));
      return actionsIn(one[phase]).map((action) => ({ action, resources, when: one.when }));
    });
};

/** The call for a value that a template reads from a stack, in this Region or another one. */
export const stackOutputNeed: Need = {
  action: 'cloudformation:DescribeStacks',
  resources: ['arn:aws:cloudformation:*:*:stack/antipode-*/*'],
};
