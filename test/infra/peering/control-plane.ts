import type { ClusterControl, ClusterState } from '../../../infra/peering/cluster-control.ts';
import type { CustomResourceEvent } from '../../../src/handlers/runtime/custom-resource/custom-resource.ts';

export const primaryArn = 'arn:aws:dsql:us-east-1:123456789012:cluster/first';
export const secondaryArn = 'arn:aws:dsql:us-west-2:123456789012:cluster/second';

/** A state in the fewest words. */
export const state = (status: string, ...peers: readonly string[]): ClusterState => ({
  status,
  peers,
  witnessRegion: 'us-east-2',
  deletionProtected: false,
});

/** The request of a deployment; `changes` replace properties of the resource. */
export const requestOf = (
  changes: Readonly<Record<string, unknown>> = {},
): CustomResourceEvent => ({
  RequestType: 'Create',
  ResponseURL: 'https://cloudformation.example/answer',
  StackId: 'stack',
  RequestId: 'request',
  ResourceType: 'Custom::AntipodePeering',
  LogicalResourceId: 'Peering',
  ResourceProperties: {
    PrimaryClusterArn: primaryArn,
    SecondaryClusterArn: secondaryArn,
    WitnessRegion: 'us-east-2',
    ...changes,
  },
});

/** An error of the service, as the SDK names it. */
export const serviceError = (name: string, message = 'said the service'): Error =>
  Object.assign(new Error(message), { name });

/** The states of a cluster, one for each look; the last one stays. */
export type Script = readonly (ClusterState | Error)[];

/**
 * Clusters that go through a script, time that only a sleep moves on, and a signal that is aborted
 * after ten minutes of it.
 *
 * @param scripts by ARN; a cluster without one does not exist
 * @param onPeer is called at each request for the peering, and may throw
 */
export const worldOf = (
  scripts: Readonly<Record<string, Script>>,
  { onPeer = () => {} }: { readonly onPeer?: (asked: number) => void } = {},
) => {
  const left = new Map(Object.entries(scripts).map(([arn, script]) => [arn, [...script]]));
  const asked: string[] = [];
  const deleted: string[] = [];
  const lines: string[] = [];
  const pauses: number[] = [];
  const controller = new AbortController();
  const signal: AbortSignal = controller.signal;
  const clusters: ClusterControl = {
    describe: async (arn) => {
      const script = left.get(arn) ?? [];
      const [next] = script.length > 1 ? script.splice(0, 1) : script;
      if (next === undefined) throw serviceError('ResourceNotFoundException');
      if (next instanceof Error) throw next;
      return next;
    },
    peer: async (...[arn, peerArn, witnessRegion]) => {
      asked.push([arn, peerArn, witnessRegion].join(' '));
      onPeer(asked.length);
    },
    delete: async (arn) => {
      deleted.push(arn);
    },
  };
  const sleep = async (ms: number) => {
    pauses.push(ms);
    if (pauses.reduce((sum, one) => sum + one, 0) > 600_000) controller.abort(new Error('late'));
  };
  const log = (message: string, fields: Readonly<Record<string, string>>) => {
    lines.push(`${message}: ${Object.values(fields).join(', ')}`);
  };
  const stacks = {
    describe: async () => ({ status: 'DELETE_IN_PROGRESS', parameters: {} }),
    update: async () => {},
  };
  return {
    ...{ asked, deleted, lines, pauses, deps: { clusters, stacks, sleep, log } },
    signal,
    /** Sets how a cluster goes on from here. */
    go: (arn: string, ...script: Script) => left.set(arn, [...script]),
  };
};
