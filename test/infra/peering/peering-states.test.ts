import { describe, expect, it } from 'vitest';
import { findNextStep } from '../../../infra/peering/next-steps.ts';
import { peerClusters } from '../../../infra/peering/peer-clusters-handler.ts';
import {
  type ClusterRegistry,
  createClusterRegistry,
  createControlPlaneApi,
  createControlPlaneFailures,
} from '../../../packages/local-dsql/src/index.ts';
import { createClusterControl } from '../deployment-runs/cluster-control.ts';
import { onVirtualTime, type VirtualTime } from '../deployment-runs/virtual-time.ts';
import { requestOf } from './control-plane.ts';

const identifierOf = (name: string): string => name.padEnd(26, '0');
const arnOf = (region: string, name: string): string =>
  `arn:aws:dsql:${region}:000000000000:cluster/${identifierOf(name)}`;
const witnessRegion = 'us-east-2';
const [home, away] = ['us-east-1', 'us-west-2'] as const;
const [firstArn, secondArn, thirdArn] = [
  arnOf(home, 'first'),
  arnOf(away, 'second'),
  arnOf(away, 'third'),
];

/** The time that DSQL takes for a change, and one in which each change has ended. Milliseconds. */
const delays = { createMs: 60_000, updateMs: 20_000, deleteMs: 60_000 };
const settledMs = 300_000;

/** The function has 15 minutes; a state that cannot heal ends it long before. */
const minutesMax = 4;
const functionMs = 870_000;

type Making = (clusters: ClusterRegistry, time: VirtualTime) => Promise<void>;

const settle = (time: VirtualTime): Promise<void> => time.sleep(settledMs);

/** @param peers absent for a cluster of one Region */
const make =
  (region: string, name: string, peers?: readonly string[], failing = false): Making =>
  async (clusters, time) => {
    clusters.create({
      ...{ region, identifier: identifierOf(name), endpoint: 'localhost:1', failing },
      ...(peers && { multiRegionProperties: { witnessRegion, clusters: peers } }),
    });
    await settle(time);
  };

const found = (clusters: ClusterRegistry, region: string, name: string) => {
  const cluster = clusters.find(region, identifierOf(name));
  if (cluster) return cluster;
  throw new Error(`there is no cluster ${name}`);
};

const peer =
  (region: string, name: string, peerArn: string): Making =>
  async (clusters, time) => {
    const multiRegionProperties = { witnessRegion, clusters: [peerArn] };
    clusters.update(found(clusters, region, name), { multiRegionProperties });
    await settle(time);
  };

/** The deletion is under way when the peering begins, or waits for that of the peer. */
const remove =
  (region: string, name: string): Making =>
  async (clusters) =>
    clusters.remove(found(clusters, region, name));

const firstAndThird = [
  make(home, 'first', []),
  make(away, 'third', [firstArn]),
  peer(home, 'first', thirdArn),
];

/** In the order in which they happen; the makings of the second follow. */
const firsts: Readonly<Record<string, readonly Making[]>> = {
  'has one Region': [make(home, 'first')],
  'names no peer': [make(home, 'first', [])],
  'names a cluster that is gone': [make(home, 'first', []), peer(home, 'first', thirdArn)],
  'names one that does not name it': [
    make(home, 'first', []),
    make(away, 'third', []),
    peer(home, 'first', thirdArn),
  ],
  'is peered with another one': firstAndThird,
  'is peered with another one that is deleted': [...firstAndThird, remove(away, 'third')],
  'has failed': [make(home, 'first', [], true)],
  'does not exist': [],
};

const seconds: Readonly<Record<string, readonly Making[]>> = {
  'has one Region': [make(away, 'second')],
  'names no peer': [make(away, 'second', [])],
  'names the first': [make(away, 'second', [firstArn])],
  'names another one': [make(away, 'second', [arnOf(home, 'third')])],
  'has failed': [make(away, 'second', [firstArn], true)],
  'is deleted': [make(away, 'second', [firstArn]), remove(away, 'second')],
};

const cases = Object.entries(firsts).flatMap(([first, makings]) =>
  Object.entries(seconds).map(
    ([second, others]) => [first, second, [...makings, ...others]] as const,
  ),
);

/** Runs the peering over a control plane that is in a state. */
const play = (makings: readonly Making[]) =>
  onVirtualTime(24 * 3_600_000, async (time) => {
    const registry = createClusterRegistry({ now: time.now, delays });
    for (const making of makings) await making(registry, time);
    const begun = time.now();
    const api = createControlPlaneApi({
      ...{ registry, failures: createControlPlaneFailures(), sleep: time.sleep },
      newIdentifier: () => identifierOf('new'),
    });
    const run = { alive: true };
    const clusters = createClusterControl({ api, time, run, isPermitted: () => true });
    const end = new AbortController();
    void time.sleep(functionMs).then(() => end.abort(new Error('late')));
    const stacks = {
      describe: async () => ({ status: 'UPDATE_COMPLETE', parameters: {} }),
      update: async () => undefined,
    };
    const deps = { clusters, stacks, sleep: time.sleep, log: () => undefined };
    const request = requestOf({ PrimaryClusterArn: firstArn, SecondaryClusterArn: secondArn });
    const outcome = await peerClusters(deps)(request, end.signal).then(
      () => 'done',
      (error: unknown) => (error as Error).message,
    );
    const minutes = (time.now() - begun) / 60_000;
    return { outcome, minutes, statuses: registry.list().map(registry.status) };
  });

describe('the peering', () => {
  it.each(cases)('ends soon where the first %s and the second %s', async (...[, , makings]) => {
    const { outcome, minutes, statuses } = await play(makings);
    expect(minutes, outcome).toBeLessThan(minutesMax);
    if (outcome === 'done') {
      expect(statuses.filter((status) => status === 'ACTIVE')).toHaveLength(2);
      return;
    }
    // More than "Deploy again", which would end in the same state.
    expect(findNextStep({ status: 'ROLLBACK_COMPLETE', reason: outcome })?.reason).toBeDefined();
  });
});
