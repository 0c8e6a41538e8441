import { describe, expect, it } from 'vitest';
import { refuseBrokenRules } from '../../../../../packages/cli/src/local/deployment/stacks/rules.ts';
import type { Json } from '../../../../../packages/cli/src/local/template/json.ts';

const parameters = { First: 'us-east-2', Stage: 'test' };
const ruleOf = (assert: Json, more: Readonly<Record<string, Json>> = {}) => ({
  Stays: { ...more, Assertions: [{ Assert: assert, AssertDescription: 'set it back' }] },
});
const equals = (parameter: string, value: string): Json => ({
  'Fn::Equals': [{ Ref: parameter }, value],
});
const run = (rules: Readonly<Record<string, Json>>): string => {
  try {
    refuseBrokenRules(rules, parameters);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const failed = 'Rule Stays failed: set it back';

describe('the rules of a template', () => {
  it.each<[Json, string]>([
    [equals('First', 'us-east-2'), ''],
    [equals('First', 'eu-west-1'), failed],
    [{ 'Fn::Not': [equals('First', 'us-east-2')] }, failed],
    [{ 'Fn::And': [equals('First', 'us-east-2'), equals('Stage', 'other')] }, failed],
    [{ 'Fn::Or': [equals('First', 'other'), equals('Stage', 'test')] }, ''],
    [{ 'Fn::Contains': [['test', 'live'], { Ref: 'Stage' }] }, ''],
    [{ 'Fn::Contains': [['live'], { Ref: 'Stage' }] }, failed],
  ])('are held against the parameters: %j', (assert, message) => {
    expect(run(ruleOf(assert))).toBe(message);
  });

  it('do not count where their condition does not hold', () => {
    const broken = equals('First', 'other');
    expect(run(ruleOf(broken, { RuleCondition: equals('Stage', 'live') }))).toBe('');
    expect(run(ruleOf(broken, { RuleCondition: equals('Stage', 'test') }))).toBe(failed);
  });

  it('are refused where one has a function that does not run here', () => {
    expect(run(ruleOf({ 'Fn::RefAll': 'AWS::EC2::VPC::Id' }))).toBe(
      'Template error: Fn::RefAll does not run in rules here',
    );
  });

  it('know no function and no parameter by a name that objects have anyway', () => {
    expect(run(ruleOf({ constructor: [] }))).toBe(
      'Template error: constructor does not run in rules here',
    );
    const text = String(Object);
    expect(run(ruleOf({ 'Fn::Equals': [{ Ref: 'constructor' }, text] }))).toBe(failed);
  });
});
