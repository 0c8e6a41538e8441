import type { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import type { DsqlCluster, DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import type { FunctionSurroundings } from '../constructs/service-function.ts';
import { AlarmTopic } from '../operations/alarm-topic.ts';
import { ClusterBackups } from '../operations/cluster-backups.ts';
import { CostBudget } from '../operations/cost-budget.ts';
import { DatabaseAlarms } from '../operations/database-alarms.ts';
import { PrivateNetwork } from '../operations/private-network.ts';
import { ServiceKey } from '../operations/service-key.ts';
import type { TwoRegionConfig } from './config.ts';
import type { ServiceNames } from './names.ts';
import type { OperationsConfig } from './operations-config.ts';
import type { SurroundingsOf } from './service-stack.ts';

/** The parts of one Region's half of a database that are watched. */
export type OperatedData = {
  readonly config: OperationsConfig &
    Pick<TwoRegionConfig, 'protectData' | 'secondaryRegion' | 'application'>;
  readonly names: Pick<ServiceNames, 'alarmTopic' | 'backupVault' | 'serviceStack'>;
  /** Whether it is the first half, whose stack has the only one of a kind. */
  readonly isPrimary: boolean;
  readonly cluster: DsqlClusterBase;
  readonly surroundings: FunctionSurroundings;
};

/**
 * The vault of each Region, and the plan in the primary one.
 *
 * @param parts.isPrimary `false` leaves the plan out
 */
export const addBackups = (
  stack: Stack,
  parts: Omit<OperatedData, 'names'> & { readonly names: Pick<ServiceNames, 'backupVault'> },
): void => {
  const { config, names, cluster, surroundings, isPrimary } = parts;
  const { backupDays: keptDays, backupLock, secondaryRegion: copyRegion } = config;
  if (keptDays === 0) return;
  const { encryptionKey } = surroundings;
  new ClusterBackups(stack, 'Backups', {
    ...{ vaultName: names.backupVault, protect: config.protectData },
    ...defined({ encryptionKey }),
    ...(backupLock !== 'off' && { lock: { mode: backupLock, keptDaysMin: keptDays } }),
    ...(isPrimary && { plan: { cluster, keptDays, copyRegion } }),
  });
};

/**
 * Adds to a data stack what its configuration asks for: the topic of the Region's alarms, the
 * alarms on the cluster, its backups, and the budget.
 */
export const addDataOperations = (stack: Stack, parts: OperatedData): void => {
  const { config, names, cluster, surroundings } = parts;
  const { alarmEmail: email } = config;
  const { encryptionKey, alarmActions = [] } = surroundings;
  const made =
    email === ''
      ? []
      : [
          new AlarmTopic(stack, 'Alarms', {
            ...{ topicName: names.alarmTopic, email },
            ...defined({ encryptionKey }),
          }).action,
        ];
  addBackups(stack, parts);
  if (parts.isPrimary && config.budgetUsd > 0) {
    new CostBudget(stack, 'Budget', {
      ...{ dollars: config.budgetUsd, email, application: config.application },
    });
  }
  if (!config.alarms) return;
  new DatabaseAlarms(stack, 'DatabaseAlarms', {
    ...{ cluster, namePrefix: stack.stackName },
    serviceStack: names.serviceStack(parts.isPrimary ? 'primary' : 'secondary'),
    alarmActions: [...alarmActions, ...made],
  });
};

/**
 * The topic that the data stack of the Region has made. Its ARN is built from its name: an import
 * would keep the address from being taken away again, since the data stack is deployed first.
 */
const topicAction = (stack: Stack, topicName: string): IAlarmAction =>
  new SnsAction(
    Topic.fromTopicArn(
      stack,
      'AlarmTopic',
      stack.formatArn({ service: 'sns', resource: topicName }),
    ),
    // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
  ) as IAlarmAction;

/** The surroundings of service stacks, whose alarms also tell the topic of their Region. */
export const alarming =
  (
    { alarmEmail }: OperationsConfig,
    { alarmTopic }: Pick<ServiceNames, 'alarmTopic'>,
    surroundings: SurroundingsOf,
  ): SurroundingsOf =>
  (stack) => {
    const given = surroundings(stack);
    if (alarmEmail === '') return given;
    const action = topicAction(stack, alarmTopic);
    return { ...given, alarmActions: [...(given.alarmActions ?? []), action] };
  };

/** The surroundings of stacks, each with a key of its own where that was asked for. */
export const keyed =
  (
    { name }: Pick<DeclaredService, 'name'>,
    { customerKey, protectData: protect }: Pick<TwoRegionConfig, 'customerKey' | 'protectData'>,
    surroundings: SurroundingsOf = () => ({}),
  ): SurroundingsOf =>
  (stack) => {
    const given = surroundings(stack);
    if (!customerKey || given.encryptionKey) return given;
    const description = `Encrypts what ${stack.stackName} keeps for ${name}`;
    const { key: encryptionKey } = new ServiceKey(stack, 'Key', { description, protect });
    return { ...given, encryptionKey };
  };

/** The surroundings of a service stack, in a network of its own where that was asked for. */
export const networked =
  (
    config: Pick<TwoRegionConfig, 'privateNetwork' | 'tracing' | 'tracesEndpoint'>,
    cluster: DsqlCluster,
    surroundings: SurroundingsOf,
  ): SurroundingsOf =>
  (stack) => {
    const given = surroundings(stack);
    if (!config.privateNetwork || given.vpc) return given;
    const tracing = config.tracing || config.tracesEndpoint === 'xray';
    const { vpc, functions } = new PrivateNetwork(stack, 'Network', { cluster, tracing });
    return { ...given, vpc, vpcSubnets: PrivateNetwork.subnets, securityGroups: [functions] };
  };
