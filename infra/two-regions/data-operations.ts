import type { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import type { FunctionSurroundings } from '../constructs/service-function.ts';
import { AlarmTopic } from '../operations/alarm-topic.ts';
import { DatabaseAlarms } from '../operations/database-alarms.ts';
import type { ServiceNames } from './names.ts';
import type { OperationsConfig } from './operations-config.ts';
import type { SurroundingsOf } from './service-stack.ts';

/** The parts of one Region's half of a database that are watched. */
export type OperatedData = {
  readonly config: OperationsConfig;
  readonly names: Pick<ServiceNames, 'alarmTopic'>;
  readonly cluster: DsqlClusterBase;
  readonly surroundings: FunctionSurroundings;
};

/**
 * Adds to a data stack what its configuration asks for: the topic of the Region's alarms, and the
 * alarms on the cluster.
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
  if (!config.alarms) return;
  new DatabaseAlarms(stack, 'DatabaseAlarms', {
    ...{ cluster, namePrefix: stack.stackName },
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
    surroundings: SurroundingsOf = () => ({}),
  ): SurroundingsOf =>
  (stack) => {
    const given = surroundings(stack);
    if (alarmEmail === '') return given;
    const action = topicAction(stack, alarmTopic);
    return { ...given, alarmActions: [...(given.alarmActions ?? []), action] };
  };
