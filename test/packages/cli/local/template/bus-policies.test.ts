import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import { createPolicies } from '../../../../../packages/cli/src/local/template/policies.ts';
import { model, stack } from './fixture.ts';
import { allow, arn, problemsOf, ref, role } from './permissions-fixture.ts';

const account = 'arn:aws:iam::000000000000';

/** A bus that denies events of `shop` to all but the named principals. */
const busWith = (senders: readonly Json[], changes: JsonObject = {}) => ({
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  Policy: {
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      EventBusName: ref('Bus'),
      StatementId: 'Senders',
      Statement: {
        ...allow('events:PutEvents', arn('Bus')),
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: {
          'ForAnyValue:StringEquals': { 'events:source': ['shop'] },
          ArnNotLike: { 'aws:PrincipalArn': senders },
        },
        ...changes,
      },
    },
  },
});

const denies = (
  resources: Readonly<Record<string, JsonObject>>,
  principalArn: string,
  source = 'shop',
): boolean =>
  createPolicies(
    model([stack('app', 'us-east-1', { Resources: resources })]).resources(),
  ).busDenies('arn:aws:events:us-east-1:000000000000:event-bus/bus', { principalArn, source });

describe('the policy of a bus', () => {
  const sender = `${account}:role/sender`;

  it('denies events of a source to all but those that it names', () => {
    const bus = busWith([sender, `${account}:user/*`]);
    expect(denies(bus, sender)).toBe(false);
    expect(denies(bus, `${account}:user/local`)).toBe(false);
    expect(denies(bus, `${account}:role/sender-2`)).toBe(true);
    expect(denies(bus, `${account}:role/other`)).toBe(true);
  });

  it('denies no event of another source', () => {
    expect(denies(busWith([]), sender, 'other')).toBe(false);
  });

  it.each<[string, JsonObject, boolean]>([
    ['another action', { Action: 'events:PutRule' }, false],
    ['any action', { Action: 'events:*' }, true],
    ['another bus', { Resource: 'arn:aws:events:us-east-1:000000000000:event-bus/x' }, false],
    ['an allowance', { Effect: 'Allow' }, false],
    ['no condition', { Condition: {} }, true],
    ['a condition that is not evaluated', { Condition: { Bool: { 'aws:X': 'true' } } }, false],
    ['equal names', { Condition: { StringNotEquals: { 'aws:PrincipalArn': sender } } }, false],
    ['equal names but one', { Condition: { StringEquals: { 'aws:PrincipalArn': 'x' } } }, false],
    ['a pattern', { Condition: { StringLike: { 'aws:principalArn': '*/sender' } } }, true],
    ['a pattern as a text', { Condition: { StringEquals: { 'aws:principalArn': '*' } } }, false],
  ])('with %s: %j denies it: %s', (_, changes, denied) => {
    expect(denies(busWith([], changes), sender)).toBe(denied);
  });

  it('denies the events of a rule whose role it does not name, before the start', () => {
    const rule = {
      Other: { Type: 'AWS::Events::EventBus', Properties: { Name: 'other' } },
      Role: role('events.amazonaws.com', allow('events:PutEvents', arn('Bus'))),
      Copies: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: ref('Other'),
          EventPattern: { source: ['shop'] },
          Targets: [{ Id: '0', Arn: arn('Bus'), RoleArn: arn('Role') }],
        },
      },
    };
    expect(problemsOf({ ...rule, ...busWith([arn('Role')]) })).toEqual([]);
    expect(problemsOf({ ...rule, ...busWith([]) })).toEqual([
      expect.stringMatching(
        /^will fail in AWS: app\/Copies: the policy of arn:\S+ does not take events of shop from arn:\S+$/,
      ),
    ]);
  });
});
