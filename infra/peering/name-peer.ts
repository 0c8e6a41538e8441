import { describeFailure } from './cluster-control.ts';
import { FinalFailure, type Look, type LookAgainDeps, lookAgain } from './look-again.ts';
import type { StackControl } from './stack-control.ts';

/** The answer where a person has nothing to do. */
export const nothingToDo = 'none';

/**
 * Milliseconds of pauses between looks at the stack. An update of one cluster takes a minute; a
 * deployment does not wait longer for an update that a person can make too.
 */
const pausesMsMax = 180_000;

export type PeerNaming = {
  readonly stackId: string;
  readonly parameter: string;
  /** The identifier of the peer. */
  readonly value: string;
};

const stackName = (stackId: string): string => stackId.split('/')[1] ?? stackId;

const createNaming = (
  stacks: StackControl,
  { stackId, parameter, value }: PeerNaming,
  signal: AbortSignal,
  pausesMs: () => number,
): (() => Promise<Look<undefined>>) => {
  let updated = false;
  return async () => {
    if (pausesMs() > pausesMsMax) throw new FinalFailure('The stack is not updated in time');
    const { status, parameters } = await stacks.describe(stackId, signal);
    const seen = `the stack of the primary cluster is ${status}`;
    if (status.endsWith('_IN_PROGRESS')) return { seen };
    const current = parameters[parameter];
    if (current === undefined || current === value) return { done: undefined };
    if (updated) throw new FinalFailure(`The update of the stack ended in ${status}`);
    await stacks.update(
      stackId,
      {
        parameters: { [parameter]: value },
        kept: Object.keys(parameters).filter((key) => key !== parameter),
        resourceTypes: ['AWS::DSQL::Cluster'],
      },
      signal,
    );
    updated = true;
    return { seen, atOnce: true };
  };
};

/**
 * Gives the stack of the primary cluster the identifier of its peer, so that its template names
 * both clusters. This is the second phase of AWS's guide to multi-Region clusters. CloudFormation
 * finds the peering that it asks for.
 *
 * The clusters are peered already, so a failure here fails no deployment.
 *
 * @returns the command that a person runs instead, or `none`
 */
export const namePeer = async (
  deps: LookAgainDeps & { readonly stacks: StackControl },
  naming: PeerNaming,
  signal: AbortSignal,
): Promise<string> => {
  const { stackId, parameter, value } = naming;
  let pausesMs = 0;
  const sleep: LookAgainDeps['sleep'] = (ms, ...rest) => {
    pausesMs += ms;
    return deps.sleep(ms, ...rest);
  };
  const look = createNaming(deps.stacks, naming, signal, () => pausesMs);
  try {
    await lookAgain({ ...deps, sleep }, signal, 'Deploy again', look);
    return nothingToDo;
  } catch (error) {
    const name = stackName(stackId);
    const command = `npx cdk deploy ${name} --exclusively --parameters ${name}:${parameter}=${value}`;
    deps.log('The stack of the primary cluster does not name its peer yet', {
      cause: describeFailure(error),
      run: command,
    });
    return command;
  }
};
