import type { Resource } from '../template/model.ts';
import { stackIdOf } from '../template/scope.ts';

/** A stack that has been deployed here. */
export type DeployedStack = {
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: readonly Pick<Resource, 'logicalId' | 'ref' | 'type'>[];
};

/** The stacks of one Region, in the order in which their first resources were deployed. */
export const stacksIn = (
  region: string,
  resources: readonly Resource[],
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
): readonly DeployedStack[] => {
  const here = resources.filter((resource) => resource.region === region);
  return [...Map.groupBy(here, ({ stack }) => stack)].map(([name, own]) => ({
    name,
    id: stackIdOf(name, region),
    outputs: outputs[name] ?? {},
    resources: own,
  }));
};
