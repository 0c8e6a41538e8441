import * as v from 'valibot';
import {
  AwsError,
  integer,
  type MissingParameter,
  type Operation,
  operation,
} from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import type { EventBridge } from './bus.ts';
import { busNameOf } from './put-events.ts';
import type { Rule, RuleTarget } from './rule.ts';

/** ListTargetsByRule, API reference. */
const targetsMax = 100;

const ruleSchema = v.strictObject({
  Name: v.string(),
  EventBusName: v.optional(v.string(), 'default'),
});

const listTargetsSchema = v.strictObject({
  Rule: v.string(),
  EventBusName: v.optional(v.string(), 'default'),
  Limit: v.optional(integer, targetsMax),
  NextToken: v.optional(v.string()),
});

/** @throws {AwsError} `ResourceNotFoundException` for a bus or a rule that is not there */
const existing = (bridge: EventBridge, name: string, bus: string): Rule => {
  const busName = busNameOf(bus, bridge);
  if (!bridge.buses.includes(busName)) {
    throw new AwsError(`Event bus ${busName} does not exist.`, {
      code: 'ResourceNotFoundException',
    });
  }
  const found = bridge.rules.find((rule) => rule.name === name && rule.busName === busName);
  if (found) return found;
  throw new AwsError(`Rule ${name} does not exist on EventBus ${busName}.`, {
    code: 'ResourceNotFoundException',
  });
};

/** A rule as `ListRules` and `DescribeRule` answer it. */
export const describeRule = (bridge: EventBridge, rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventPattern: rule.pattern?.text,
  ScheduleExpression: rule.scheduleExpression,
  State: bridge.isEnabled(rule) ? 'ENABLED' : 'DISABLED',
  EventBusName: rule.busName,
});

const describeTarget = (target: RuleTarget) => ({
  Id: target.id,
  Arn: target.arn,
  RoleArn: target.roleArn,
  Input: target.input,
  InputPath: target.inputPath && ['$', ...target.inputPath].join('.'),
  ...(target.kind === 'bus'
    ? {}
    : {
        RetryPolicy: {
          MaximumRetryAttempts: target.retryPolicy.retriesMax,
          MaximumEventAgeInSeconds: target.retryPolicy.ageSecondsMax,
        },
      }),
  DeadLetterConfig:
    target.deadLetterQueueArn === undefined ? undefined : { Arn: target.deadLetterQueueArn },
});

const listTargets = (bridge: EventBridge, input: v.InferOutput<typeof listTargetsSchema>) => {
  const rule = existing(bridge, input.Rule, input.EventBusName);
  const page = pageOf(rule.targets, ({ id }) => id, {
    itemsMax: Math.min(Math.max(1, input.Limit), targetsMax),
    token: input.NextToken,
  });
  if (!page) {
    throw new AwsError('Parameter NextToken is not valid. Reason: No list gave it.', {
      code: 'ValidationException',
    });
  }
  return { Targets: page.items.map(describeTarget), NextToken: page.nextToken };
};

/** The operations on one rule. */
export const ruleOperations = (
  bridge: EventBridge,
  missing: MissingParameter,
): Readonly<Record<string, Operation>> => {
  const setEnabled = (enabled: boolean): Operation =>
    operation(
      ruleSchema,
      ({ Name, EventBusName }) => bridge.setEnabled(existing(bridge, Name, EventBusName), enabled),
      missing,
    );
  return {
    DescribeRule: operation(
      ruleSchema,
      ({ Name, EventBusName }) => describeRule(bridge, existing(bridge, Name, EventBusName)),
      missing,
    ),
    ListTargetsByRule: operation(listTargetsSchema, (input) => listTargets(bridge, input), missing),
    EnableRule: setEnabled(true),
    DisableRule: setEnabled(false),
  };
};
