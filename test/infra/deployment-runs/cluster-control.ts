import type { ClusterControl } from '../../../infra/peering/cluster-control.ts';
import { type ControlPlaneApi, ControlPlaneError } from '../../../packages/local-dsql/src/index.ts';
import { type Run, whileAlive } from './cloudformation/lambda.ts';
import { type VirtualTime, within } from './virtual-time.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The timeout of the client in the functions. The request may take effect after it. */
const requestMsMax = 10_000;

/** A round trip, so that time passes with every request. */
const roundTripMs = 100;

const locate = (arn: string) => {
  const [, , , region = '', , resource = ''] = arn.split(':');
  return { region, identifier: resource.replace('cluster/', '') };
};

type Deps = {
  readonly api: ControlPlaneApi;
  readonly time: VirtualTime;
  readonly run: Run;
  /** Whether IAM has heard of the function's permissions. */
  readonly isPermitted: () => boolean;
};

/** DSQL's control plane as one run of a function reaches it. */
export const createClusterControl = ({ api, time, run, isPermitted }: Deps): ClusterControl => {
  const send = (
    arn: string,
    operation: Parameters<ControlPlaneApi['send']>[1],
    input: Fields = {},
  ): Promise<Fields> =>
    whileAlive(run, async () => {
      await time.sleep(roundTripMs);
      if (!isPermitted()) throw new ControlPlaneError('AccessDeniedException', 'Access denied');
      const { region, identifier } = locate(arn);
      return within(requestMsMax, api.send(region, operation, { identifier, ...input }), () => {
        throw Object.assign(new Error('No answer in time'), { name: 'TimeoutError' });
      });
    });
  return {
    describe: async (arn) => {
      const cluster = await send(arn, 'GetCluster');
      const properties = cluster['multiRegionProperties'] as
        | { readonly witnessRegion?: string; readonly clusters?: readonly string[] }
        | undefined;
      const { witnessRegion, clusters: peers = [] } = properties ?? {};
      return {
        status: String(cluster['status']),
        peers,
        ...(witnessRegion === undefined ? {} : { witnessRegion }),
        deletionProtected: cluster['deletionProtectionEnabled'] === true,
      };
    },
    peer: async (arn, peerArn, witnessRegion) => {
      const multiRegionProperties = { witnessRegion, clusters: [peerArn] };
      await send(arn, 'UpdateCluster', { multiRegionProperties });
    },
    delete: async (arn) => {
      await send(arn, 'DeleteCluster');
    },
  };
};
