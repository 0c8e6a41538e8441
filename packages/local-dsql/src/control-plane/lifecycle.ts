import { type Cluster, type ClusterStatus, endingStatuses } from './cluster.ts';
import { arePeered, peersOf } from './peering.ts';

/** How long the service takes for a change, in milliseconds. 0 ends it before the next look. */
export type ControlPlaneDelays = {
  /** From `CREATING` to `ACTIVE`. */
  readonly createMs: number;
  /** From `UPDATING` to the status after it. */
  readonly updateMs: number;
  /** From `DELETING` to the end of the cluster. */
  readonly deleteMs: number;
};

type Entry = {
  readonly cluster: Cluster;
  readonly status: ClusterStatus;
  /** When the service itself goes on, in milliseconds since the epoch; absent for stable ones. */
  readonly until?: number;
  /** Where `CREATING` ends. */
  readonly failing?: boolean;
};

/**
 * The clusters of an account with their statuses. Nothing runs in the background: each look first
 * makes the changes whose time has come.
 */
export interface Lifecycle {
  readonly all: () => readonly Cluster[];
  readonly find: (arn: string) => Cluster | undefined;
  readonly statusOf: (arn: string) => ClusterStatus | undefined;
  /** Begins the life of a cluster; one that `failing` says so about ends it in `FAILED`. */
  readonly begin: (cluster: Cluster, failing: boolean) => void;
  /** Changes what a cluster is, and not its status. */
  readonly amend: (cluster: Cluster) => void;
  /** Changes what a cluster is by way of `UPDATING`. */
  readonly change: (cluster: Cluster) => void;
  /** Sets a status that connections set: none for a while, or a new one. */
  readonly setActivity: (arn: string, status: 'ACTIVE' | 'IDLE' | 'INACTIVE') => void;
  /** A half waits in `PENDING_DELETE` until its peer is deleted too. */
  readonly end: (cluster: Cluster) => void;
}

export const createLifecycle = (now: () => number, delays: ControlPlaneDelays): Lifecycle => {
  const entries = new Map<string, Entry>();

  const set = (cluster: Cluster, status: ClusterStatus, until?: number): void => {
    entries.set(cluster.arn, { cluster, status, ...(until === undefined ? {} : { until }) });
  };

  const peerOf = (cluster: Cluster): Entry | undefined =>
    peersOf(cluster)
      .map((arn) => entries.get(arn))
      .find((entry) => entry !== undefined && arePeered(cluster, entry.cluster));

  /** The status that a cluster stays in, as long as nobody asks for a change. */
  const settled = (cluster: Cluster): ClusterStatus => {
    if (cluster.multiRegionProperties === undefined) return 'ACTIVE';
    return peerOf(cluster) === undefined ? 'PENDING_SETUP' : 'ACTIVE';
  };

  /**
   * Two halves that have found each other are created together: both go from `PENDING_SETUP` by
   * way of `CREATING` to `ACTIVE`. Terraform's provider waits for these statuses in this order
   * (`internal/service/dsql/cluster_peering.go`, `waitClusterPeeringCreated`).
   */
  const updated = (cluster: Cluster, at: number): void => {
    const peer = peerOf(cluster);
    if (peer?.status !== 'PENDING_SETUP') {
      set(cluster, settled(cluster));
      return;
    }
    set(cluster, 'CREATING', at + delays.createMs);
    set(peer.cluster, 'CREATING', at + delays.createMs);
  };

  const goOn = ({ cluster, status, until = 0, failing = false }: Entry): void => {
    if (status === 'DELETING') entries.delete(cluster.arn);
    else if (status === 'UPDATING') updated(cluster, until);
    else set(cluster, failing ? 'FAILED' : settled(cluster));
  };

  const settle = (): void => {
    const time = now();
    for (;;) {
      const due = [...entries.values()]
        .filter(({ until = Number.POSITIVE_INFINITY }) => until <= time)
        .sort((one, other) => (one.until ?? 0) - (other.until ?? 0));
      const [next] = due;
      if (next === undefined) return;
      goOn(next);
    }
  };

  const current = (arn: string): Entry | undefined => {
    settle();
    return entries.get(arn);
  };

  const startDeleting = (cluster: Cluster): void =>
    set(cluster, 'DELETING', now() + delays.deleteMs);

  return {
    all: () => {
      settle();
      return [...entries.values()].map(({ cluster }) => cluster);
    },
    find: (arn) => current(arn)?.cluster,
    statusOf: (arn) => current(arn)?.status,
    begin: (cluster, failing) => {
      settle();
      // "The control plane checks the status of other peers and, finding none defined, creates the
      // cluster in a PENDING_SETUP state": a maintainer of DSQL in
      // https://github.com/hashicorp/terraform-provider-aws/pull/41868. No cluster can name one
      // that does not exist yet, so that the second half waits too.
      if (cluster.multiRegionProperties !== undefined && !failing) {
        set(cluster, 'PENDING_SETUP');
        return;
      }
      const until = now() + delays.createMs;
      entries.set(cluster.arn, { cluster, status: 'CREATING', until, failing });
    },
    amend: (cluster) => {
      const entry = current(cluster.arn);
      if (entry) entries.set(cluster.arn, { ...entry, cluster });
    },
    change: (cluster) => {
      const former = current(cluster.arn)?.cluster;
      const peer = former && peerOf(former);
      set(cluster, 'UPDATING', now() + delays.updateMs);
      // A half whose peer has left waits for a new one.
      if (peer && !arePeered(cluster, peer.cluster)) set(peer.cluster, 'PENDING_SETUP');
    },
    setActivity: (arn, status) => {
      const entry = current(arn);
      if (entry) set(entry.cluster, status);
    },
    end: (cluster) => {
      settle();
      const peer = peerOf(cluster);
      // The life cycle of DSQL's guide: a half "changes to Deleting after you delete the last peer
      // cluster".
      if (peer === undefined) startDeleting(cluster);
      else if (endingStatuses.has(peer.status)) {
        startDeleting(cluster);
        startDeleting(peer.cluster);
      } else set(cluster, 'PENDING_DELETE');
    },
  };
};
