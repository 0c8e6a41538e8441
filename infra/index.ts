/**
 * The infrastructure of a declared service in two Regions, and the CDK constructs that it is made
 * of.
 *
 * @packageDocumentation
 */

export { type Bundle, type BundleOptions, bundle, bundleAll } from './bundling/bundle.ts';
export { type BundlePluginOptions, bundlePlugin } from './bundling/bundle-plugin.ts';
export { type OmittablePart, omittableParts } from './bundling/parts/bundle-parts.ts';
export { Canary, type CanaryMinutes, type CanaryProps } from './canary/canary.ts';
export { type BuildOptions, buildCloudFormation, buildLambda } from './cloudformation/build.ts';
export { CrossRegionRule, type CrossRegionRuleProps } from './constructs/cross-region-rule.ts';
export { DeadLetterQueue, type DeadLetterQueueProps } from './constructs/dead-letter-queue.ts';
export {
  DsqlCluster,
  type DsqlClusterAttributes,
  DsqlClusterBase,
  type DsqlClusterProps,
} from './constructs/dsql-cluster.ts';
export { EventBus, type EventBusProps } from './constructs/event-bus.ts';
export { EventConsumer, type EventConsumerProps } from './constructs/event-consumer.ts';
export { Migration, type MigrationProps } from './constructs/migration.ts';
export { OutboxRelay, type OutboxRelayProps } from './constructs/outbox-relay.ts';
export { InvalidProp } from './constructs/props.ts';
export {
  type AsyncPolicy,
  type FunctionSurroundings,
  patient,
  ServiceFunction,
  type ServiceFunctionProps,
} from './constructs/service-function.ts';
export { grantCallUrl } from './constructs/url-callers.ts';
export { AlarmTopic, type AlarmTopicProps } from './operations/alarm-topic.ts';
export { ApiAlarms, type ApiAlarmsProps } from './operations/api-alarms.ts';
export { BusAlarm, type BusAlarmProps } from './operations/bus-alarm.ts';
export { ClusterBackups, type ClusterBackupsProps } from './operations/cluster-backups.ts';
export { CostBudget, type CostBudgetProps } from './operations/cost-budget.ts';
export { DatabaseAlarms, type DatabaseAlarmsProps } from './operations/database-alarms.ts';
export { ErrorBudget, type ErrorBudgetProps } from './operations/error-budget.ts';
export { FaultExperiment, type FaultExperimentProps } from './operations/fault-experiment.ts';
export type { ReportedMetrics } from './operations/metrics.ts';
export { PrivateNetwork, type PrivateNetworkProps } from './operations/private-network.ts';
export {
  ServiceDashboard,
  type ServiceDashboardProps,
  type ShownRegion,
} from './operations/service-dashboard.ts';
export { ServiceKey, type ServiceKeyProps } from './operations/service-key.ts';
export { SilenceAlarm, type SilenceAlarmProps } from './operations/silence-alarm.ts';
export { DeleteClusters, type DeleteClustersProps } from './peering/delete-clusters.ts';
export {
  type NamingStack,
  type PeerCluster,
  PeerClusters,
  type PeerClustersProps,
  peerClustersEntry,
} from './peering/peer-clusters.ts';
export { buildTerraform, type TerraformOptions } from './terraform/build.ts';
export { bundleService, type ServiceBundles, type ServiceEntries } from './two-regions/bundles.ts';
export { InvalidConfig, readConfig, type TwoRegionConfig } from './two-regions/config.ts';
export { DataStack, type DataStackProps } from './two-regions/data-stack.ts';
export type { AddedFunction, FunctionSettings } from './two-regions/function-settings.ts';
export { PeeringStack, type PeeringStackProps } from './two-regions/peering-stack.ts';
export { RegionalService, type RegionalServiceProps } from './two-regions/regional-service.ts';
export {
  ServiceStack,
  type ServiceStackProps,
  type SurroundingsOf,
} from './two-regions/service-stack.ts';
export { type SynthesizeOptions, synthesizeTwoRegions } from './two-regions/synthesize.ts';
export {
  createTwoRegions,
  type TwoRegions,
  type TwoRegionsProps,
} from './two-regions/two-regions.ts';
