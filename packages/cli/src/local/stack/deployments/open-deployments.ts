import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Lifetime } from 'antipode-local-dsql/process';
import { type Backups, backupRoute } from '../../backup/index.ts';
import type { LocalClock } from '../../clock.ts';
import {
  type CodeAssets,
  createDeployments,
  type DeploymentEngine,
  type Deployments,
} from '../../deployment/index.ts';
import type { LogStore } from '../../logs/index.ts';
import type { Assembly } from '../../template/assembly.ts';
import { stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import type { ConnectedServices } from '../connect-services.ts';
import { addressOf, type Database } from '../database.ts';
import type { KeptState } from '../kept-state.ts';
import { plannedEndpoints } from '../plan/plan.ts';
import { watchingRoutes } from '../plan/watching-routes.ts';
import type { HttpRegion } from '../ports.ts';
import { createCodeFolders } from '../providers/code-folders.ts';
import { createProviders } from '../providers/providers.ts';
import { checkStack } from './check-stack.ts';
import { codeInObjects, deploymentApis, openObjects } from './deployment-apis.ts';

/** Folder of the code that deployments have uploaded, unpacked. */
const codeFolder = 'code';

export type OpenDeploymentsOptions = {
  readonly ports: readonly HttpRegion[];
  readonly connected: ConnectedServices;
  readonly database: Database;
  readonly kept: KeptState;
  /** The app whose assets are code, too. */
  readonly assembly: Assembly | undefined;
  readonly dataDir: string | undefined;
  readonly clock: LocalClock;
  readonly logs: LogStore;
  readonly ignoredTypes: readonly string[];
  readonly onProgress: (line: string) => void;
  readonly backups: Backups;
  /** Opens the clusters that earlier runs have restored from backups. */
  readonly reopen: () => Promise<void>;
  /** Clusters that will soon be there; their endpoints open meanwhile. */
  readonly clusters: readonly { readonly region: string; readonly identifier: string }[];
};

/** The code of an app that was synthesized on this machine. */
const codeInAssembly = (assembly: Assembly | undefined, otherwise: CodeAssets): CodeAssets => {
  const assets = new Map(assembly?.stacks.flatMap((stack) => [...stack.assets]));
  return async (bucket, key, version) => {
    const path = assets.get(key);
    if (path === undefined) return otherwise(bucket, key, version);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
    return { kind: isFolder ? 'folder' : 'zip', path };
  };
};

/** The value of a parameter that a stack of a Region has made. */
const parameterIn =
  ({ store }: Pick<DeploymentEngine, 'store'>, region: string) =>
  (name: string): string | undefined => {
    const found = store
      .resources()
      .find(
        (one) => one.type === 'AWS::SSM::Parameter' && one.region === region && one.ref === name,
      );
    return stringOf(found?.properties['Value']);
  };

/** The engine, and what has been deployed by it. */
export type OpenedDeployments = {
  readonly deployments: Deployments;
  /** Everything that is deployed, in all Regions. */
  readonly resources: () => readonly Resource[];
  /** Brings back what the last run has kept. */
  readonly restore: () => Promise<void>;
};

/** Starts the engine that deploys, and its APIs on every port. */
export const openDeployments = async (
  lifetime: Lifetime,
  options: OpenDeploymentsOptions,
): Promise<OpenedDeployments> => {
  const { ports, connected, database, kept, assembly, dataDir, clock, logs, onProgress } = options;
  const { endpoints } = database;
  const opening = options.clusters.map(({ region, identifier }) =>
    endpoints.open(region, identifier),
  );
  // The address of an endpoint is part of the state of the last run. A failure is met again where
  // the cluster is made.
  await Promise.allSettled(kept.clusters().length > 0 ? opening : []);
  for (const one of opening) one.catch(() => undefined);
  await options.reopen();
  const addressesOf = (region: string) => {
    const dsql = endpoints.of(region);
    const planned = plannedEndpoints(region);
    return { http: connected.urlOf(region), dsql: dsql ? addressOf(dsql) : planned.dsql };
  };
  const addresses = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      ports.flatMap(({ region }) =>
        Object.entries(addressesOf(region)).map(([service, address]) => [
          `${service} ${region}`,
          address,
        ]),
      ),
    );
  const state = kept.open(addresses, () => connected.clusters.list());
  const objects = openObjects(dataDir, database.scratch);
  const folders = createCodeFolders(join(database.scratch, codeFolder));
  const engine = createDeployments({
    regions: ports.map(({ region }) => region),
    provider: createProviders(connected, {
      ...{ clusters: connected.clusters, folders, onProgress },
      openEndpoint: endpoints.open,
      closeEndpoint: endpoints.close,
      endpointOf: (identifier) => {
        const found = endpoints.ofCluster(identifier);
        return found && addressOf(found.endpoint);
      },
      keptCluster: state.cluster,
    }),
    assets: codeInAssembly(assembly, codeInObjects(objects)),
    endpoints: addressesOf,
    check: checkStack,
    ignoredTypes: options.ignoredTypes,
    now: clock.now,
    kept: state.deployments,
  });
  await lifetime.own(engine, 'deployments');
  for (const { region, routes } of ports) {
    const parameter = parameterIn(engine, region);
    const { services } = connected.partsOf(region);
    routes.push(...watchingRoutes(region, engine.store.resources, services, logs, clock));
    routes.push(...deploymentApis(engine, { region, objects, parameter, startedAt: clock.now() }));
    routes.push(backupRoute(region, options.backups));
  }
  return { deployments: engine, resources: engine.store.resources, restore: engine.restore };
};
