import type { ControlPlaneApi } from '../../../../packages/local-dsql/src/index.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type Provider, ResourceFailure, type ResourceRequest } from './provider.ts';

type Fields = Readonly<Record<string, unknown>>;

/** CloudFormation's own handlers try again for so long, and look so often. */
const attemptsMax = 10;
const retryMs = 5_000;
const pollMs = 15_000;
const stabilizeMsMax = 2 * 3_600_000;

const passing: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'InternalServerException',
  'AnswerLost',
  'ConflictException',
]);

const tagsOf = (properties: Fields): Fields =>
  Object.fromEntries(
    ((properties['Tags'] ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [
      Key,
      Value,
    ]),
  );

const multiRegionOf = (properties: Fields): Fields => {
  const { MultiRegionProperties } = properties as Record<string, Record<string, unknown>>;
  if (!MultiRegionProperties) return {};
  const { WitnessRegion: witnessRegion, Clusters: clusters } = MultiRegionProperties;
  return {
    multiRegionProperties: { witnessRegion, ...(clusters === undefined ? {} : { clusters }) },
  };
};

/**
 * The owner of `AWS::DSQL::Cluster`. An update sends the whole of the properties, because it is not
 * known whether CloudFormation leaves out those that stay.
 */
export const createClusterProvider = (api: ControlPlaneApi, time: VirtualTime): Provider => {
  let tokens = 0;

  /** One request, with one client token for all attempts. */
  const request = async (
    region: string,
    operation: Parameters<ControlPlaneApi['send']>[1],
    input: Fields,
  ): Promise<Fields> => {
    tokens += 1;
    const once = operation.startsWith('Get') ? input : { ...input, clientToken: `cfn-${tokens}` };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await api.send(region, operation, once);
      } catch (error) {
        if (attempt >= attemptsMax || !passing.has((error as Error).name)) throw error;
        await time.sleep(retryMs * attempt);
      }
    }
  };

  const statusOf = async (region: string, identifier: string): Promise<string> => {
    try {
      return String((await request(region, 'GetCluster', { identifier }))['status']);
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return 'absent';
      throw error;
    }
  };

  const stabilize = async (
    { stack, logicalId }: ResourceRequest,
    identifier: string,
    wanted: readonly string[],
  ): Promise<void> => {
    const deadline = time.now() + stabilizeMsMax;
    for (;;) {
      const status = await statusOf(stack.region, identifier);
      if (wanted.includes(status)) return;
      if (status === 'FAILED' || time.now() > deadline) {
        throw new ResourceFailure(
          `Resource handler returned message: "${logicalId} did not stabilize: ${status}"`,
          identifier,
        );
      }
      await time.sleep(pollMs);
    }
  };

  const provide = async (region: string, identifier: string) => {
    const cluster = await request(region, 'GetCluster', { identifier });
    return {
      physicalId: identifier,
      attributes: {
        Identifier: identifier,
        ResourceArn: cluster['arn'],
        Endpoint: cluster['endpoint'],
        Status: cluster['status'],
      },
    };
  };

  const settled = ['ACTIVE', 'IDLE', 'INACTIVE', 'PENDING_SETUP'];

  return {
    create: async (creation) => {
      const { stack, properties } = creation;
      const made = await request(stack.region, 'CreateCluster', {
        deletionProtectionEnabled: properties['DeletionProtectionEnabled'] === true,
        tags: tagsOf(properties),
        ...multiRegionOf(properties),
      });
      const identifier = String(made['identifier']);
      await stabilize(creation, identifier, settled);
      return provide(stack.region, identifier);
    },
    update: async (change) => {
      const { stack, physicalId: identifier, properties } = change;
      await request(stack.region, 'UpdateCluster', {
        identifier,
        deletionProtectionEnabled: properties['DeletionProtectionEnabled'] === true,
        ...multiRegionOf(properties),
      });
      await stabilize(change, identifier, settled);
      return provide(stack.region, identifier);
    },
    remove: async (removal) => {
      const { stack, physicalId: identifier } = removal;
      if ((await statusOf(stack.region, identifier)) === 'absent') return;
      await request(stack.region, 'DeleteCluster', { identifier });
      await stabilize(removal, identifier, ['absent']);
    },
  };
};
