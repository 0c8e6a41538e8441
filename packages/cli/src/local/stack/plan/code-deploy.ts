import { randomUUID } from 'node:crypto';
import { evaluateAlarm, type MetricStore } from '../../cloudwatch/index.ts';
import {
  type CodeDeploy,
  canary,
  createCodeDeploy,
  type DeploymentRequest,
  type Hook,
  linear,
  predefinedSteps,
  type TrafficStep,
} from '../../codedeploy/index.ts';
import type { InvocableFunction } from '../../lambda/index.ts';
import { functionArn } from '../../template/identities.ts';
import { listOf, numberOf, objectOf, stringOf, stringsOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';

export type RegionCodeDeployDeps = {
  readonly region: string;
  /** Everything that is deployed, in all Regions. */
  readonly resources: () => readonly Resource[];
  readonly metrics: MetricStore;
  readonly functionByArn: (arn: string) => InvocableFunction | undefined;
  readonly now: () => number;
  /** How long a minute of a canary lasts here; a second unless given. Milliseconds. */
  readonly minuteMs?: number;
};

/** A canary of five minutes takes five seconds: a person at work waits for it. */
const minuteMsDefault = 1_000;

/** Characters of the id of a deployment behind `d-`. */
const idLength = 9;

/** CodeDeploy of one Region, with its alarms and functions. */
export const createRegionCodeDeploy = (deps: RegionCodeDeployDeps): CodeDeploy => {
  const { region, resources, metrics, functionByArn, now } = deps;
  const { minuteMs = minuteMsDefault } = deps;
  return createCodeDeploy({
    ...{ now, minuteMs },
    alarm: (name) => {
      const found = resources().find(
        (one) => one.type === 'AWS::CloudWatch::Alarm' && one.region === region && one.ref === name,
      );
      return found && evaluateAlarm(found.properties, { metrics, now, minuteMs });
    },
    invoke: (functionName, event) => {
      const arn = functionArn(functionName, region);
      const hook = functionByArn(arn);
      if (!hook) throw new Error(`there is no function ${functionName} for the hook`);
      hook.enqueue(event);
    },
    newId: () => randomUUID().replaceAll('-', '').slice(0, idLength).toUpperCase(),
  });
};

/** CodeDeploy takes it for a group that names no configuration. */
const configurationDefault = 'CodeDeployDefault.LambdaAllAtOnce';

const customSteps = ({ properties }: Resource): readonly TrafficStep[] | undefined => {
  const { TimeBasedCanary, TimeBasedLinear } = objectOf(properties['TrafficRoutingConfig']);
  const { CanaryPercentage, CanaryInterval } = objectOf(TimeBasedCanary);
  const { LinearPercentage, LinearInterval } = objectOf(TimeBasedLinear);
  const [share, time] = [numberOf(CanaryPercentage), numberOf(CanaryInterval)];
  if (share !== undefined && time !== undefined) return canary(share, time);
  const [each, every] = [numberOf(LinearPercentage), numberOf(LinearInterval)];
  return each === undefined || every === undefined ? undefined : linear(each, every);
};

/** The steps of a configuration, of CodeDeploy's own or of the app. */
export const stepsOf = (
  name: string,
  region: string,
  resources: readonly Resource[],
): readonly TrafficStep[] | undefined => {
  const own = resources.find(
    (one) =>
      one.type === 'AWS::CodeDeploy::DeploymentConfig' && one.region === region && one.ref === name,
  );
  return predefinedSteps(name) ?? (own && customSteps(own));
};

const hooksOf = (policy: Resource['properties']): readonly Hook[] =>
  (['BeforeAllowTraffic', 'AfterAllowTraffic'] as const).flatMap((name) => {
    const functionName = stringOf(policy[`${name}Hook`]);
    return functionName === undefined ? [] : [{ name, functionName }];
  });

/**
 * The deployment that the update policy of an alias asks for; `undefined` for an alias without one.
 *
 * @throws {Error} for a group or a configuration that does not exist.
 */
export const deploymentOf = (
  alias: Resource,
  resources: readonly Resource[],
): Omit<DeploymentRequest, 'shift' | 'signal'> | undefined => {
  const policy = objectOf(objectOf(alias.updatePolicy)['CodeDeployLambdaAliasUpdate']);
  const application = stringOf(policy['ApplicationName']);
  if (application === undefined) return undefined;
  const name = stringOf(policy['DeploymentGroupName']) ?? '';
  const group = resources.find(
    (one) =>
      one.type === 'AWS::CodeDeploy::DeploymentGroup' &&
      one.region === alias.region &&
      one.ref === name &&
      one.properties['ApplicationName'] === application,
  );
  if (!group) throw new Error(`No Deployment Group found for name: ${name}`);
  const { properties } = group;
  const configuration = stringOf(properties['DeploymentConfigName']) ?? configurationDefault;
  const steps = stepsOf(configuration, alias.region, resources);
  if (!steps) throw new Error(`No Deployment Configuration found for name: ${configuration}`);
  const { Enabled, Alarms, IgnorePollAlarmFailure } = objectOf(properties['AlarmConfiguration']);
  const rollBack = objectOf(properties['AutoRollbackConfiguration']);
  const alarms = listOf(Alarms).flatMap((one) => stringsOf(objectOf(one)['Name']));
  return {
    ...{ application, group: name, configuration, steps, hooks: hooksOf(policy) },
    alarms: Enabled === true ? alarms : [],
    ignoresMissingAlarms: IgnorePollAlarmFailure === true,
    rollsBackOn: rollBack['Enabled'] === true ? stringsOf(rollBack['Events']) : [],
  };
};
