import { createPendingAnswers } from '../../deployment/index.ts';
import type { Assembly } from '../../template/assembly.ts';
import { createModel, type Resource } from '../../template/model.ts';
import type { Outputs } from '../../template/outputs.ts';
import { permissionProblems } from '../../template/permissions.ts';
import { problemsIn, refuseProblems } from '../../template/problems.ts';
import { exportProblems, physicalNameProblems } from '../../template/validation/physical-names.ts';
import type { CheckedApp } from '../../template/validation/resource-check.ts';
import { structureProblems } from '../../template/validation/template-checks.ts';
import { problemsOfAll } from '../../template/validation/validate.ts';
import { codeDirOf } from './function-settings.ts';
import { type App, readingProblems } from './read-resource.ts';

/** An app that is resolved and checked, before anything of it is started. */
export type Plan = {
  /** In the order in which they first occur; the first is the primary one. */
  readonly regions: readonly string[];
  /** Every resource; addresses in them only stand for those that the start will find out. */
  readonly resources: readonly Resource[];
  /** The DSQL clusters, one in each Region that has one. */
  readonly clusters: readonly { readonly region: string; readonly identifier: string }[];
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
export const plannedEndpoints = (region: string) => ({
  http: `https://sqs.${region}.amazonaws.com`,
  dsql: `${'0'.repeat(26)}.dsql.${region}.on.aws`,
});

/**
 * The problems of all resources. A service's own reader judges one last, and stops at the first
 * problem.
 */
export const problemsOf = (app: App, context: CheckedApp): readonly string[] => {
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
  const { answer, isPending } = createPendingAnswers();
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
  const context = { resources, isComplete, isPending };
  refuseProblems([
    ...structureProblems(assembly),
    ...problems,
    ...problemsOf({ resources, codeDirOf: (fn) => codeDirOf(fn, assembly) }, context),
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
    clusters: clusters.map(({ region, ref: identifier }) => ({ region, identifier })),
  };
};
