import { isUtf8 } from 'node:buffer';
import type { HttpResponse, Route } from '../http/http.ts';
import {
  type Cluster,
  type ClusterChange,
  ClusterRefusal,
  type ClusterRegistry,
} from './clusters.ts';

export {
  type Cluster,
  type ClusterRegistry,
  createClusterRegistry,
  newClusterIdentifier,
} from './clusters.ts';

const clusterPath = /^\/cluster\/([^/]+)$/;
const identifierPattern = /^[a-z0-9]{26}$/;

const errorStatus = {
  ValidationException: 400,
  ResourceNotFoundException: 404,
  ConflictException: 409,
} as const;

const failure = (
  kind: keyof typeof errorStatus,
  message: string,
  details: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status: errorStatus[kind],
  headers: { 'x-amzn-errortype': kind },
  body: JSON.stringify({ message, ...details }),
});

const invalid = (message: string): HttpResponse =>
  failure('ValidationException', message, { reason: 'fieldValidationFailed' });

const summary = (registry: ClusterRegistry, cluster: Cluster) => ({
  identifier: cluster.identifier,
  arn: cluster.arn,
  status: registry.status(cluster),
  // The service counts in seconds.
  creationTime: cluster.createdAt / 1000,
});

const description = (registry: ClusterRegistry, cluster: Cluster) => ({
  ...summary(registry, cluster),
  deletionProtectionEnabled: cluster.deletionProtectionEnabled,
  endpoint: cluster.endpoint,
  tags: cluster.tags,
  encryptionDetails: { encryptionType: 'AWS_OWNED_KMS_KEY', encryptionStatus: 'ENABLED' },
  ...(cluster.multiRegionProperties
    ? { multiRegionProperties: cluster.multiRegionProperties }
    : {}),
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parts of an `UpdateCluster` request that mean something here, or what is wrong with it. */
const readChange = (body: Buffer): ClusterChange | string => {
  if (!isUtf8(body)) return 'The request body is not valid UTF-8.';
  let value: unknown;
  try {
    value = JSON.parse(body.toString() || '{}');
  } catch {
    return 'The request body is not JSON.';
  }
  if (!isRecord(value)) return 'The request body is not an object.';
  const { deletionProtectionEnabled, multiRegionProperties } = value;
  if (deletionProtectionEnabled !== undefined && typeof deletionProtectionEnabled !== 'boolean') {
    return 'deletionProtectionEnabled must be true or false.';
  }
  const protection = deletionProtectionEnabled === undefined ? {} : { deletionProtectionEnabled };
  if (multiRegionProperties === undefined) return protection;
  if (!isRecord(multiRegionProperties)) return 'multiRegionProperties must be an object.';
  const { witnessRegion, clusters } = multiRegionProperties;
  if (witnessRegion !== undefined && typeof witnessRegion !== 'string') {
    return 'witnessRegion must be a string.';
  }
  const isText = (arn: unknown): arn is string => typeof arn === 'string';
  if (clusters !== undefined && !(Array.isArray(clusters) && clusters.every(isText))) {
    return 'clusters must be a list of ARNs.';
  }
  const peering = {
    ...(witnessRegion === undefined ? {} : { witnessRegion }),
    ...(clusters === undefined ? {} : { clusters }),
  };
  return { ...protection, multiRegionProperties: peering };
};

/**
 * Answers `GetCluster` and `UpdateCluster` of DSQL's control API for one Region.
 *
 * @example
 * startHttpServer({ port, routes: [dsqlControlPlane({ region: 'us-east-1', registry })] });
 */
export const dsqlControlPlane = (options: {
  readonly region: string;
  readonly registry: ClusterRegistry;
}): Route => {
  const { region, registry } = options;
  return ({ method, path, body }) => {
    const identifier = clusterPath.exec(path)?.[1];
    if (identifier === undefined || (method !== 'GET' && method !== 'POST')) return undefined;
    if (!identifierPattern.test(identifier))
      return invalid(`Invalid cluster identifier: ${identifier}`);
    const cluster = registry.find(region, identifier);
    if (!cluster) {
      return failure('ResourceNotFoundException', `Cluster ${identifier} not found in ${region}`, {
        resourceId: identifier,
        resourceType: 'cluster',
      });
    }
    if (method === 'GET') {
      return { status: 200, body: JSON.stringify(description(registry, cluster)) };
    }
    const change = readChange(body);
    if (typeof change === 'string') return invalid(change);
    try {
      const updated = registry.update(cluster, change);
      return { status: 200, body: JSON.stringify(summary(registry, updated)) };
    } catch (error) {
      if (!(error instanceof ClusterRefusal)) throw error;
      return error.kind === 'ValidationException'
        ? invalid(error.message)
        : failure(error.kind, error.message, { resourceId: identifier, resourceType: 'cluster' });
    }
  };
};
