import {
  type ClusterState,
  clusterName,
  isChanging,
  isLeaving,
  isUsable,
  readClusterArn,
} from './cluster-control.ts';
import { FinalFailure } from './look-again.ts';

/** The clusters to peer, and the Region that votes with them. */
export type PeeringRequest = {
  readonly primaryArn: string;
  readonly secondaryArn: string;
  readonly witnessRegion: string;
};

/** The next thing to do: nothing, wait, ask for the peering, or look at a third cluster first. */
export type PeeringStep =
  | { readonly kind: 'done' | 'wait' | 'peer' }
  | { readonly kind: 'examine'; readonly otherArn: string };

/** A command of the AWS CLI for one cluster. */
export const clusterCommand = (clusterArn: string, command: string, options = ''): string => {
  const { region, identifier } = readClusterArn(clusterArn);
  const end = options === '' ? '' : ` ${options}`;
  return `aws dsql ${command} --region ${region} --identifier ${identifier}${end}`;
};

const refuseLost = (clusterArn: string, state: ClusterState): void => {
  if (state.status !== 'FAILED' && !isLeaving(state)) return;
  throw new FinalFailure(
    `Cluster ${clusterName(clusterArn)} is ${state.status} and never becomes usable: destroy the stack of this cluster, then deploy again`,
  );
};

/** DSQL cannot change the witness of two peers, so a service that has data keeps it. */
const refuseOtherWitness = (
  clusterArn: string,
  { witnessRegion }: ClusterState,
  wanted: string,
): void => {
  if (witnessRegion === undefined || witnessRegion === wanted) return;
  throw new FinalFailure(
    `Cluster ${clusterName(clusterArn)} has the witness ${witnessRegion}, which cannot become ${wanted}: set WITNESS_REGION=${witnessRegion}, or another CLUSTER_NAME_PREFIX for a new, empty database`,
  );
};

const othersThan = ({ peers }: ClusterState, ...known: readonly string[]): readonly string[] =>
  peers.filter((arn) => !known.includes(arn));

/**
 * Decides from the states of both clusters.
 *
 * @throws {FinalFailure} where waiting cannot help, with the next step for a person
 */
export const peeringStep = (
  { primaryArn, secondaryArn, witnessRegion }: PeeringRequest,
  primary: ClusterState,
  secondary: ClusterState,
): PeeringStep => {
  for (const [arn, state] of [
    [primaryArn, primary],
    [secondaryArn, secondary],
  ] as const) {
    refuseLost(arn, state);
    refuseOtherWitness(arn, state, witnessRegion);
  }
  const [stranger] = othersThan(secondary, primaryArn, secondaryArn);
  if (stranger !== undefined) {
    throw new FinalFailure(
      `Cluster ${clusterName(secondaryArn)} names ${clusterName(stranger)} as its peer, not ${clusterName(primaryArn)}: destroy the stack of ${clusterName(secondaryArn)}, then deploy again`,
    );
  }
  if (primary.peers.includes(secondaryArn)) {
    return { kind: isUsable(primary) && isUsable(secondary) ? 'done' : 'wait' };
  }
  if (isChanging(primary)) return { kind: 'wait' };
  const [otherArn] = othersThan(primary, primaryArn, secondaryArn);
  return otherArn === undefined ? { kind: 'peer' } : { kind: 'examine', otherArn };
};

/**
 * Decides about a third cluster that the primary names: a deployment that failed has left it over,
 * or it is a real peer with data.
 *
 * @param other `undefined` where it does not exist any more
 * @returns whether it is left over, so that someone should delete it
 * @throws {FinalFailure} where it is a real peer
 */
export const isLeftOver = (
  { primaryArn, secondaryArn }: PeeringRequest,
  primary: ClusterState,
  otherArn: string,
  other: ClusterState | undefined,
): boolean => {
  if (other === undefined || isLeaving(other)) return false;
  if (!(isUsable(primary) && isUsable(other) && other.peers.includes(primaryArn))) return true;
  throw new FinalFailure(
    `Cluster ${clusterName(primaryArn)} is peered with ${clusterName(otherArn)}, which may hold data, and not with ${clusterName(secondaryArn)}: delete the stack of the latter, then import ${readClusterArn(otherArn).identifier} into it by IMPORT_CLUSTERS=on npx cdk import`,
  );
};
