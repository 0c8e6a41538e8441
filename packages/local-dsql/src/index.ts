export { jobMsDefault } from './catalog/jobs.ts';
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
export { createLocalCertificate, type LocalCertificate } from './server/certificate.ts';
export {
  type ClusterRegistry,
  createClusterRegistry,
  dsqlControlPlane,
  newClusterIdentifier,
} from './server/control-plane.ts';
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
