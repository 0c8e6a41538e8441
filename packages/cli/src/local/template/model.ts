import type { Assembly, StackTemplate, TemplateResource } from './assembly.ts';
import { inDependencyOrder } from './dependency-order.ts';
import {
  exportReaderType,
  type Identity,
  identifierOf,
  isCustomType,
  type RegionEndpoints,
} from './identities.ts';
import { referencesIn, resolveValue, type Scope } from './intrinsics.ts';
import { type JsonObject, objectOf, ownOf } from './json.ts';
import { createOutputs, type Outputs } from './outputs.ts';
import { located, refuseProblems, TemplateProblems } from './problems.ts';
import {
  type Answer,
  createScopes,
  crossRegionExport,
  type Elsewhere,
  nowhereElse,
} from './scope.ts';
import { readAsSpecified } from './validation/read-as.ts';

/** A resource with everything that its template says resolved. */
export type Resource = Identity & {
  readonly stack: string;
  readonly region: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** How CloudFormation changes the resource; absent where the template does not say. */
  readonly updatePolicy?: JsonObject;
};

export type Resolved = {
  readonly resources: readonly Resource[];
  readonly problems: readonly string[];
};

/** A resource in the order of deployment, unresolved. */
export type DeploymentStep = {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly resolve: () => Resource;
};

export interface TemplateModel extends Outputs {
  /** Every resource of every stack whose condition holds, in the order in which they deploy. */
  readonly resources: () => readonly Resource[];
  /**
   * The same resources unresolved, so that one that needs the answer of a custom resource can be
   * resolved after it.
   */
  readonly deployment: () => readonly DeploymentStep[];
  /** The resources that can be resolved, and a line for each that cannot. */
  readonly resolvable: () => Resolved;
}

export type ModelOptions = {
  readonly assembly: Assembly;
  readonly endpoints: (region: string) => RegionEndpoints;
  /**
   * The answer of a custom resource, or a value that stands for it until the resource has answered.
   */
  readonly customResource: (stack: string, logicalId: string) => Answer;
  /** Types that are left out. */
  readonly ignoredTypes?: readonly string[];
  /** The answer of a resource that has been deployed; it takes the place of its template's. */
  readonly deployed?: (stack: string, logicalId: string) => Answer | undefined;
  /** How many resources of a logical id came before; none unless given. */
  readonly generation?: (stack: string, logicalId: string) => number;
  /** The values of other stacks that have been deployed. */
  readonly elsewhere?: Elsewhere;
};

const isKnownType = (type: string): boolean =>
  identifierOf(type) !== undefined || isCustomType(type);

/** A resource of a type that does not run here. */
const unknownType = (stack: string, logicalId: string, type: string): string =>
  `${stack}/${logicalId}: the type ${type} does not run here (\`--ignore ${type}\` leaves it out)`;

/** Resolves all, and collects the problems of each. */
const resolveAll = (runs: readonly (() => Resource)[]): Resolved => {
  const problems: string[] = [];
  const resources = runs.flatMap((run) => {
    try {
      return [run()];
    } catch (error) {
      if (!(error instanceof TemplateProblems)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  return { resources, problems: [...new Set(problems)] };
};

/** The update policy of a resource, where it has one. */
const resolvedPolicy = (policy: JsonObject, scope: Scope): Pick<Resource, 'updatePolicy'> =>
  Object.keys(policy).length === 0 ? {} : { updatePolicy: objectOf(resolveValue(policy, scope)) };

/**
 * Resolves the templates of an assembly on demand: asking for a resource resolves what it refers
 * to, in whichever stack.
 *
 * @throws {TemplateProblems} for resources that need each other. The functions of the model throw
 * it with a line for each resource that cannot be resolved, or whose type does not run here.
 */
export const createModel = (options: ModelOptions): TemplateModel => {
  const { assembly, endpoints, customResource, ignoredTypes = [] } = options;
  const { elsewhere = nowhereElse, deployed = () => undefined, generation = () => 0 } = options;
  const known = new Map<string, Resource>();

  const declared = (stack: StackTemplate, logicalId: string): TemplateResource => {
    const declaration = stack.template.resources.get(logicalId);
    if (declaration && isPresent(stack, declaration)) return declaration;
    throw new Error(`there is no resource or parameter ${logicalId}`);
  };
  const answerOf = (stack: StackTemplate, logicalId: string): Answer => {
    const { type } = declared(stack, logicalId);
    if (type === exportReaderType)
      return { ref: logicalId, attribute: (name) => imported(stack, name) };
    const answer = deployed(stack.name, logicalId);
    if (answer) return answer;
    if (isCustomType(type)) return customResource(stack.name, logicalId);
    const { ref, attributes } = resourceOf(stack, logicalId);
    return { ref, attribute: (name) => ownOf(attributes, name) };
  };
  const scopeOf = createScopes(assembly, answerOf, elsewhere);
  const isPresent = (stack: StackTemplate, { type, condition }: TemplateResource): boolean =>
    !ignoredTypes.includes(type) &&
    (condition === undefined || scopeOf(stack).condition(condition));
  const imported = (stack: StackTemplate, name: string) => {
    const found = crossRegionExport(assembly, stack.region, name);
    return found
      ? resolveValue(found.value, scopeOf(found.writer))
      : elsewhere.crossRegionExport(stack.region, name);
  };

  const resolve = (stack: StackTemplate, logicalId: string): Resource => {
    const { type, properties: unresolved, updatePolicy } = declared(stack, logicalId);
    if (!isKnownType(type)) throw new TemplateProblems([unknownType(stack.name, logicalId, type)]);
    // The properties of a reader are dynamic references to the values that the writer in the other
    // Region stores.
    const resolved =
      type === exportReaderType ? {} : objectOf(resolveValue(unresolved, scopeOf(stack)));
    const properties = readAsSpecified(type, resolved);
    const { name, region } = stack;
    const subject = { stack: name, logicalId, region, properties };
    const identity = identifierOf(type)?.({
      ...subject,
      endpoints: endpoints(region),
      generation: generation(name, logicalId),
    }) ?? { ref: logicalId, attributes: {} };
    return { ...subject, type, ...identity, ...resolvedPolicy(updatePolicy, scopeOf(stack)) };
  };
  const resourceOf = (stack: StackTemplate, logicalId: string): Resource => {
    const key = `${stack.name}/${logicalId}`;
    const resource = known.get(key) ?? located(key, () => resolve(stack, logicalId));
    known.set(key, resource);
    return resource;
  };

  const present = (stack: StackTemplate): readonly (readonly [string, TemplateResource])[] =>
    located(stack.name, () =>
      [...stack.template.resources].filter(([, resource]) => isPresent(stack, resource)),
    );
  const order = (stack: StackTemplate): readonly string[] => {
    const resources = new Map(present(stack));
    const dependenciesOf = (id: string): readonly string[] => {
      const resource = resources.get(id);
      return resource ? [...resource.dependsOn, ...referencesIn(resource.properties)] : [];
    };
    return located(stack.name, () => inDependencyOrder([...resources.keys()], dependenciesOf));
  };

  const deployment = assembly.stacks.flatMap((stack) =>
    order(stack).map((id) => ({
      stack: stack.name,
      logicalId: id,
      type: stack.template.resources.get(id)?.type ?? '',
      resolve: () => resourceOf(stack, id),
    })),
  );
  const resolvable = () => resolveAll(deployment.map((step) => step.resolve));
  return {
    deployment: () => deployment,
    resources: () => {
      const { resources, problems } = resolvable();
      refuseProblems(problems);
      return resources;
    },
    resolvable,
    ...createOutputs(assembly, scopeOf),
  };
};
