import { describe, expect, it } from 'vitest';
import { type Rule, rules } from '../support/rules.ts';
import { ofType, type Resource, type Template } from '../support/template.ts';
import { synthesizeLedger } from './synthesize.ts';

const { template, templates } = synthesizeLedger();

type Draft = { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };

/** A copy of the primary stack with one thing wrong; `change` sees every resource of `type`. */
const planted = (
  type: string,
  change: (resource: Resource, draft: Draft, id: string) => void,
): Template => {
  const draft = structuredClone(template('primary')) as unknown as Draft;
  for (const [id] of ofType(template('primary'), type)) {
    change(draft.Resources[id] as Resource, draft, id);
  }
  return draft as unknown as Template;
};

const remove = (_: Resource, draft: Draft, id: string): void => {
  delete draft.Resources[id];
};

const set =
  (...path: readonly [string, ...string[]]) =>
  (value: unknown) =>
  (resource: Resource): void => {
    let place = resource.Properties as Record<string, unknown>;
    for (const step of path.slice(0, -1)) place = place[step] as Record<string, unknown>;
    place[path.at(-1) as string] = value;
  };

const violations: readonly (readonly [string, keyof typeof rules, Template])[] = [
  [
    'a role that may do something to everything',
    'wildcards',
    planted(
      'AWS::IAM::Policy',
      set('PolicyDocument')({
        Statement: { Effect: 'Allow', Action: 'dsql:DbConnect', Resource: '*' },
      }),
    ),
  ],
  [
    'a role that may do everything to something',
    'wildcards',
    planted(
      'AWS::IAM::Policy',
      set('PolicyDocument')({ Statement: { Effect: 'Allow', Action: 'sqs:*', Resource: 'queue' } }),
    ),
  ],
  [
    "a role with one of AWS's own policies",
    'wildcards',
    planted('AWS::IAM::Role', set('ManagedPolicyArns')(['arn:aws:iam::aws:policy/*'])),
  ],
  ['a rule target without a dead-letter queue', 'ruleTargets', planted('AWS::SQS::Queue', remove)],
  [
    'a dead-letter queue that a rule may not use',
    'ruleTargets',
    planted('AWS::SQS::QueuePolicy', remove),
  ],
  [
    "a dead-letter queue that is open to another account's rules",
    'ruleTargets',
    planted('AWS::SQS::QueuePolicy', (resource) => {
      const { Statement } = resource.Properties['PolicyDocument'] as {
        Statement: Record<string, unknown>[];
      };
      for (const statement of Statement) delete statement['Condition'];
    }),
  ],
  [
    'a function that a rule may not invoke',
    'ruleTargets',
    planted('AWS::Lambda::Permission', remove),
  ],
  ['a bus that a rule may not send to', 'ruleTargets', planted('AWS::IAM::Policy', remove)],
  [
    'a schedule without a dead-letter queue',
    'scheduleTargets',
    planted('AWS::Scheduler::Schedule', set('Target', 'DeadLetterConfig')(undefined)),
  ],
  [
    'a schedule that may not invoke its function',
    'scheduleTargets',
    planted('AWS::IAM::Policy', remove),
  ],
  [
    'a consumer that forgets what it failed at',
    'asynchronousFunctions',
    planted('AWS::Lambda::EventInvokeConfig', remove),
  ],
  [
    'a consumer that may not send to its queue',
    'asynchronousFunctions',
    planted('AWS::IAM::Policy', remove),
  ],
  ['a queue without an alarm', 'queues', planted('AWS::CloudWatch::Alarm', remove)],
  [
    'a queue whose alarm waits for more than one message',
    'queues',
    planted('AWS::CloudWatch::Alarm', set('Threshold')(10)),
  ],
  ['a queue that takes messages without TLS', 'queues', planted('AWS::SQS::QueuePolicy', remove)],
  ['another runtime', 'functions', planted('AWS::Lambda::Function', set('Runtime')('nodejs22.x'))],
  ['a default timeout', 'functions', planted('AWS::Lambda::Function', set('Timeout')(undefined))],
  [
    'a log that is kept for ever',
    'functions',
    planted('AWS::Lambda::Function', set('LoggingConfig')(undefined)),
  ],
];

describe('every template', () => {
  const cases = Object.entries(templates).flatMap(([stack, of]) =>
    Object.entries(rules).map(([name, rule]) => [stack, name, rule, of] as const),
  );
  it.each(cases)('%s keeps the rule %s', (_stack, _name, rule: Rule, of: Template) => {
    expect(rule(of)).toEqual([]);
  });
});

describe('the rules', () => {
  it.each(violations)('find %s', (_, name, wrong) => {
    expect(rules[name]?.(wrong)).not.toEqual([]);
  });

  it('look at every kind of edge that the service has', () => {
    const primary = template('primary');
    expect(ofType(primary, 'AWS::Events::Rule')).toHaveLength(3);
    expect(ofType(primary, 'AWS::Scheduler::Schedule')).toHaveLength(1);
    expect(ofType(primary, 'AWS::Lambda::EventInvokeConfig')).toHaveLength(3);
    expect(ofType(primary, 'AWS::SQS::Queue')).toHaveLength(7);
  });
});
