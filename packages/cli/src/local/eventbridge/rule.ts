import * as v from 'valibot';
import { parseArn } from '../arn.ts';
import { firstIssue } from '../aws-json.ts';
import { defaultRetryPolicy, type RetryPolicy } from './delivery.ts';
import { compilePattern, type EventPattern } from './pattern/pattern.ts';

export type RuleTarget = {
  readonly id: string;
  readonly kind: 'function' | 'queue' | 'bus';
  readonly arn: string;
  readonly roleArn?: string | undefined;
  /** Sent instead of the event. */
  readonly input: string | undefined;
  /** Keys from the root of the event to the part that is sent. */
  readonly inputPath: readonly string[] | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly deadLetterQueueArn: string | undefined;
};

export type Rule = {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly enabled: boolean;
  readonly pattern: { readonly text: string; readonly compiled: EventPattern } | undefined;
  readonly scheduleExpression: string | undefined;
  readonly targets: readonly RuleTarget[];
};

/** A rule that EventBridge would refuse, or that asks for what the local stack does not do. */
export class InvalidRule extends Error {
  override readonly name = 'InvalidRule';
}

/** PutTargets, quotas. */
const targetsMax = 5;

const targetSchema = v.strictObject({
  Id: v.string(),
  Arn: v.string(),
  RoleArn: v.optional(v.string()),
  Input: v.optional(v.string()),
  InputPath: v.optional(v.string()),
  InputTransformer: v.optional(v.unknown()),
  RetryPolicy: v.optional(
    v.strictObject({
      MaximumRetryAttempts: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(185))),
      MaximumEventAgeInSeconds: v.optional(v.pipe(v.number(), v.minValue(60), v.maxValue(86_400))),
    }),
  ),
  DeadLetterConfig: v.optional(v.strictObject({ Arn: v.string() })),
});

const ruleSchema = v.strictObject({
  Name: v.optional(v.string()),
  Description: v.optional(v.string()),
  EventBusName: v.optional(v.string()),
  EventPattern: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  ScheduleExpression: v.optional(v.string()),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED'])),
  RoleArn: v.optional(v.string()),
  Tags: v.optional(v.unknown()),
  Targets: v.optional(v.pipe(v.array(targetSchema), v.maxLength(targetsMax)), []),
});

type TargetProperties = v.InferOutput<typeof targetSchema>;

type Refuse = (reason: string) => never;

const kinds: Readonly<Record<string, RuleTarget['kind']>> = {
  lambda: 'function',
  sqs: 'queue',
  events: 'bus',
};

const readInputPath = (path: string, refuse: Refuse): readonly string[] => {
  if (!/^\$(\.[\w-]+)*$/.test(path)) {
    refuse(`has the InputPath ${path}; the local stack reads $ and $.name.name only`);
  }
  return path.split('.').slice(1);
};

const checkBusTarget = (target: TargetProperties, ownBusArn: string, refuse: Refuse): void => {
  if (target.RoleArn === undefined) {
    refuse('is an event bus and needs a RoleArn that may events:PutEvents on it');
  }
  if (target.Input !== undefined || target.InputPath !== undefined) {
    refuse('is an event bus, which takes neither Input nor InputPath');
  }
  if (target.RetryPolicy) refuse('is an event bus, which takes no RetryPolicy');
  if (target.Arn === ownBusArn) refuse("is the rule's own event bus");
};

const checkRegion = (
  kind: RuleTarget['kind'],
  target: TargetProperties,
  region: string,
  refuse: Refuse,
): void => {
  if (kind !== 'bus' && parseArn(target.Arn)?.region !== region) {
    refuse(`is not in ${region}; only an event bus may be in another Region`);
  }
  const deadLetterArn = target.DeadLetterConfig?.Arn;
  const deadLetterQueue = deadLetterArn === undefined ? undefined : parseArn(deadLetterArn);
  if (deadLetterArn !== undefined && deadLetterQueue?.region !== region) {
    refuse(`has a dead-letter queue that is not in ${region}: ${deadLetterArn}`);
  }
};

const readTarget = (
  properties: TargetProperties,
  owner: { readonly rule: string; readonly region: string; readonly busArn: string },
): RuleTarget => {
  const refuse: Refuse = (reason) => {
    throw new InvalidRule(`Target ${properties.Id} of rule ${owner.rule} ${reason}.`);
  };
  const kind = kinds[parseArn(properties.Arn)?.service ?? ''];
  if (!kind) {
    return refuse(`is ${properties.Arn}; the local stack has functions, queues and event buses`);
  }
  if (properties.InputTransformer !== undefined) {
    refuse('has an InputTransformer, which the local stack does not run: send the whole event');
  }
  if (properties.Input !== undefined && properties.InputPath !== undefined) {
    refuse('has both Input and InputPath; only one may be given');
  }
  checkRegion(kind, properties, owner.region, refuse);
  if (kind === 'bus') checkBusTarget(properties, owner.busArn, refuse);
  const policy = properties.RetryPolicy;
  return {
    id: properties.Id,
    kind,
    arn: properties.Arn,
    roleArn: properties.RoleArn,
    input: properties.Input,
    inputPath:
      properties.InputPath === undefined ? undefined : readInputPath(properties.InputPath, refuse),
    retryPolicy: {
      retriesMax: policy?.MaximumRetryAttempts ?? defaultRetryPolicy.retriesMax,
      ageSecondsMax: policy?.MaximumEventAgeInSeconds ?? defaultRetryPolicy.ageSecondsMax,
    },
    deadLetterQueueArn: properties.DeadLetterConfig?.Arn,
  };
};

/** The ARN of an event bus. */
export const busArn = (region: string, account: string, name: string): string =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`;

/**
 * Reads the resolved properties of an `AWS::Events::Rule`.
 *
 * @throws {InvalidRule} for what EventBridge refuses and what the local stack would otherwise
 * ignore.
 * @throws {InvalidEventPattern} if the pattern is not valid.
 */
export const readRule = (
  properties: unknown,
  {
    name,
    region,
    account,
  }: { readonly name: string; readonly region: string; readonly account: string },
): Rule => {
  const read = v.safeParse(ruleSchema, properties);
  if (!read.success) throw new InvalidRule(`Rule ${name}: ${firstIssue(read.issues)}`);
  const rule = read.output;
  if (rule.EventPattern === undefined && rule.ScheduleExpression === undefined) {
    throw new InvalidRule(`Rule ${name} has neither an EventPattern nor a ScheduleExpression.`);
  }
  const ruleName = rule.Name ?? name;
  const busName = (rule.EventBusName ?? 'default').replace(/^.*:event-bus\//, '');
  if (rule.ScheduleExpression !== undefined && busName !== 'default') {
    throw new InvalidRule(`Rule ${name} has a schedule, which only the default event bus takes.`);
  }
  const path = busName === 'default' ? ruleName : `${busName}/${ruleName}`;
  const owner = { rule: ruleName, region, busArn: busArn(region, account, busName) };
  const text =
    typeof rule.EventPattern === 'object' ? JSON.stringify(rule.EventPattern) : rule.EventPattern;
  return {
    name: ruleName,
    arn: `arn:aws:events:${region}:${account}:rule/${path}`,
    busName,
    enabled: rule.State !== 'DISABLED',
    pattern: text === undefined ? undefined : { text, compiled: compilePattern(text) },
    scheduleExpression: rule.ScheduleExpression,
    targets: rule.Targets.map((target) => readTarget(target, owner)),
  };
};
