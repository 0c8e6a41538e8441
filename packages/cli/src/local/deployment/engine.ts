import { randomUUID } from 'node:crypto';
import type { RegionEndpoints } from '../template/identities.ts';
import type { CodeAssets, Deployments, RegionDeployments } from './deployments.ts';
import { refuse } from './errors.ts';
import { createDeploymentFailures } from './failures.ts';
import { createOperations, type Operations } from './operations/operations.ts';
import type { ResourceProvider, StepContext } from './operations/provider.ts';
import { createRegionDeployments, type Running } from './region-deployments.ts';
import type { CheckStack } from './stacks/planning.ts';
import {
  createStackStore,
  forgetful,
  type KeptDeployments,
  type StackStore,
} from './stacks/store.ts';
import { isInProgress, type StackStatus } from './statuses.ts';

export type DeploymentsDeps = {
  readonly regions: readonly string[];
  /** Makes and removes the resources of a type. */
  readonly provider: (type: string) => ResourceProvider;
  readonly assets: CodeAssets;
  readonly endpoints: (region: string) => RegionEndpoints;
  /** Finds what AWS would refuse, or what does not run here. */
  readonly check: CheckStack;
  readonly ignoredTypes?: readonly string[];
  readonly now: () => number;
  /** Makes the last part of the ids of stacks and change sets; random unless given. */
  readonly newId?: () => string;
  readonly kept?: KeptDeployments;
  /** Receives a line for each event of a stack. */
  readonly onEvent?: (line: string) => void;
};

/** The engine, as its owner sees it. */
export interface DeploymentEngine extends Deployments {
  /** Brings back what was kept, before any request. */
  readonly restore: () => Promise<void>;
  readonly store: Pick<StackStore, 'resources'>;
  /** Ends operations at their next step, and resolves when none is under way. */
  readonly stop: () => Promise<void>;
}

const createRunning = (onError: (error: unknown) => void) => {
  const last = new Map<string, Promise<void>>();
  const aborts = new Map<string, AbortController>();
  let isStopped = false;
  const running: Running = {
    begin: (stackId, run) => {
      const before = last.get(stackId);
      const abort = new AbortController();
      const start = (): Promise<void> => {
        aborts.set(stackId, abort);
        // It has waited for the one before, which the end has just cut off.
        if (isStopped) abort.abort();
        return run(abort.signal);
      };
      // At once where nothing runs: the next request sees the stack in progress.
      const done = (before === undefined ? start() : before.then(start)).catch(onError);
      last.set(stackId, done);
      void done.then(() => {
        if (last.get(stackId) === done) last.delete(stackId);
      });
      return done;
    },
    cancel: (stackId) => aborts.get(stackId)?.abort(),
    settled: async (stackId) => {
      for (let work = last.get(stackId); work; work = last.get(stackId)) await work;
    },
  };
  const idle = async (): Promise<void> => {
    while (last.size > 0) await Promise.all(last.values());
  };
  return {
    running,
    idle,
    stop: async (): Promise<void> => {
      isStopped = true;
      for (const abort of aborts.values()) abort.abort();
      await idle();
    },
  };
};

/** The state in which a stack is whose operation the end of the local stack has cut off. */
const interrupted = (status: StackStatus): StackStatus => {
  if (status.startsWith('CREATE') || status === 'ROLLBACK_IN_PROGRESS') return 'CREATE_FAILED';
  if (status.startsWith('DELETE')) return 'DELETE_FAILED';
  return status.startsWith('UPDATE_ROLLBACK') ? 'UPDATE_ROLLBACK_FAILED' : 'UPDATE_FAILED';
};

const restoreAll = async (
  { provider, assets }: DeploymentsDeps,
  store: StackStore,
  operations: Operations,
  running: Running,
): Promise<void> => {
  const signal = new AbortController().signal;
  const live = store.all().filter(({ status }) => status !== 'DELETE_COMPLETE');
  const owned = live.flatMap(({ id, resources, previous }) => {
    const current = new Set(resources.map(({ resource }) => resource.ref));
    const waiting = (previous?.resources ?? []).filter(
      ({ resource }) => !current.has(resource.ref),
    );
    return [...resources, ...waiting].map((deployed) => ({ id, deployed }));
  });
  const retained = store.retained().map((deployed) => ({ id: '', deployed }));
  for (const { id, deployed } of [...retained, ...owned]) {
    if (!deployed.exists) continue;
    const context: StepContext = { stackId: id, resources: store.resources, assets, signal };
    await provider(deployed.resource.type).restore(deployed.resource, context);
  }
  for (const { id, status } of live) {
    if (status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') {
      await running.begin(id, (ending) =>
        operations.resumeCleanUp(id, { signal: ending, clientRequestToken: undefined }),
      );
    } else if (isInProgress(status)) {
      const statusReason = 'The local stack ended during the operation';
      store.change(id, { status: interrupted(status), statusReason });
    }
  }
};

/**
 * Creates a place to deploy to: stacks in several Regions, made by providers.
 *
 * @example
 * const engine = createDeployments({ regions, provider, assets, endpoints, check, now: Date.now });
 * const east = engine.inRegion('us-east-1');
 * const change = { stackName: 'shop', name: 'one', type: 'CREATE', templateBody } as const;
 * const { id } = await east.createChangeSet(change);
 * east.executeChangeSet(id);
 * const { status } = await east.settled('shop');
 */
export const createDeployments = (deps: DeploymentsDeps): DeploymentEngine => {
  const { regions, ignoredTypes = [], newId = randomUUID, onEvent = () => {} } = deps;
  const store = createStackStore(deps.kept ?? forgetful);
  const failures = createDeploymentFailures();
  const operations = createOperations({ ...deps, store, failures, ignoredTypes, onEvent });
  const work = createRunning((error) => onEvent(`deployment failed: ${String(error)}`));
  const { running } = work;
  const byRegion = new Map<string, RegionDeployments>(
    regions.map((region) => [
      region,
      createRegionDeployments({ ...deps, region, store, operations, running, ignoredTypes, newId }),
    ]),
  );
  return {
    regions,
    failures,
    store,
    inRegion: (region) =>
      byRegion.get(region) ??
      refuse(`${region} does not run here; the Regions are ${regions.join(' and ')}`),
    idle: work.idle,
    restore: () => restoreAll(deps, store, operations, running),
    stop: async () => {
      await work.stop();
      store.flush();
    },
  };
};
