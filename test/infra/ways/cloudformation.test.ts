import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterizedTemplate } from '../../../infra/cloudformation/parameterized.ts';
import { booking } from '../support/booking.ts';
import { anySettings, type Settings } from './any-settings.ts';
import { cloudFormationSystem, intended, plainTemplates } from './cloudformation.ts';
import { compare, outdated, unintended } from './compare.ts';
import { sourceSystem } from './synthesized.ts';

const templates = await plainTemplates(booking);

const usual = sourceSystem(booking);

const differences = (settings: Settings, from: readonly ParameterizedTemplate[] = templates) =>
  compare(
    Object.keys(settings).length === 0 ? usual : sourceSystem(booking, settings),
    cloudFormationSystem(booking, from, settings),
  );

const problems = (settings: Settings, from?: readonly ParameterizedTemplate[]): readonly string[] =>
  unintended(differences(settings, from), intended, 'infra/cloudformation');

describe('plain CloudFormation deploys the same as the CDK app', () => {
  it('with the defaults, but for the differences that are meant', () => {
    expect(problems({})).toEqual([]);
    expect(outdated(differences({}), intended)).toEqual([]);
  });

  it('with any values of its parameters', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(problems(settings)).toEqual([]);
      }),
      { numRuns: 3 },
    );
  });
});

describe('a setting that only the CDK can follow', () => {
  it('is refused with the reason', async () => {
    await expect(plainTemplates(booking, { CANARY_MINUTES: '5' })).rejects.toThrow(
      'CANARY_MINUTES needs the CDK: the name of a published version is calculated',
    );
  });
});

describe('a change that one of the templates misses is red', () => {
  const changed = (part: string, from: RegExp, to: string): readonly ParameterizedTemplate[] =>
    templates.map((one) => {
      if (one.part !== part) return one;
      const text = JSON.stringify(one.template);
      expect(text).toMatch(from);
      return { part, template: JSON.parse(text.replace(from, to)) };
    });

  it.each([
    [
      'a property of a function',
      'primary',
      /"Handler":"index.handler"/,
      '"Handler":"other"',
      'Handler',
    ],
    ['a variable', 'primary', /"DSQL_USER":"\w+"/, '"DSQL_USER":"other"', 'DSQL_USER'],
    ['an action of a role', 'primary', /"dsql:DbConnect"/, '"dsql:DbConnectAdmin"', 'Statement'],
    ['the pattern of a rule', 'primary', /"SeatsReleased"/, '"SeatsGone"', 'EventPattern'],
    [
      'a retry',
      'secondary',
      /"MaximumRetryAttempts":0/,
      '"MaximumRetryAttempts":1',
      'MaximumRetryAttempts',
    ],
    [
      'a queue',
      'secondary',
      /"MessageRetentionPeriod":\d+/,
      '"MessageRetentionPeriod":60',
      'MessageRetentionPeriod',
    ],
    [
      'an alarm',
      'data-primary',
      /"EvaluationPeriods":3/,
      '"EvaluationPeriods":2',
      'EvaluationPeriods',
    ],
    ['the schedule', 'primary', /"rate\(1 minute\)"/, '"rate(2 minutes)"', 'ScheduleExpression'],
    [
      'the archive',
      'primary',
      /"RetentionDays":\{"Ref":"EventRetentionDays"\}/,
      '"RetentionDays":1',
      'RetentionDays',
    ],
    [
      'a cluster',
      'data-secondary',
      /"DeletionProtectionEnabled":true/,
      '"DeletionProtectionEnabled":false',
      'DeletionProtectionEnabled',
    ],
    [
      'a policy of deletion',
      'data-secondary',
      /"RetainExceptOnCreate"/,
      '"Delete"',
      'DeletionPolicy',
    ],
    ['a tag', 'data-peering', /\{"Ref":"Owner"\}/, '"nobody"', 'Tags'],
    [
      'an output',
      'secondary',
      /"DatabaseSchema":\{"Value":"\w+"\}/,
      '"DatabaseSchema":{"Value":"other"}',
      'DatabaseSchema',
    ],
    [
      'a resource that is missing',
      'primary',
      /"Type":"AWS::Events::Archive"/,
      '"Condition":"TracingIsOn","Type":"AWS::Events::Archive"',
      'Archive',
    ],
  ])('such as %s', (_, part, from, to, where) => {
    const [line, ...others] = problems({}, changed(part, from, to));
    expect(others).toEqual([]);
    expect(line).toContain(where);
    expect(line).toContain('change infra/cloudformation');
  });
});
