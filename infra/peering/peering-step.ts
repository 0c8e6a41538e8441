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

/**
 * DSQL cannot change the witness of two peers, so a service that has data keeps it. It cannot make
 * two Regions out of one either.
 */
const refuseOtherWitness = (clusterArn: string, state: ClusterState, wanted: string): void => {
  const { witnessRegion } = state;
  if (witnessRegion === wanted) return;
  if (witnessRegion === undefined) {
    if (!isUsable(state)) return;
    throw new FinalFailure(
      `Cluster ${clusterName(clusterArn)} was made for one Region and cannot be peered: destroy the stack of this cluster, then deploy again`,
    );
  }
  throw new FinalFailure(
    `Cluster ${clusterName(clusterArn)} has the witness ${witnessRegion}, which cannot become ${wanted}: set WITNESS_REGION=${witnessRegion}, or another CLUSTER_NAME_PREFIX for a new, empty database`,
  );
};

/** The command that names a peer, or takes it away; it can be put into a shell as it is. */
const nameCommand = (clusterArn: string, witnessRegion: string, peerArn?: string): string => {
  const peers = peerArn === undefined ? '' : `,clusters=${peerArn}`;
  return clusterCommand(
    clusterArn,
    'update-cluster',
    `--multi-region-properties witnessRegion=${witnessRegion}${peers}`,
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
 * Whether the first cluster names the second, and the second does not name it back, as it does from
 * its creation on. Both wait for the name then.
 */
export const isNameless = (
  { primaryArn, secondaryArn }: PeeringRequest,
  primary: ClusterState,
  secondary: ClusterState,
): boolean =>
  primary.peers.includes(secondaryArn) &&
  !secondary.peers.includes(primaryArn) &&
  !isChanging(primary) &&
  !isChanging(secondary);

/** @throws {FinalFailure} with the command that names the peer */
export const refuseNameless = (request: PeeringRequest): never => {
  const { primaryArn, secondaryArn, witnessRegion } = request;
  throw new FinalFailure(
    `Cluster ${clusterName(secondaryArn)} has lost the name of its peer: run ${nameCommand(secondaryArn, witnessRegion, primaryArn)}, then deploy again`,
  );
};

/**
 * Decides about a third cluster that the primary names: a deployment that failed has left it over,
 * or it is a real peer with data.
 *
 * @param other `undefined` where it does not exist any more
 * @returns whether it is left over, so that someone should delete it
 * @throws {FinalFailure} where it is a real peer, or one that is deleted and cannot go alone
 */
export const isLeftOver = (
  request: PeeringRequest,
  primary: ClusterState,
  otherArn: string,
  other: ClusterState | undefined,
): boolean => {
  const { primaryArn, secondaryArn } = request;
  // DSQL keeps the peers of a cluster that serves, and a deletion cannot be taken back.
  if (other !== undefined && isLeaving(other) && isUsable(primary)) {
    throw new FinalFailure(
      `Cluster ${clusterName(primaryArn)} is peered with ${clusterName(otherArn)}, which is ${other.status}: run ${nameCommand(primaryArn, request.witnessRegion)}, then deploy again`,
    );
  }
  if (other === undefined || isLeaving(other)) return false;
  if (!(isUsable(primary) && isUsable(other) && other.peers.includes(primaryArn))) return true;
  throw new FinalFailure(
    `Cluster ${clusterName(primaryArn)} is peered with ${clusterName(otherArn)}, which may hold data, and not with ${clusterName(secondaryArn)}: delete the stack of the latter, then import ${readClusterArn(otherArn).identifier} into it by IMPORT_CLUSTERS=on npx cdk import`,
  );
};
