import {
  type ClusterRegistry,
  type ControlPlaneApi,
  createClusterRegistry,
  createControlPlaneApi,
  dsqlControlPlane,
} from 'antipode-local-dsql';
import type { Route } from 'antipode-local-dsql/http';
import type { Lifetime } from 'antipode-local-dsql/process';
import { type CodeDeploy, codeDeployRoute } from '../codedeploy/index.ts';
import { type BusNetwork, createBusNetwork, type EventBridge } from '../eventbridge/index.ts';
import {
  createProcessBudget,
  type InvocableFunction,
  type ProcessBudget,
} from '../lambda/index.ts';
import { createOutage } from '../outage.ts';
import { createSqs } from '../sqs/index.ts';
import { localAccount } from '../template/identities.ts';
import { type CustomResources, createCustomResources } from './custom-resources.ts';
import type { DsqlEndpoints } from './dsql-endpoints.ts';
import type { LocalStack, StackRegion } from './local-stack.ts';
import { createRegionCodeDeploy } from './plan/code-deploy.ts';
import { createDestinations } from './plan/destinations.ts';
import { functionsByArn } from './plan/functions-by-arn.ts';
import { createRegionMappings, type RegionMappings } from './plan/mappings.ts';
import { type RegionEvents, type RegionEventsDeps, startRegionEvents } from './plan/messaging.ts';
import type { HttpRegion } from './ports.ts';
import { createRegionServices, type RegionDeps, type RegionServices } from './region-services.ts';
import { stackRegion } from './stack-region.ts';

/** The services of one Region, empty until something is deployed to them. */
export type RegionParts = {
  readonly services: RegionServices;
  readonly events: RegionEvents;
  readonly mappings: RegionMappings;
  readonly codeDeploy: CodeDeploy;
};

/** The services of all Regions, and the links between them. */
export interface ConnectedServices extends Pick<LocalStack, 'regions' | 'network'> {
  readonly urlOf: (region: string) => string;
  /** @throws {Error} for a Region that does not run here. */
  readonly partsOf: (region: string) => RegionParts;
  readonly clusters: ClusterRegistry;
  readonly customResources: CustomResources;
}

export type ConnectOptions = Pick<
  RegionDeps,
  'clock' | 'caFile' | 'issueKeys' | 'onLog' | 'onInvocation' | 'draw'
> &
  Pick<RegionEventsDeps, 'failures' | 'resources'> & {
    readonly interceptor: ((region: string) => Route) | undefined;
    readonly observer: ((region: string) => RegionEventsDeps['observer']) | undefined;
    /** How long a minute of a canary lasts here; a second unless given. Milliseconds. */
    readonly canaryMinuteMs?: number;
    /** The endpoints of the clusters. */
    readonly dsqlEndpoints: Pick<DsqlEndpoints, 'of' | 'allOf' | 'close'>;
    /** The data endpoint of a cluster that is made through DSQL's own API. */
    readonly clusterEndpoint?: (region: string, identifier: string) => string;
  };

type Shared = {
  readonly network: BusNetwork;
  readonly processBudget: ProcessBudget;
  readonly functionByArn: (arn: string) => InvocableFunction | undefined;
  /** Routes that every Region has, behind those of its functions. */
  readonly routes: (region: string) => readonly Route[];
  readonly onServices: (region: string, services: RegionServices) => void;
};

/** Starts the services of one Region and puts them behind its port. */
const startRegion = async (
  lifetime: Lifetime,
  port: HttpRegion,
  options: ConnectOptions,
  shared: Shared,
): Promise<{ readonly parts: RegionParts; readonly stackRegion: StackRegion }> => {
  const { region, http, routes } = port;
  const { clock, onLog, failures, resources, observer, interceptor, dsqlEndpoints } = options;
  const { network, processBudget, functionByArn } = shared;
  const outage = createOutage();
  const sqs = await lifetime.own(
    createSqs({ account: localAccount, clock, queues: [] }),
    `queues in ${region}`,
  );
  let bridge: EventBridge | undefined;
  const sendToDestination = createDestinations({ sqs, functionByArn, bridge: () => bridge });
  const services = await lifetime.own(
    createRegionServices({
      ...options,
      ...{ region, http, sqs, sendToDestination, processBudget, outage },
    }),
    `functions in ${region}`,
  );
  shared.onServices(region, services);
  if (interceptor) routes.push(interceptor(region));
  routes.push(...services.routes, ...shared.routes(region));
  const { functions } = services;
  const events = startRegionEvents({
    ...{ region, resources, sqs, functions, functionByArn, network, clock, failures, outage },
    observer: observer?.(region),
  });
  bridge = events.bridge;
  await lifetime.own(events, `events in ${region}`);
  const mappings = createRegionMappings({
    ...{ functionByArn, sqs, clock, outage },
    onLog: (line) => onLog({ region, ...line }),
  });
  await lifetime.own(mappings, `event source mappings in ${region}`);
  const { metrics } = services;
  const codeDeploy = createRegionCodeDeploy({
    ...{ region, resources, metrics, functionByArn, now: clock.now },
    ...(options.canaryMinuteMs !== undefined && { minuteMs: options.canaryMinuteMs }),
  });
  routes.push(...events.routes, mappings.route, codeDeployRoute(codeDeploy));
  const parts = { services, events, mappings, codeDeploy };
  const dsql = () => dsqlEndpoints.of(region);
  const allDsql = () => dsqlEndpoints.allOf(region);
  return { parts, stackRegion: stackRegion({ port, ...parts, dsql, allDsql, network, outage }) };
};

/** A cluster that its own API has deleted is gone with its endpoint. */
const closingDeleted = (
  { send }: ControlPlaneApi,
  clusters: ClusterRegistry,
  close: DsqlEndpoints['close'],
): ControlPlaneApi => ({
  send: async (region, operation, input) => {
    if (operation !== 'DeleteCluster') return send(region, operation, input);
    const before = clusters.list();
    const answer = await send(region, operation, input);
    const left = new Set(clusters.list().map(({ arn }) => arn));
    // The peer may go with it.
    for (const { arn, identifier } of before) {
      if (!left.has(arn)) await close(identifier);
    }
    return answer;
  },
});

/** Puts the services of each Region behind its port and connects them with each other. */
export const connectServices = async (
  lifetime: Lifetime,
  ports: readonly HttpRegion[],
  options: ConnectOptions,
): Promise<ConnectedServices> => {
  const services = new Map<string, RegionServices>();
  const parts = new Map<string, RegionParts>();
  const regions: StackRegion[] = [];
  const urlOf = (region: string) => ports.find((port) => port.region === region)?.http.url ?? '';
  const functionByArn = functionsByArn((region) => services.get(region)?.functions);
  const customResources = createCustomResources({
    origin: urlOf,
    invoke: async (arn, payload) => {
      const target = functionByArn(arn);
      if (target) return target.invoke(payload);
      throw new Error(`its ServiceToken ${arn} is no function of the app`);
    },
  });
  const clusters = createClusterRegistry();
  const { clusterEndpoint: endpointOf } = options;
  const api = closingDeleted(
    createControlPlaneApi({ registry: clusters, ...(endpointOf && { endpointOf }) }),
    clusters,
    options.dsqlEndpoints.close,
  );
  const network = createBusNetwork();
  const shared: Shared = {
    ...{ network, functionByArn },
    processBudget: createProcessBudget(),
    routes: (region) => [
      dsqlControlPlane({ region, registry: clusters, api }),
      customResources.route,
    ],
    onServices: (region, created) => void services.set(region, created),
  };
  for (const port of ports) {
    const started = await startRegion(lifetime, port, options, shared);
    parts.set(port.region, started.parts);
    regions.push(started.stackRegion);
  }
  return {
    ...{ urlOf, clusters, customResources, regions, network },
    partsOf: (region) => {
      const found = parts.get(region);
      if (found) return found;
      throw new Error(`${region} does not run here`);
    },
  };
};
