import type { CustomResourceChange } from '../../src/handlers/runtime/custom-resource/custom-resource.ts';
import {
  type ClusterControl,
  type ClusterState,
  clusterName,
  failureKind,
  isLeaving,
} from './cluster-control.ts';
import { FinalFailure, type Look, type LookAgainDeps, lookAgain } from './look-again.ts';
import { destroyAgain } from './next-steps.ts';
import { textProperty } from './peer-clusters-handler.ts';
import { clusterCommand } from './peering-step.ts';
import type { StackControl } from './stack-control.ts';

export type DeleteClustersDeps = LookAgainDeps & {
  readonly clusters: ClusterControl;
  readonly stacks: Pick<StackControl, 'describe'>;
};

/** Checked for both before either is deleted: half a database helps nobody. */
const refuseProtected = (clusters: ReadonlyMap<string, ClusterState>): void => {
  for (const [arn, state] of clusters) {
    if (!state.deletionProtected || isLeaving(state)) continue;
    throw new FinalFailure(
      `Cluster ${clusterName(arn)} refuses deletion: run ${clusterCommand(arn, 'update-cluster', '--no-deletion-protection-enabled')}, then destroy again`,
    );
  }
};

type ClusterPair = readonly [primaryArn: string, secondaryArn: string];

/**
 * Whether the two are one database, or were one when a former run began. Otherwise the second one
 * is left over from a creation that failed: CloudFormation deletes it alone, and the first one
 * belongs to a stack that stays.
 */
const areOneDatabase = (
  [primaryArn, secondaryArn]: ClusterPair,
  found: ReadonlyMap<string, ClusterState>,
): boolean => {
  const [primary, secondary] = [found.get(primaryArn), found.get(secondaryArn)];
  // The primary may be gone while its peer is still on its way out.
  if (primary === undefined) return secondary !== undefined && isLeaving(secondary);
  return primary.peers.includes(secondaryArn) || isLeaving(primary);
};

const createDeletion =
  (
    clusters: ClusterControl,
    clusterArns: ClusterPair,
    signal: AbortSignal,
  ): (() => Promise<Look<undefined>>) =>
  async () => {
    const found = new Map<string, ClusterState>();
    const describe = async (arn: string): Promise<void> => {
      try {
        const state = await clusters.describe(arn, signal);
        if (state.status !== 'DELETED') found.set(arn, state);
      } catch (error) {
        if (failureKind(error) !== 'absent') throw error;
      }
    };
    await Promise.all(clusterArns.map(describe));
    if (!areOneDatabase(clusterArns, found)) return { done: undefined };
    refuseProtected(found);
    const present = [...found].filter(([, state]) => !isLeaving(state));
    await Promise.all(present.map(([arn]) => clusters.delete(arn, signal)));
    return {
      seen: [...found].map(([arn, { status }]) => `${clusterName(arn)} is ${status}`).join(', '),
    };
  };

/**
 * Deletes both clusters of a service while their stack is deleted, and waits until they are gone.
 * One cannot go alone: it stays in `PENDING_DELETE` until its peer is deleted too, but
 * CloudFormation deletes one stack after the other.
 *
 * The resource may also leave the template, a creation may be rolled back, or the clusters may not
 * be peered. Then it deletes nothing. Idempotent: a second run goes on where a killed one ended.
 *
 * @throws {FinalFailure} for a cluster that is protected, before anything is deleted, and when the
 * time is up; the message names the next step
 */
export const deleteClusters =
  (deps: DeleteClustersDeps): CustomResourceChange =>
  async (event, signal) => {
    const { clusters, stacks, log } = deps;
    const clusterArns: ClusterPair = [
      textProperty(event, 'PrimaryClusterArn'),
      textProperty(event, 'SecondaryClusterArn'),
    ];
    const { status } = await lookAgain(deps, signal, destroyAgain, async () => ({
      done: await stacks.describe(event.StackId, signal),
    }));
    if (status !== 'DELETE_IN_PROGRESS') {
      log('The clusters are kept, since their stack is not being deleted', { stack: status });
      return {};
    }
    await lookAgain(deps, signal, destroyAgain, createDeletion(clusters, clusterArns, signal));
    return {};
  };
