import type { Deployments } from '../../../packages/cli/src/local/deployment/deployments.ts';

/** The parts of a template that a change may reach. */
export type ChangedTemplate = {
  // biome-ignore lint/suspicious/noExplicitAny: a change says itself what it expects of a template.
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: any }>;
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  readonly Outputs: any;
};

const capabilities = ['CAPABILITY_NAMED_IAM'];

/** Deploys a stack by CloudFormation with another template, and waits for its end. */
const update = async (
  deployments: Deployments,
  region: string,
  stackName: string,
  templateBody: string,
): Promise<void> => {
  const stacks = deployments.inRegion(region);
  const request = { stackName, name: 'by-hand', type: 'UPDATE', templateBody } as const;
  const { parameters } = stacks.stack(stackName);
  const set = await stacks.createChangeSet({
    ...{ ...request, capabilities },
    parameters: Object.fromEntries(
      Object.keys(parameters).map((name) => [name, { usePrevious: true }]),
    ),
  });
  if (set.status === 'FAILED') throw new Error(set.statusReason);
  stacks.executeChangeSet(set.id);
  const { status, statusReason } = await stacks.settled(stackName);
  if (status !== 'UPDATE_COMPLETE') throw new Error(`${stackName} is ${status}: ${statusReason}`);
};

/**
 * Changes a running stack as a person does who edits its template.
 *
 * @returns deploys the template from before
 */
export const changeStack = async (
  deployments: Deployments,
  region: string,
  stack: string,
  change: (template: ChangedTemplate) => void,
): Promise<() => Promise<void>> => {
  const before = deployments.inRegion(region).template(stack);
  const template = JSON.parse(before) as ChangedTemplate;
  change(template);
  await update(deployments, region, stack, JSON.stringify(template));
  return () => update(deployments, region, stack, before);
};
