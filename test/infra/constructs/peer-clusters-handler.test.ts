import { describe, expect, it } from 'vitest';
import {
  type ClusterControl,
  type ClusterState,
  peerClusters,
} from '../../../infra/constructs/peer-clusters-handler.ts';
import type { CustomResourceEvent } from '../../../src/handlers/runtime/custom-resource/custom-resource.ts';

const primaryArn = 'arn:aws:dsql:us-east-1:000000000000:cluster/primary';
const secondaryArn = 'arn:aws:dsql:us-west-2:000000000000:cluster/secondary';

const event = (properties: Readonly<Record<string, unknown>> = {}): CustomResourceEvent => ({
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
    ...properties,
  },
});

/** Two clusters whose states go on by one with every look, and then stay. */
const controlOf = (primary: readonly ClusterState[], secondary: readonly ClusterState[]) => {
  const asked: string[] = [];
  let seen = '';
  const looks = new Map([
    [primaryArn, [...primary]],
    [secondaryArn, [...secondary]],
  ]);
  const clusters: ClusterControl = {
    describe: async (clusterArn) => {
      const states = looks.get(clusterArn) ?? [];
      const [state] = states.length > 1 ? states.splice(0, 1) : states;
      if (!state) throw new Error(`No cluster ${clusterArn}`);
      if (clusterArn === primaryArn) seen = state.status;
      return state;
    },
    peer: async (...request) => {
      asked.push(`${request.join(' ')} while ${seen}`);
    },
  };
  return { asked, clusters };
};

const state = (status: string, ...peers: readonly string[]): ClusterState => ({ status, peers });

const never = new AbortController().signal;

/**
 * Runs the change; gives back how often it looked again, each time after two seconds, as the SDK's
 * waiter does.
 */
const run = async (clusters: ClusterControl, request = event(), signal = never) => {
  let waits = 0;
  const sleep = async (ms: number) => {
    expect(ms).toBe(2_000);
    waits += 1;
    if (waits > 100) throw new Error('It waits for ever');
  };
  await peerClusters({ clusters, sleep })(request, signal);
  return waits;
};

const peering = `${primaryArn} ${secondaryArn} us-east-2 while PENDING_SETUP`;

describe('the peering of two clusters', () => {
  it('asks for it once and ends when both are usable', async () => {
    const { asked, clusters } = controlOf(
      [
        state('PENDING_SETUP', primaryArn),
        state('PENDING_SETUP', primaryArn),
        state('UPDATING', primaryArn, secondaryArn),
        state('ACTIVE', primaryArn, secondaryArn),
      ],
      [state('CREATING'), state('CREATING'), state('ACTIVE'), state('CREATING'), state('ACTIVE')],
    );
    expect(await run(clusters)).toBe(3);
    expect(asked).toEqual([peering]);
  });

  it('waits until the primary cluster can be changed', async () => {
    const { asked, clusters } = controlOf(
      [state('CREATING'), state('CREATING'), state('PENDING_SETUP'), state('ACTIVE', secondaryArn)],
      [state('ACTIVE', primaryArn)],
    );
    expect(await run(clusters)).toBe(2);
    expect(asked).toEqual([peering]);
  });

  it.each(['ACTIVE', 'IDLE', 'INACTIVE'])(
    'does nothing when it is done and a cluster is %s',
    async (status) => {
      const { asked, clusters } = controlOf(
        [state(status, secondaryArn)],
        [state(status, primaryArn)],
      );
      expect(await run(clusters)).toBe(0);
      expect(asked).toEqual([]);
    },
  );

  it.each(['FAILED', 'DELETING', 'DELETED', 'PENDING_DELETE'])(
    'fails at once when a cluster is %s',
    async (status) => {
      const { clusters } = controlOf([state('PENDING_SETUP')], [state(status)]);
      await expect(run(clusters)).rejects.toThrow(`Cluster ${secondaryArn} is ${status}`);
    },
  );

  it('stops when its time is up', async () => {
    const { clusters } = controlOf([state('CREATING')], [state('CREATING')]);
    const expired = AbortSignal.abort(new Error('time is up'));
    await expect(run(clusters, event(), expired)).rejects.toThrow('time is up');
  });

  it.each(['PrimaryClusterArn', 'SecondaryClusterArn', 'WitnessRegion'])(
    'says that %s is missing, or is no text',
    async (name) => {
      const { clusters } = controlOf([state('ACTIVE', secondaryArn)], [state('ACTIVE')]);
      for (const value of ['', undefined, 7]) {
        await expect(run(clusters, event({ [name]: value }))).rejects.toThrow(
          `Custom::AntipodePeering needs the property ${name}, a text`,
        );
      }
    },
  );

  it('waits while the peered primary cluster is not usable yet', async () => {
    const { asked, clusters } = controlOf(
      [state('UPDATING', secondaryArn), state('ACTIVE', secondaryArn)],
      [state('ACTIVE', primaryArn)],
    );
    expect(await run(clusters)).toBe(1);
    expect(asked).toEqual([]);
  });

  it('waits before it asks while the primary cluster is being updated', async () => {
    const { asked, clusters } = controlOf(
      [state('UPDATING'), state('PENDING_SETUP'), state('ACTIVE', secondaryArn)],
      [state('ACTIVE')],
    );
    expect(await run(clusters)).toBe(1);
    expect(asked).toEqual([peering]);
  });
});
