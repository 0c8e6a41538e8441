import type { RegionView } from '../regions/region-view.ts';
import { type Check, CheckFailed } from './check.ts';
import { aws, deployAll } from './remedies.ts';

const identifierOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** A cluster with such a status serves, or sleeps until the next connection. */
const usable = new Set(['ACTIVE', 'IDLE', 'INACTIVE']);

/** DSQL ends such a status by itself. */
const passing = new Set(['CREATING', 'UPDATING']);

/** A cluster with such a status does not come back. */
const leaving = new Set(['PENDING_DELETE', 'DELETING']);

const restore = 'restore it: docs/disaster.md, "A cluster was deleted"';

const readCluster = (view: RegionView, identifier: string): ReturnType<RegionView['cluster']> =>
  view.cluster(identifier).catch((cause: unknown) => {
    if (Object(cause).name !== 'ResourceNotFoundException') throw cause;
    throw new CheckFailed(`${identifier} does not exist`, restore, { cause });
  });

const requireUsable = (view: RegionView, identifier: string, status: string): void => {
  if (usable.has(status)) return;
  if (status === 'PENDING_SETUP') {
    throw new CheckFailed(`${identifier} is PENDING_SETUP: it has no peer`, deployAll(view));
  }
  if (leaving.has(status)) throw new CheckFailed(`${identifier} is ${status}`, restore);
  const next = passing.has(status)
    ? `wait, then: ${aws(view, `dsql get-cluster --identifier ${identifier}`)}`
    : deployAll(view);
  throw new CheckFailed(`${identifier} is ${status}`, next);
};

const checkCluster = async (view: RegionView, peer: RegionView | undefined): Promise<string> => {
  const { ClusterArn: arn, WitnessRegion: witness } = view.outputs;
  if (arn === undefined || witness === undefined) {
    throw new CheckFailed(
      `${view.stack} has no output ClusterArn and WitnessRegion`,
      deployAll(view),
    );
  }
  const identifier = identifierOf(arn);
  const cluster = await readCluster(view, identifier);
  requireUsable(view, identifier, cluster.status);
  if (cluster.witnessRegion !== witness) {
    throw new CheckFailed(
      `the witness is in ${cluster.witnessRegion ?? 'no Region'}, and the templates name ${witness}: it cannot change`,
      deployAll(view, `WITNESS_REGION=${cluster.witnessRegion ?? witness}`),
    );
  }
  const peerArn = peer?.outputs['ClusterArn'];
  const others = cluster.clusters.filter((one) => one !== arn);
  if (others.length === 0 || (peerArn !== undefined && !others.includes(peerArn))) {
    const found = others.length === 0 ? 'no cluster' : others.join(', ');
    throw new CheckFailed(
      `${identifier} is peered with ${found}, and not with ${peerArn ?? 'the other Region'}`,
      deployAll(view),
    );
  }
  return `${cluster.status}, peered, witness in ${witness}`;
};

/** The cluster of each half is there, peered with the other one, with the witness as declared. */
export const clusterChecks = (views: readonly RegionView[]): readonly Check[] =>
  views.map((view) => ({
    region: view.region,
    name: 'cluster',
    run: () =>
      checkCluster(
        view,
        views.find((one) => one !== view),
      ),
  }));
