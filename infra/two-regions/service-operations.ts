import { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRule } from 'aws-cdk-lib/aws-events';
import type { CfnAlias, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { Canary } from '../canary/canary.ts';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import type { EventBus } from '../constructs/event-bus.ts';
import type { ServiceFunction } from '../constructs/service-function.ts';
import { ApiAlarms } from '../operations/api-alarms.ts';
import { BusAlarm } from '../operations/bus-alarm.ts';
import { ErrorBudget } from '../operations/error-budget.ts';
import { FaultExperiment } from '../operations/fault-experiment.ts';
import { fiveMinutes, ownMetric } from '../operations/metrics.ts';
import { addAlarm, atStack } from '../operations/service-alarm.ts';
import { ServiceDashboard, type ShownRegion } from '../operations/service-dashboard.ts';
import type { TwoRegionConfig } from './config.ts';
import { metricsOf } from './function-environment.ts';
import type { ServiceNames } from './names.ts';

/** The parts of one Region's half of a service that are watched. */
export type OperatedParts = {
  readonly cluster: DsqlClusterBase;
  readonly service: DeclaredService;
  readonly config: TwoRegionConfig;
  readonly names: ServiceNames;
  readonly api: ServiceFunction;
  readonly eventBus: EventBus;
  readonly rules: readonly IRule[];
  /** The functions that get the events of the API. */
  readonly behind: readonly ServiceFunction[];
  readonly alarmActions?: readonly IAlarmAction[];
};

const addAlarms = (scope: Construct, parts: OperatedParts): ApiAlarms => {
  const { service, config, names, api, eventBus, rules } = parts;
  const { alarmActions } = parts;
  const metrics = metricsOf(service, config);
  const shared = defined({ alarmActions });
  const apiAlarms = new ApiAlarms(scope, 'Api', {
    ...{ ...shared, api, metrics, namePrefix: names.function('api') },
    latencyMsMax: config.apiLatencyMsMax,
  });
  new BusAlarm(scope, 'Bus', {
    ...{ ...shared, rules, eventBus: eventBus.bus, namePrefix: names.function('events') },
    archiveName: names.eventBus,
  });
  if (Object.values(service.consumers).some(({ ordered }) => ordered === true)) {
    addAlarm(scope, 'OrderedGivenUp', {
      ...shared,
      alarmName: names.function('events-given-up'),
      meaning: `An ordered consumer had not handled events when their records were deleted. It handles no later event of their subjects by itself. Look with: antipode dlq list ${atStack(scope)}`,
      metric: ownMetric(metrics, 'OrderedEventGivenUp', { statistic: 'Sum', period: fiveMinutes }),
      above: 0,
    });
  }
  return apiAlarms;
};

/**
 * How the ARNs of people end: users of IAM, and the roles that IAM Identity Center makes for them
 * (its user guide, permission sets).
 */
const people = ['user/*', 'role/aws-reserved/sso.amazonaws.com/*'];

/**
 * The principals that may send events of the service on the bus of a Region, beside its functions
 * there: the rule of the other Region, and those of the configuration.
 */
export const sendersOf = (
  stack: Stack,
  { crossRegionRole }: Pick<ServiceNames, 'crossRegionRole'>,
  { eventSenders }: Pick<TwoRegionConfig, 'eventSenders'>,
): readonly string[] => {
  const arnOf = (resource: string) => stack.formatArn({ service: 'iam', region: '', resource });
  const rule = arnOf(`role/${crossRegionRole(stack.region)}`);
  if (eventSenders === 'nobody') return [rule];
  return [rule, ...(eventSenders === 'people' ? people.map(arnOf) : eventSenders)];
};

/** One Region's half of a service, for a dashboard. */
const shownRegion = (
  region: string,
  clusterIdentifier: string,
  { service, config, names }: Pick<OperatedParts, 'service' | 'config' | 'names'>,
): ShownRegion => ({
  ...{ region, clusterIdentifier, metrics: metricsOf(service, config) },
  apiName: names.function('api'),
  queuePrefix: names.function(''),
});

/** The alias by which callers reach the API where its new versions are tried first. */
export const aliasOf = ({
  canaryMinutes,
}: Pick<TwoRegionConfig, 'canaryMinutes'>): { readonly aliasName?: string } =>
  canaryMinutes > 0 ? { aliasName: 'live' } : {};

/**
 * A new version of the API is tried with a tenth of the requests. Only the API: its callers feel
 * each error. An event that a consumer fails at is tried again and kept, the relay's next run does
 * the work of one that failed, and migrations run before any new code.
 */
const addCanary = (scope: Construct, parts: OperatedParts): void => {
  const { service, config, names, api, behind, alarmActions } = parts;
  const { canaryMinutes: minutes, apiLatencyMsMax: latencyMsMax } = config;
  if (minutes === 0 || !api.alias) return;
  new Canary(scope, 'Canary', {
    ...{ api, minutes, latencyMsMax, name: names.function('api') },
    metrics: metricsOf(service, config),
    ...defined({ alarmActions }),
  });
  // The events of the new version find consumers that know them. The alias comes last, so that
  // nothing else fails after the requests have been shifted.
  const alias = api.alias.node.defaultChild as CfnAlias;
  for (const { function: fn } of behind) {
    alias.addResourceDependency(fn.node.defaultChild as CfnFunction);
  }
};

/** Adds to one Region's half of a service what its configuration asks for. */
export const addOperations = (scope: Construct, parts: OperatedParts): void => {
  const { service, config, names, api, cluster, alarmActions } = parts;
  const { availabilityPercent } = config;
  addCanary(scope, parts);
  const apiAlarms = config.alarms ? addAlarms(new Construct(scope, 'Alarms'), parts) : undefined;
  if (config.faultExperiment && apiAlarms) {
    new FaultExperiment(scope, 'FaultExperiment', {
      ...{ cluster, stopAlarm: apiAlarms.errors },
      experimentName: names.function('refused-connections'),
    });
  }
  if (availabilityPercent !== 'off') {
    new ErrorBudget(scope, 'ErrorBudget', {
      ...{ api, availabilityPercent, namePrefix: names.function('api') },
      metrics: metricsOf(service, config),
      ...defined({ alarmActions }),
    });
  }
  if (config.dashboards) {
    const { region } = Stack.of(scope);
    new ServiceDashboard(scope, 'Dashboard', {
      dashboardName: names.dashboard(region),
      regions: [shownRegion(region, cluster.identifier, parts)],
    });
  }
};

/**
 * Adds the dashboard of both Regions to the stack of one of them.
 *
 * @param halves the Regions, and the identifier of the cluster of each
 */
export const addDashboardOfBoth = (
  stack: Stack,
  parts: Pick<OperatedParts, 'service' | 'config' | 'names'>,
  halves: Readonly<Record<string, string>>,
): void => {
  if (!parts.config.dashboards) return;
  new ServiceDashboard(stack, 'DashboardOfBoth', {
    dashboardName: parts.names.dashboard('both-regions'),
    regions: Object.entries(halves).map(([region, identifier]) =>
      shownRegion(region, identifier, parts),
    ),
  });
};
