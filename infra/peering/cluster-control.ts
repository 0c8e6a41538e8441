/** A cluster as DSQL's control plane describes it. */
export type ClusterState = {
  /** In DSQL's words, such as `PENDING_SETUP`. */
  readonly status: string;
  /** ARNs of the clusters that it names as its peers. DSQL may list the cluster itself too. */
  readonly peers: readonly string[];
  /** Absent for a cluster of one Region. */
  readonly witnessRegion?: string;
  readonly deletionProtected: boolean;
};

/**
 * DSQL's control plane, for a cluster in any Region. Each call is one attempt, and rejects with an
 * error that has the `name` of the service's exception, such as `ThrottlingException`.
 */
export interface ClusterControl {
  readonly describe: (clusterArn: string, signal: AbortSignal) => Promise<ClusterState>;
  /** Names `peerArn` as the only peer of a cluster. */
  readonly peer: (
    clusterArn: string,
    peerArn: string,
    witnessRegion: string,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Begins the deletion. A half of two Regions waits in `PENDING_DELETE` for its peer's. */
  readonly delete: (clusterArn: string, signal: AbortSignal) => Promise<void>;
}

/** A cluster with such a status serves, or sleeps until the next connection. */
const usable: ReadonlySet<string> = new Set(['ACTIVE', 'IDLE', 'INACTIVE']);

/** DSQL refuses changes of a cluster with such a status. The status passes by itself. */
const changing: ReadonlySet<string> = new Set(['CREATING', 'UPDATING']);

/** A cluster with such a status is on its way out. */
const leaving: ReadonlySet<string> = new Set(['DELETING', 'DELETED', 'PENDING_DELETE']);

export const isUsable = ({ status }: ClusterState): boolean => usable.has(status);
export const isChanging = ({ status }: ClusterState): boolean => changing.has(status);
export const isLeaving = ({ status }: ClusterState): boolean => leaving.has(status);

/** The Region and the identifier in `arn:aws:dsql:<region>:<account>:cluster/<identifier>`. */
export const readClusterArn = (clusterArn: string) => {
  const [, , , region = '', , resource = ''] = clusterArn.split(':');
  return { region, identifier: resource.replace('cluster/', '') };
};

/** A cluster in an error or a line of the log: its identifier and its Region. */
export const clusterName = (clusterArn: string): string => {
  const { region, identifier } = readClusterArn(clusterArn);
  return `${identifier} in ${region}`;
};

/**
 * The meaning of a call that failed: the cluster does not exist, the request is wrong, or another
 * attempt may succeed. A missing permission belongs to the last kind: IAM takes seconds to spread a
 * new policy (aws-cdk#37675).
 */
export type FailureKind = 'absent' | 'refused' | 'passing';

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

export const failureKind = (error: unknown): FailureKind => {
  const name = nameOf(error);
  if (name === 'ResourceNotFoundException') return 'absent';
  return name === 'ValidationException' ? 'refused' : 'passing';
};

/** A failed call in a few words: the name of the exception and its message. */
export const describeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' || error.name === ''
    ? error.message
    : `${error.name} ${error.message}`.trim();
};
