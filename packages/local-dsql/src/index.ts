/**
 * The local DSQL: an endpoint that conflicts and refuses as DSQL does, over an embedded PostgreSQL.
 *
 * @packageDocumentation
 */

export { emptyDatabase } from './catalog/empty-database.ts';
export { jobMsDefault } from './catalog/jobs.ts';
export type { Cluster, ClusterStatus } from './control-plane/cluster.ts';
export { newClusterIdentifier } from './control-plane/cluster-identifier.ts';
export {
  type ClusterChange,
  type ClusterRegistry,
  type ClusterRegistryOptions,
  createClusterRegistry,
  type NewCluster,
} from './control-plane/clusters.ts';
export { dsqlControlPlane } from './control-plane/control-plane.ts';
export {
  type ControlPlaneApi,
  type ControlPlaneApiOptions,
  createControlPlaneApi,
} from './control-plane/control-plane-api.ts';
export { AnswerLost, ControlPlaneError } from './control-plane/control-plane-error.ts';
export {
  type ControlPlaneFailurePlan,
  type ControlPlaneFailures,
  createControlPlaneFailures,
} from './control-plane/control-plane-failures.ts';
export type { ControlPlaneOperation } from './control-plane/operations.ts';
export {
  type FailureInjection,
  type FailurePlan,
  parseFailurePlan,
} from './injection/failure-injection.ts';
export type { DsqlNetwork, NetworkDelays } from './injection/region-network.ts';
export {
  existingPostgres,
  type Postgres,
  type PostgresOptions,
  startPostgres,
} from './postgres/postgres.ts';
export { backUpPostgres, restorePostgres } from './postgres/postgres-backup.ts';
export { createLocalCertificate, type LocalCertificate } from './server/certificate.ts';
export {
  type DsqlEndpoint,
  type DsqlEndpointOptions,
  startDsqlEndpoint,
} from './server/endpoint.ts';
export { type DsqlLimits, dsqlLimits } from './server/limits.ts';
export {
  type CredentialsLookup,
  checkToken,
  type LocalCredentials,
  type TokenVerdict,
} from './server/token.ts';
