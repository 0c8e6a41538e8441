import type { Assembly } from '../../template/assembly.ts';
import type { Json } from '../../template/json.ts';
import { createModel, type Resource } from '../../template/model.ts';
import type { Outputs } from '../../template/outputs.ts';
import { permissionProblems } from '../../template/permissions.ts';
import { problemsIn, refuseProblems } from '../../template/problems.ts';
import { exportProblems, physicalNameProblems } from '../../template/validation/physical-names.ts';
import type { CheckedApp } from '../../template/validation/resource-check.ts';
import { structureProblems } from '../../template/validation/template-checks.ts';
import { problemsOfAll, resourceProblems } from '../../template/validation/validate.ts';
import { type App, readingProblems } from './read-resource.ts';

/** An app that is resolved and checked, before anything of it is started. */
export type Plan = {
  /** In the order in which they first occur; the first is the primary one. */
  readonly regions: readonly string[];
  /** Every resource; addresses in them only stand for those that the start will find out. */
  readonly resources: readonly Resource[];
  /** The DSQL cluster of each Region that has one. */
  readonly clusters: ReadonlyMap<string, Resource>;
  /**
   * Checks a resource that holds what a custom resource has answered meanwhile.
   *
   * @throws {TemplateProblems} with one line for everything that AWS would refuse.
   */
  readonly check: (resource: Resource) => void;
};

const clusterProblems = (
  clusters: readonly Resource[],
  byRegion: ReadonlyMap<string, Resource>,
): readonly string[] =>
  clusters
    .filter((cluster) => byRegion.get(cluster.region) !== cluster)
    .map(({ stack, logicalId, region }) => {
      return `${stack}/${logicalId}: ${region} has more than one DSQL cluster; one in each Region runs here`;
    });

/**
 * Addresses as long as those that AWS gives: the variables of a function may fill 4 KB there.
 *
 * @see https://docs.aws.amazon.com/aurora-dsql/latest/userguide/what-is-aurora-dsql.html
 */
const plannedEndpoints = (region: string) => ({
  http: `https://sqs.${region}.amazonaws.com`,
  dsql: `${'0'.repeat(26)}.dsql.${region}.on.aws`,
});

/**
 * Makes texts that stand for the answers of custom resources, and finds them in the values that
 * contain them.
 */
const createAnswers = () => {
  const answers = new Set<string>();
  const answer = (text: string): string => {
    answers.add(text);
    return text;
  };
  const holdsAnswer = (value: Json | undefined): boolean => {
    if (typeof value === 'string') return [...answers].some((text) => value.includes(text));
    return typeof value === 'object' && value !== null && Object.values(value).some(holdsAnswer);
  };
  return { answer, holdsAnswer };
};

/**
 * The problems of all resources. A service's own reader judges one last, and stops at the first
 * problem.
 */
const problemsOf = (app: App, context: CheckedApp): readonly string[] => {
  const found = problemsOfAll(context);
  return app.resources.flatMap((resource) => {
    const problems = found.get(resource) ?? [];
    return problems.length > 0 || context.isPending(resource.properties)
      ? problems
      : readingProblems(resource, app);
  });
};

const outputProblems = ({ outputs, exports }: Outputs): readonly string[] => {
  const problems = problemsIn(outputs);
  return problems.length > 0 ? problems : exportProblems(exports());
};

/**
 * Resolves an app and checks what can be checked without starting it.
 *
 * @throws {TemplateProblems} with one line for each type that does not run here, each value that
 * cannot be resolved, each property that AWS would refuse and each permission that AWS would miss.
 */
export const planStack = (assembly: Assembly, ignoredTypes: readonly string[]): Plan => {
  const { answer, holdsAnswer: isPending } = createAnswers();
  const model = createModel({
    assembly,
    ignoredTypes,
    endpoints: plannedEndpoints,
    customResource: (stack, logicalId) => ({
      ref: answer(`${stack}/${logicalId}`),
      attribute: (name) => answer(`${stack}/${logicalId}.${name}`),
    }),
  });
  const { resources, problems } = model.resolvable();
  const isComplete = problems.length === 0;
  const clusters = resources.filter(({ type }) => type === 'AWS::DSQL::Cluster');
  const clusterOf = new Map(clusters.map((cluster) => [cluster.region, cluster]));
  const isKnown = ({ properties }: Resource): boolean => !isPending(properties);
  const context = { resources, isComplete, isPending };
  refuseProblems([
    ...structureProblems(assembly),
    ...problems,
    ...problemsOf({ resources, assembly }, context),
    ...physicalNameProblems(context),
    ...clusterProblems(clusters, clusterOf),
    // A role or a policy that is not known may allow what seems to be missing; outputs name
    // resources.
    ...(isComplete ? permissionProblems(resources) : []),
    ...(isComplete ? outputProblems(model) : []),
  ]);
  return {
    regions: [...new Set(assembly.stacks.map(({ region }) => region))],
    resources,
    clusters: clusterOf,
    check: (resource) => {
      const planned = resources.find(
        ({ stack, logicalId }) => stack === resource.stack && logicalId === resource.logicalId,
      );
      if (!planned || isKnown(planned)) return;
      refuseProblems(resourceProblems(resource, { ...context, isPending: () => false }));
    },
  };
};
