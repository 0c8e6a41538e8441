/**
 * A cluster's status, as the service has them.
 *
 * @see https://docs.aws.amazon.com/aurora-dsql/latest/userguide/cluster-lifecycle.html
 */
export type ClusterStatus =
  | 'CREATING'
  | 'PENDING_SETUP'
  | 'ACTIVE'
  | 'IDLE'
  | 'INACTIVE'
  | 'UPDATING'
  | 'PENDING_DELETE'
  | 'DELETING'
  | 'FAILED';

export type MultiRegionProperties = {
  readonly witnessRegion?: string;
  /** ARNs of the peers. A cluster's own ARN among them says nothing. */
  readonly clusters?: readonly string[];
};

export type ClusterPolicy = {
  /** A JSON document. */
  readonly document: string;
  /** A number that grows with each change. */
  readonly version: string;
};

/** A cluster of the local stack. Its status changes with time: see `ClusterRegistry.status`. */
export type Cluster = {
  /** 26 small letters and digits. */
  readonly identifier: string;
  readonly arn: string;
  readonly region: string;
  /** Data endpoint, `host` or `host:port`. */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly deletionProtectionEnabled: boolean;
  readonly multiRegionProperties?: MultiRegionProperties;
  readonly tags: Readonly<Record<string, string>>;
  /** DSQL's own key unless given. */
  readonly kmsEncryptionKey?: string;
  readonly policy?: ClusterPolicy;
};

/** Clusters with such a status serve, or sleep until the next connection. */
export const usableStatuses: ReadonlySet<ClusterStatus> = new Set(['ACTIVE', 'IDLE', 'INACTIVE']);

/** The service changes clusters with such a status by itself, and refuses other changes. */
export const transientStatuses: ReadonlySet<ClusterStatus> = new Set(['CREATING', 'UPDATING']);

/** Clusters with such a status only go on to their end. */
export const endingStatuses: ReadonlySet<ClusterStatus> = new Set(['PENDING_DELETE', 'DELETING']);
