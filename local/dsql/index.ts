export { createLocalCertificate, type LocalCertificate } from './certificate.ts';
export { type ClusterRegistry, createClusterRegistry, dsqlControlPlane } from './control-plane.ts';
export { type DsqlEndpoint, type DsqlEndpointOptions, startDsqlEndpoint } from './endpoint.ts';
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
