import type { Deployments, RegionDeployments } from '../../deployment/index.ts';
import type { Assembly, StackTemplate } from '../../template/assembly.ts';
import { TemplateProblems } from '../../template/problems.ts';

/** Every right that a template may ask for: the person runs an app of their own. */
const capabilities = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];

/** The first resource of the last operation that failed, as a line. */
const failureIn = (region: RegionDeployments, stack: string): string => {
  const events = region.events(stack);
  const begun = events.findIndex(
    ({ logicalId, status, statusReason }) =>
      logicalId === stack && status.endsWith('_IN_PROGRESS') && statusReason === 'User Initiated',
  );
  const failed = events
    .slice(0, begun + 1)
    .findLast(({ logicalId, status }) => logicalId !== stack && status.endsWith('_FAILED'));
  if (failed === undefined) return `${stack}: ${region.stack(stack).statusReason ?? 'it failed'}`;
  const { logicalId, type, statusReason = '' } = failed;
  return `${stack}/${logicalId} (${type}) failed: ${statusReason}`;
};

const hasStack = (region: RegionDeployments, name: string): boolean =>
  region
    .stacks()
    .some(
      (one) => one.name === name && !['DELETE_COMPLETE', 'REVIEW_IN_PROGRESS'].includes(one.status),
    );

/** States from which a stack can only be deleted. */
const isStuck = (status: string): boolean =>
  status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED' || status === 'DELETE_FAILED';

const removeStuck = async (region: RegionDeployments, name: string): Promise<void> => {
  if (!hasStack(region, name)) return;
  const { id, status } = region.stack(name);
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    region.continueUpdateRollback(id);
    await region.settled(id);
  } else if (isStuck(status)) {
    region.deleteStack(id, { force: true });
    await region.settled(id);
  }
};

const deployStack = async (
  region: RegionDeployments,
  { name, template }: StackTemplate,
): Promise<void> => {
  await removeStuck(region, name);
  const { id, status, statusReason, changes } = await region.createChangeSet({
    ...{ stackName: name, name: 'antipode-local', capabilities },
    type: hasStack(region, name) ? 'UPDATE' : 'CREATE',
    templateBody: template.text,
    // A function of the app may have given a stack a value, as the peering does.
    parameters: Object.fromEntries(
      Object.keys(template.parameters).map((parameter) => [parameter, { usePrevious: true }]),
    ),
  });
  if (status === 'FAILED') {
    region.deleteChangeSet(id);
    if (changes.length > 0 || !statusReason?.includes("didn't contain changes")) {
      throw new TemplateProblems((statusReason ?? '').split('\n'));
    }
    return;
  }
  region.executeChangeSet(id, undefined, { disableRollback: true });
  const done = await region.settled(name);
  if (!done.status.endsWith('_COMPLETE')) throw new Error(failureIn(region, name));
};

/**
 * Deploys the stacks of an app, in the order of their dependencies.
 *
 * @throws {Error} with one line when a resource fails, with its reason.
 */
export const deployAssembly = async (
  deployments: Deployments,
  { stacks }: Assembly,
  signal: AbortSignal,
): Promise<void> => {
  for (const stack of stacks) {
    signal.throwIfAborted();
    await deployStack(deployments.inRegion(stack.region), stack);
  }
};
