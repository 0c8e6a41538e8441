import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../infra/cloudformation/json.ts';
import { mergeVariants, type Varied } from '../../../infra/cloudformation/merge-variants.ts';

const tracing: Varied = { name: 'Tracing', kind: 'switch', base: 'on' };
const alarms: Varied = { name: 'Alarms', kind: 'switch', base: 'on' };
const timeout: Varied = { name: 'Timeout', kind: 'choice', base: '10' };

const resource = (Properties: JsonObject): JsonObject => ({
  Resources: { One: { Type: 'T', Properties } },
});

const propertiesOf = (node: Json): unknown =>
  (node as unknown as { Resources: { One: { Properties: unknown } } }).Resources.One.Properties;

describe('variants of a template', () => {
  it('give a property that a switch changes a condition', () => {
    const off = { by: tracing, value: 'off', node: resource({ Mode: 'off', Same: 1 }) };
    const { node } = mergeVariants(resource({ Mode: 'on', Same: 1, Added: 2 }), [off]);
    expect(propertiesOf(node)).toEqual({
      Mode: { 'Fn::If': ['TracingIsOn', 'on', 'off'] },
      Same: 1,
      Added: { 'Fn::If': ['TracingIsOn', 2, { Ref: 'AWS::NoValue' }] },
    });
  });

  it('give an item of a list a condition', () => {
    const off = { by: tracing, value: 'off', node: resource({ List: ['a', 'c'] }) };
    const { node } = mergeVariants(resource({ List: ['a', 'b', 'c'] }), [off]);
    const b = { 'Fn::If': ['TracingIsOn', 'b', { Ref: 'AWS::NoValue' }] };
    expect(propertiesOf(node)).toEqual({ List: ['a', b, 'c'] });
  });

  it('give a resource that two switches take away both conditions', () => {
    const without = { Resources: {} };
    const merged = mergeVariants(resource({}), [
      { by: tracing, value: 'off', node: without },
      { by: alarms, value: 'off', node: without },
    ]);
    expect(merged.node).toMatchObject({
      Resources: { One: { Condition: 'TracingIsOnAndAlarmsIsOn' } },
    });
    expect(merged.conditions).toEqual({
      TracingIsOnAndAlarmsIsOn: {
        'Fn::And': [{ Condition: 'TracingIsOn' }, { Condition: 'AlarmsIsOn' }],
      },
    });
  });

  it('put numbers of a choice into a table, with a row for each value', () => {
    const merged = mergeVariants(resource({ Seconds: 10, GRACE_MS: 'after 11 ms of 5' }), [
      { by: timeout, value: '20', node: resource({ Seconds: 20, GRACE_MS: 'after 21 ms of 5' }) },
      { by: timeout, value: '30', node: resource({ Seconds: 30, GRACE_MS: 'after 11 ms of 5' }) },
    ]);
    expect(merged.mappings).toEqual({
      Timeout: { 10: { GraceMs: '11' }, 20: { GraceMs: '21' }, 30: { GraceMs: '11' } },
    });
    expect([...merged.marks.values()]).toEqual([
      { Ref: 'Timeout' },
      { 'Fn::FindInMap': ['Timeout', { Ref: 'Timeout' }, 'GraceMs'] },
    ]);
  });

  it.each([
    [
      'two parameters change one text',
      [
        { by: tracing, value: 'off', node: resource({ Mode: 'b' }) },
        { by: alarms, value: 'off', node: resource({ Mode: 'c' }) },
      ],
      'Resources.One.Properties.Mode depends on Tracing and Alarms',
    ],
    [
      'a choice changes more than numbers',
      [{ by: timeout, value: '20', node: resource({ Mode: 'b' }) }],
      'Resources.One.Properties.Mode changes in more than its numbers',
    ],
    [
      'a resource is there only while a switch is off',
      [
        {
          by: tracing,
          value: 'off',
          node: { Resources: { ...(resource({ Mode: 'a' })['Resources'] as JsonObject), Two: {} } },
        },
      ],
      'Resources.Two is there only while a switch is off',
    ],
  ])('are refused where %s', (_, variants, message) => {
    expect(() => mergeVariants(resource({ Mode: 'a' }), variants)).toThrow(message);
  });
});
