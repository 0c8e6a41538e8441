export { createLocalCertificate, type LocalCertificate } from './certificate.ts';
export {
  type ClusterRegistry,
  createClusterRegistry,
  dsqlControlPlane,
  newClusterIdentifier,
} from './control-plane.ts';
export { type DsqlEndpoint, type DsqlEndpointOptions, startDsqlEndpoint } from './endpoint.ts';
export { type FaultPlan, type Faults, parseFaults } from './faults.ts';
export { jobMsDefault } from './jobs.ts';
export { type DsqlLimits, dsqlLimits } from './limits.ts';
export type { DsqlNetwork, NetworkDelays } from './network.ts';
export {
  existingPostgres,
  type Postgres,
  type PostgresOptions,
  startPostgres,
} from './postgres.ts';
export {
  type CredentialsLookup,
  checkToken,
  type LocalCredentials,
  type TokenVerdict,
} from './token.ts';
