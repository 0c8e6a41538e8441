import type { Assembly } from '../template/assembly.ts';
import { createModel, type Resource } from '../template/model.ts';
import { permissionProblems } from '../template/permissions.ts';
import { refuseProblems } from '../template/problems.ts';

/** What is known of an app before anything of it is started. */
export type Plan = {
  /** In the order in which they first occur; the first is the primary one. */
  readonly regions: readonly string[];
  /** Every resource; addresses in them only stand for those that the start will find out. */
  readonly resources: readonly Resource[];
  /** The DSQL cluster of each Region that has one. */
  readonly clusters: ReadonlyMap<string, Resource>;
};

const clustersOf = (resources: readonly Resource[]): ReadonlyMap<string, Resource> => {
  const clusters = resources.filter(({ type }) => type === 'AWS::DSQL::Cluster');
  const byRegion = new Map(clusters.map((cluster) => [cluster.region, cluster]));
  refuseProblems(
    clusters
      .filter((cluster) => byRegion.get(cluster.region) !== cluster)
      .map(({ stack, logicalId, region }) => {
        return `${stack}/${logicalId}: ${region} has more than one DSQL cluster; one in each Region runs here`;
      }),
  );
  return byRegion;
};

/**
 * Resolves an app and checks what can be checked without starting it.
 *
 * @throws {TemplateProblems} with one line for each type that does not run here, each value that cannot be resolved, each
 * permission that AWS would miss.
 */
export const planStack = (assembly: Assembly, ignoredTypes: readonly string[]): Plan => {
  const model = createModel({
    assembly,
    ignoredTypes,
    endpoints: (region) => ({ http: `http://${region}.planned`, dsql: `${region}.planned:5432` }),
    customResource: (stack, logicalId) => ({
      ref: `${stack}/${logicalId}`,
      attribute: (name) => `${stack}/${logicalId}.${name}`,
    }),
  });
  const resources = model.resources();
  model.outputs();
  refuseProblems(permissionProblems(resources));
  return {
    regions: [...new Set(assembly.stacks.map(({ region }) => region))],
    resources,
    clusters: clustersOf(resources),
  };
};
