import { describe, expect, it } from 'vitest';
import { booking } from '../support/booking.ts';
import { type Configuration, everySwitch, teamSurroundings } from '../support/configurations.ts';
import { creationOrder } from '../support/creation-order.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import type { Template } from '../support/template.ts';

const cases: readonly Configuration[] = [
  { name: 'the defaults', environment: {} },
  { name: 'every switch', environment: everySwitch },
  { name: "a team's surroundings", environment: {}, surroundings: teamSurroundings },
];

describe('no resource waits for itself', () => {
  it.each(cases)('with $name', ({ environment, surroundings }) => {
    const app = placeholderApp(booking, { environment, ...(surroundings && { surroundings }) });
    for (const { template } of app.synth().stacks) {
      const { Resources } = template as Template;
      expect(creationOrder({ Resources }).length).toBe(Object.keys(Resources).length);
    }
  });

  it('and a key whose policy names the bus that it encrypts is refused', () => {
    const Condition = { ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': ['Bus', 'Arn'] } } };
    const Resources = {
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [{ Condition }] } } },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { KmsKeyIdentifier: { Ref: 'Key' } } },
    };
    expect(() => creationOrder({ Resources })).toThrow('circular dependency: Key → Bus → Key');
  });
});
