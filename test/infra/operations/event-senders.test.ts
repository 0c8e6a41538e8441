import { describe, expect, it } from 'vitest';
import { EventBus } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf, theOnly } from '../support/template.ts';

const bundle = emptyBundle();

const templatesOf = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = placeholderApp(booking, { environment }).synth();
  return (half: string): Template =>
    assembly.getStackByName(`antipode-booking-${half}`).template as Template;
};

const statementOf = (template: Template): unknown =>
  theOnly(template, 'AWS::Events::EventBusPolicy').Properties['Statement'];

const sendersOf = (template: Template): readonly string[] =>
  listOf(at(statementOf(template), 'Condition', 'ArnNotLike', 'aws:PrincipalArn')).map(textOf);

const own = ['ApiRole.Arn', 'RelayRole.Arn'];
const account = 'arn:AWS::Partition:iam::AWS::AccountId';
const people = [`${account}:user/*`, `${account}:role/aws-reserved/sso.amazonaws.com/*`];

describe('the bus of a service', () => {
  it('takes events of the service from its functions, the other Region and people alone', () => {
    const of = templatesOf();
    expect(statementOf(of('primary'))).toMatchObject({
      ...{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'events:PutEvents' },
      Condition: { 'ForAnyValue:StringEquals': { 'events:source': ['shop.booking'] } },
    });
    expect(sendersOf(of('primary'))).toEqual([
      ...own,
      `${account}:role/antipode-booking-to-us-east-1`,
      ...people,
    ]);
    expect(sendersOf(of('secondary'))).toEqual([
      ...own,
      `${account}:role/antipode-booking-to-us-west-2`,
      ...people,
    ]);
  });

  it('knows the role of the rule in the other Region by the name that it has there', () => {
    const of = templatesOf();
    for (const [half, other] of [
      ['primary', 'secondary'],
      ['secondary', 'primary'],
    ] as const) {
      const names = ofType(of(other), 'AWS::IAM::Role').flatMap(
        ([, { Properties }]) => Properties['RoleName'] ?? [],
      );
      expect(names).toHaveLength(1);
      expect(sendersOf(of(half))).toContain(`${account}:role/${names[0]}`);
    }
  });

  it('takes them from nobody else, or from named principals, where that was asked for', () => {
    const strict = templatesOf({ EVENT_SENDERS: 'nobody' });
    expect(sendersOf(strict('primary'))).toEqual([
      ...own,
      `${account}:role/antipode-booking-to-us-east-1`,
    ]);
    const arns = ['arn:aws:iam::123456789012:role/on-call', 'arn:aws:iam::123456789012:user/ci-*'];
    const named = templatesOf({ EVENT_SENDERS: arns.join(' ') });
    expect(sendersOf(named('primary')).slice(-2)).toEqual(arns);
  });
});

describe('a bus by itself', () => {
  const busWith = (senders?: readonly string[]) => {
    const stack = stackOf();
    const bus = new EventBus(stack, 'Events', {
      ...{ eventBusName: 'shop', source: 'shop.box', retentionDays: 1 },
      ...(senders && { senders }),
    });
    // After the policy is made: a grant of later counts too.
    bus.grantPutEvents(functionMaker(bundle)(stack, 'sender', {}));
    return templateOf(stack);
  };

  it('has no policy unless senders are named', () => {
    expect(ofType(busWith(), 'AWS::Events::EventBusPolicy')).toEqual([]);
  });

  it('takes events from those that are named, and from those that it is granted to', () => {
    expect(sendersOf(busWith(['arn:aws:iam::123456789012:role/other']))).toEqual([
      'senderRole.Arn',
      'arn:aws:iam::123456789012:role/other',
    ]);
  });
});
