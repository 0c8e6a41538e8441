import type {
  CustomResourceChange,
  CustomResourceEvent,
} from '../../src/handlers/runtime/custom-resource/custom-resource.ts';

/** The state of a cluster: its status in DSQL's words, and the ARNs that it is peered with. */
export type ClusterState = { readonly status: string; readonly peers: readonly string[] };

/** DSQL's control plane, for a cluster in any Region. */
export interface ClusterControl {
  readonly describe: (clusterArn: string) => Promise<ClusterState>;
  readonly peer: (clusterArn: string, peerArn: string, witnessRegion: string) => Promise<void>;
}

/** Milliseconds between two looks at the clusters. The SDK's own waiter uses the same number. */
const pollMs = 2_000;

/** A cluster with such a status serves, or sleeps until the next connection. */
const usable: ReadonlySet<string> = new Set(['ACTIVE', 'IDLE', 'INACTIVE']);

/** DSQL refuses changes of a cluster with such a status. The status passes by itself. */
const changing: ReadonlySet<string> = new Set(['CREATING', 'UPDATING']);

/** A cluster with such a status never becomes usable. */
const lost: ReadonlySet<string> = new Set(['FAILED', 'DELETING', 'DELETED', 'PENDING_DELETE']);

const textProperty = (event: CustomResourceEvent, name: string): string => {
  const value = event.ResourceProperties[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`${event.ResourceType} needs the property ${name}, a text`);
  }
  return value;
};

/**
 * Peers the primary cluster with the secondary, then waits until both are usable.
 *
 * Idempotent: it asks for the peering only where it is missing.
 *
 * @throws when a cluster has failed or is being deleted, and when the time is up
 */
export const peerClusters = (deps: {
  readonly clusters: ClusterControl;
  readonly sleep: (ms: number) => Promise<void>;
}): CustomResourceChange => {
  const { clusters, sleep } = deps;

  const look = async (clusterArn: string): Promise<ClusterState> => {
    const state = await clusters.describe(clusterArn);
    if (lost.has(state.status)) throw new Error(`Cluster ${clusterArn} is ${state.status}`);
    return state;
  };

  return async (event, signal) => {
    const primaryArn = textProperty(event, 'PrimaryClusterArn');
    const secondaryArn = textProperty(event, 'SecondaryClusterArn');
    const witnessRegion = textProperty(event, 'WitnessRegion');
    let asked = false;
    while (true) {
      const [primary, secondary] = await Promise.all([look(primaryArn), look(secondaryArn)]);
      if (primary.peers.includes(secondaryArn)) {
        if (usable.has(primary.status) && usable.has(secondary.status)) return {};
      } else if (!asked && !changing.has(primary.status)) {
        await clusters.peer(primaryArn, secondaryArn, witnessRegion);
        asked = true;
        continue;
      }
      await sleep(pollMs);
      signal.throwIfAborted();
    }
  };
};
