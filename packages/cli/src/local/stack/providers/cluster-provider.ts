import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, ClusterRegistry, DsqlEndpoint } from 'antipode-local-dsql';
import type { ResourceProvider } from '../../deployment/index.ts';
import { type JsonObject, objectOf, stringOf, stringsOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { addressOf } from '../database.ts';

export type ClusterProviderDeps = {
  readonly clusters: ClusterRegistry;
  /** Opens the endpoint of a Region's cluster, if it is not open. */
  readonly openEndpoint: (region: string, clusterId: string) => Promise<DsqlEndpoint>;
  readonly closeEndpoint: (clusterId: string) => Promise<void>;
  /** A cluster as it was when the last run ended. */
  readonly keptCluster: (region: string, identifier: string) => Cluster | undefined;
};

/** Milliseconds between two looks at a cluster that is being deleted. */
const lookMs = 100;

/**
 * CloudFormation waits for the deletion of a cluster, whose peer may have to go first. Terraform's
 * provider allows 90 minutes.
 */
const deletionMsMax = 5_400_000;

const peeringOf = (value: JsonObject[string] | undefined) => {
  if (value === undefined) return {};
  const { WitnessRegion, Clusters } = objectOf(value);
  const witnessRegion = stringOf(WitnessRegion);
  return {
    multiRegionProperties: {
      clusters: stringsOf(Clusters),
      ...(witnessRegion !== undefined && { witnessRegion }),
    },
  };
};

const settingsOf = ({ properties }: Pick<Resource, 'properties'>) => {
  const { DeletionProtectionEnabled, KmsEncryptionKey } = properties;
  const kmsEncryptionKey = stringOf(KmsEncryptionKey);
  return {
    deletionProtectionEnabled: DeletionProtectionEnabled === true,
    ...(kmsEncryptionKey !== undefined && { kmsEncryptionKey }),
  };
};

const tagsOf = ({ properties }: Pick<Resource, 'properties'>): Readonly<Record<string, string>> => {
  const { Tags } = properties;
  return Object.fromEntries(
    (Array.isArray(Tags) ? Tags : []).map((tag) => {
      const { Key, Value } = objectOf(tag);
      return [stringOf(Key) ?? '', stringOf(Value) ?? ''];
    }),
  );
};

const untilGone = async (
  { clusters }: ClusterProviderDeps,
  { region, ref }: Resource,
  signal: AbortSignal,
): Promise<void> => {
  const until = performance.now() + deletionMsMax;
  while (clusters.find(region, ref) !== undefined) {
    if (performance.now() > until) throw new Error(`the cluster ${ref} is still being deleted`);
    await delay(lookMs, undefined, { signal });
  }
};

/** Makes clusters in the control plane, each with the endpoint of its Region. */
export const clusterProvider = (deps: ClusterProviderDeps): ResourceProvider => {
  const { clusters, openEndpoint, closeEndpoint, keptCluster } = deps;

  const open = async ({ region, ref }: Resource): Promise<string> =>
    addressOf(await openEndpoint(region, ref));

  return {
    create: async (resource) => {
      const { region, ref: identifier, properties } = resource;
      const [other] = clusters.list(region);
      if (other) {
        throw new Error(
          `${region} has the DSQL cluster ${other.identifier}; one in each Region runs here, so destroy the service that has it, import or delete a cluster that was kept, or start a second stack with --port`,
        );
      }
      const endpoint = await open(resource);
      const peering = peeringOf(properties['MultiRegionProperties']);
      const settings = { ...settingsOf(resource), tags: tagsOf(resource) };
      clusters.create({ region, identifier, endpoint, ...settings, ...peering });
      return { attributes: { Endpoint: endpoint } };
    },
    update: async (resource, previous) => {
      const { region, ref, properties } = resource;
      const cluster = clusters.find(region, ref);
      if (!cluster) throw new Error(`Cluster ${ref} not found in ${region}`);
      const wanted = properties['MultiRegionProperties'];
      const isRepeered =
        JSON.stringify(wanted) !== JSON.stringify(previous.properties['MultiRegionProperties']);
      clusters.update(cluster, { ...settingsOf(resource), ...(isRepeered && peeringOf(wanted)) });
      const changed = clusters.find(region, ref);
      if (changed) clusters.setTags(changed, tagsOf(resource));
      return {};
    },
    find: (region, identifier) => {
      const cluster = clusters.find(region, identifier);
      if (!cluster) return undefined;
      const { arn, endpoint } = cluster;
      return {
        attributes: {
          Identifier: identifier,
          ResourceArn: arn,
          Endpoint: endpoint,
          Status: 'ACTIVE',
        },
      };
    },
    remove: async (resource, { signal }) => {
      const { region, ref } = resource;
      const cluster = clusters.find(region, ref);
      if (!cluster) return;
      clusters.remove(cluster);
      await untilGone(deps, resource, signal);
      await closeEndpoint(ref);
    },
    restore: async (resource) => {
      const { region, ref: identifier } = resource;
      if (clusters.find(region, identifier)) return;
      const endpoint = await open(resource);
      const kept = keptCluster(region, identifier);
      clusters.create({
        ...{ region, identifier, endpoint },
        ...(kept ?? peeringOf(resource.properties['MultiRegionProperties'])),
        ...settingsOf(resource),
        tags: tagsOf(resource),
      } as Parameters<ClusterRegistry['create']>[0]);
    },
  };
};
