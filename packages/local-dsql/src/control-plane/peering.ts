import type { Cluster, MultiRegionProperties } from './cluster.ts';
import { parseClusterArn } from './cluster-identifier.ts';
import { invalid } from './control-plane-error.ts';

/** A cluster and its peers must lie in one of these sets, as of 2026-11. */
const regionSets: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
];

/** The problem of peers and a witness Region that cannot form one cluster, if there is one. */
const peeringProblem = (
  region: string,
  { witnessRegion, clusters = [] }: MultiRegionProperties,
): string | undefined => {
  if (witnessRegion === undefined) return 'A multi-Region cluster needs a witness Region.';
  const peers = clusters
    .map((arn) => parseClusterArn(arn).region)
    .filter((peer) => peer !== region);
  if (peers.length > 1) return 'A cluster can be peered with one other Region.';
  if ([region, ...peers].includes(witnessRegion)) {
    return 'The witness Region must differ from the cluster Regions.';
  }
  const set = regionSets.find((candidate) => candidate.includes(region)) ?? [];
  const outside = [...peers, witnessRegion].find((candidate) => !set.includes(candidate));
  if (outside === undefined) return undefined;
  return `Region ${outside} cannot be combined with ${region}: multi-Region clusters stay within one Region set.`;
};

/** @throws {ControlPlaneError} for peers and a witness Region that cannot form one cluster */
export const validatePeering = (region: string, properties: MultiRegionProperties): void => {
  const problem = peeringProblem(region, properties);
  if (problem !== undefined) throw invalid(problem);
};

/** The ARNs that a cluster names, without its own: the service lists that one too. */
export const peersOf = ({ arn, multiRegionProperties }: Cluster): readonly string[] =>
  (multiRegionProperties?.clusters ?? []).filter((peer) => peer !== arn);

/** Two clusters are one database when each names the other, with the same witness. */
export const arePeered = (one: Cluster, other: Cluster): boolean =>
  peersOf(one).includes(other.arn) &&
  peersOf(other).includes(one.arn) &&
  one.multiRegionProperties?.witnessRegion === other.multiRegionProperties?.witnessRegion;
