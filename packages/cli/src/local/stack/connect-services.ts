import {
  type ClusterRegistry,
  createClusterRegistry,
  createControlPlaneApi,
  type DsqlEndpoint,
  dsqlControlPlane,
} from 'antipode-local-dsql';
import type { Route } from 'antipode-local-dsql/http';
import type { Lifetime } from 'antipode-local-dsql/process';
import { createBusNetwork, type EventBridge } from '../eventbridge/index.ts';
import { createProcessBudget } from '../lambda/index.ts';
import { createOutage, type SwitchedOutage } from '../outage.ts';
import type { Resource } from '../template/model.ts';
import { type CustomResources, createCustomResources } from './custom-resources.ts';
import type { LocalStack, StackRegion } from './local-stack.ts';
import { createDestinations } from './plan/destinations.ts';
import { functionsByArn } from './plan/functions-by-arn.ts';
import { startRegionMappings } from './plan/mappings.ts';
import { createRegionQueues, type RegionEventsDeps, startRegionEvents } from './plan/messaging.ts';
import { type HttpRegion, openForRequests } from './ports.ts';
import { createRegionServices, type RegionDeps, type RegionServices } from './region-services.ts';
import { stackRegion } from './stack-region.ts';

/** The services of all Regions, and the links between them. */
export interface ConnectedServices {
  readonly urlOf: (region: string) => string;
  /** @throws {Error} for a Region that the app is not in. */
  readonly servicesOf: (region: string) => RegionServices;
  readonly clusters: ClusterRegistry;
  readonly customResources: CustomResources;
  /** Starts buses, rules and schedules, once there is everything that they lead to. */
  readonly startEvents: (
    resources: readonly Resource[],
    options: Pick<RegionEventsDeps, 'clock' | 'failures'> & {
      readonly observer: ((region: string) => RegionEventsDeps['observer']) | undefined;
      readonly dsqlEndpoints: ReadonlyMap<string, DsqlEndpoint>;
    },
  ) => Promise<Pick<LocalStack, 'regions' | 'network'>>;
}

/** Starts the buses, rules, schedules and event source mappings of one Region. */
const startRegion = async (
  lifetime: Lifetime,
  port: HttpRegion,
  deps: Omit<RegionEventsDeps, 'region' | 'sqs' | 'functions'> & {
    readonly services: RegionServices;
    readonly dsql: DsqlEndpoint | undefined;
    readonly outage: SwitchedOutage;
    readonly onLog: RegionDeps['onLog'];
  },
): Promise<StackRegion> => {
  const { region, routes } = port;
  const { services, onLog } = deps;
  const { sqs, functions } = services;
  const inRegion = { ...deps, region, sqs, functions };
  const events = startRegionEvents(inRegion);
  routes.push(...events.routes);
  await lifetime.own(events, `events in ${region}`);
  const mappings = startRegionMappings({
    ...inRegion,
    onLog: (line) => onLog({ region, ...line }),
  });
  routes.push(mappings.route);
  await lifetime.own(mappings, `event source mappings in ${region}`);
  return stackRegion({ ...deps, port, events, mappings });
};

/** Puts the services of each Region behind its port and connects them with each other. */
export const connectServices = async (
  lifetime: Lifetime,
  ports: readonly HttpRegion[],
  resources: readonly Resource[],
  options: Pick<RegionDeps, 'clock' | 'caFile' | 'issueKeys' | 'onLog' | 'onInvocation'> & {
    readonly interceptor: ((region: string) => Route) | undefined;
  },
): Promise<ConnectedServices> => {
  const services = new Map<string, RegionServices>();
  const bridges = new Map<string, EventBridge>();
  const outages = new Map<string, SwitchedOutage>(
    ports.map(({ region }) => [region, createOutage()]),
  );
  const outageOf = (region: string): SwitchedOutage => outages.get(region) ?? createOutage();
  const processBudget = createProcessBudget();
  const servicesOf = (region: string): RegionServices => {
    const found = services.get(region);
    if (found) return found;
    throw new Error(`no stack of the app is in ${region}`);
  };
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
  const controlPlane = createControlPlaneApi({ registry: clusters });
  for (const { region, http, routes } of ports) {
    const queues = createRegionQueues(region, resources, options.clock);
    const sqs = await lifetime.own(queues, `queues in ${region}`);
    const bridge = () => bridges.get(region);
    const sendToDestination = createDestinations({ sqs, functionByArn, bridge });
    const creating = createRegionServices({
      ...options,
      region,
      http,
      sqs,
      sendToDestination,
      processBudget,
      outage: outageOf(region),
    });
    const created = await lifetime.own(creating, `functions in ${region}`);
    services.set(region, created);
    if (options.interceptor) routes.push(options.interceptor(region));
    const dsqlRoute = dsqlControlPlane({ region, registry: clusters, api: controlPlane });
    routes.push(...created.routes, dsqlRoute, customResources.route);
  }

  const startEvents: ConnectedServices['startEvents'] = async (
    deployed,
    { clock, failures, observer, dsqlEndpoints },
  ) => {
    const network = createBusNetwork();
    const regions: StackRegion[] = [];
    for (const port of ports) {
      const { region } = port;
      const started = await startRegion(lifetime, port, {
        resources: deployed,
        services: servicesOf(region),
        functionByArn,
        network,
        clock,
        failures,
        outage: outageOf(region),
        observer: observer?.(region),
        dsql: dsqlEndpoints.get(region),
        onLog: options.onLog,
      });
      bridges.set(region, started.events);
      regions.push(started);
    }
    await lifetime.own(openForRequests(ports), 'the ports');
    return { regions, network };
  };
  return { urlOf, servicesOf, clusters, customResources, startEvents };
};
