import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../../packages/cli/src/local/template/json.ts';
import { parseTemplateText } from '../../../../../../packages/cli/src/local/template/text/parse-template.ts';

const topic = { Type: 'AWS::SNS::Topic' };
const members = (count: number, value: Json): Readonly<Record<string, Json>> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`Name${at}`, value]));
const nested = (levels: number): Json =>
  Array.from({ length: levels }).reduce<Json>((inner) => ({ In: inner }), 'end');
const json = (more: Readonly<Record<string, Json>>): string =>
  JSON.stringify({ Resources: { Topic: topic }, ...more });
const deepText = `{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}}}`;

describe('the text of a template', () => {
  it.each<[string, string, string]>([
    [
      'has an error in its JSON',
      '{"Resources":\n  {"A" 1}}',
      'JSON not well-formed. (line 2, column 8)',
    ],
    ['ends too early', '{"Resources":', 'JSON not well-formed.'],
    ['has an error in its YAML', 'Resources:\n  A: [', 'YAML not well-formed. (line 2, column 7)'],
    ['uses an alias', 'A: &a 1\nB: *a', 'YAML aliases are not allowed in CloudFormation templates'],
    ['uses a tag that is no function', 'A: !Foo 1', 'YAML not well-formed. (unknown tag !Foo)'],
    ['is a text', 'no template', 'unsupported structure.'],
    ['is a list', '- 1', 'unsupported structure.'],
    ['has no resources', '{}', 'At least one Resources member must be defined.'],
    ['has no resource', '{"Resources":{}}', 'At least one Resources member must be defined.'],
    [
      'has a resource that is a text',
      json({ Resources: { A: 'x' } }),
      '[/Resources/A] resource definition is malformed',
    ],
    [
      'has a resource without a type',
      json({ Resources: { A: {} } }),
      '[/Resources/A] Every Resources object must contain a Type member.',
    ],
    [
      'has null',
      json({ Resources: { A: { ...topic, Properties: { B: [1, null] } } } }),
      "[/Resources/A/Properties/B/1] 'null' values are not allowed in templates",
    ],
    [
      'names a resource with a hyphen',
      json({ Resources: { 'a-b': topic } }),
      'Resource name a-b is non alphanumeric.',
    ],
    [
      'names a parameter with an underscore',
      json({ Parameters: { a_b: { Type: 'String' } } }),
      'Parameter name a_b is non alphanumeric.',
    ],
    [
      'has 501 resources',
      json({ Resources: members(501, topic) }),
      'Number of resources, 501, is greater than maximum allowed, 500',
    ],
    [
      'has 201 parameters',
      json({ Parameters: members(201, { Type: 'String' }) }),
      'Number of parameters, 201, is greater than maximum allowed, 200',
    ],
    [
      'has 201 outputs',
      json({ Outputs: members(201, { Value: 'x' }) }),
      'Number of outputs, 201, is greater than maximum allowed, 200',
    ],
    [
      'has 201 mappings',
      json({ Mappings: members(201, {}) }),
      'Number of mappings, 201, is greater than maximum allowed, 200',
    ],
    [
      'is nested in 300 levels',
      json({ Metadata: nested(300) }),
      'the template is nested in more than 200 levels',
    ],
    [
      'is nested as deep as a request is long',
      deepText,
      'the template is nested in more than 200 levels',
    ],
    [
      'has conditions that need each other',
      json({ Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] } } }),
      'conditions: circular dependency: A → B → A',
    ],
    [
      'has a condition that needs itself',
      json({ Conditions: { A: { 'Fn::And': [{ 'Fn::If': ['A', 1, 2] }, true] } } }),
      'conditions: circular dependency: A → A',
    ],
  ])('is refused in one line when it %s', (_, text, problem) => {
    expect(() => parseTemplateText(text)).toThrow(
      expect.objectContaining({
        name: 'TemplateFormatError',
        message: `Template format error: ${problem}`,
      }),
    );
  });

  it('is refused when it is nested in YAML as deep as a request is long', () => {
    const text = `A: ${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(() => parseTemplateText(text)).toThrow('Template format error: YAML not well-formed.');
  });

  it('is read at the limits, and with names that objects have anyway', () => {
    const names = { constructor: topic, toString: topic, valueOf: topic };
    const conditions = {
      constructor: { Condition: 'toString' },
      toString: { 'Fn::Equals': [1, 1] },
    };
    const text = JSON.stringify({
      Resources: { ...members(497, topic), ...names },
      Conditions: conditions,
      Metadata: nested(198),
    });
    expect(parseTemplateText(text)).toEqual(JSON.parse(text));
  });
});

describe('a template in YAML', () => {
  it('has its functions in the short form and in the long one', () => {
    const text = `
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  Live: !Equals [!Ref Stage, live]
  Idle: !Not [!Condition Live]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: Live
    Properties:
      TopicName: !Sub
        - \${Name}-\${AWS::Region}
        - Name: !GetAtt Queue.Arn.Part
      Same: { Fn::GetAtt: [Queue, Arn] }
      Text: !Sub "\${Stage}"
      Policy: !If [Live, !Ref Topic, !Ref AWS::NoValue]
      Joined: !Join ['-', [!Select [0, !GetAZs ''], !Base64 x]]
      Folded: >-
        one
        two
      Numbers: [1, 0.5, '012', true, yes]
      Stack: !ImportValue
        Fn::Sub: \${AWS::StackName}-out
      Day: 2026-11-30
      5: five
`;
    expect(parseTemplateText(text)).toEqual({
      AWSTemplateFormatVersion: '2010-09-09',
      Conditions: {
        Live: { 'Fn::Equals': [{ Ref: 'Stage' }, 'live'] },
        Idle: { 'Fn::Not': [{ Condition: 'Live' }] },
      },
      Resources: {
        Topic: {
          Type: 'AWS::SNS::Topic',
          Condition: 'Live',
          Properties: {
            TopicName: {
              'Fn::Sub': [
                `\${Name}-\${AWS::Region}`,
                { Name: { 'Fn::GetAtt': ['Queue', 'Arn.Part'] } },
              ],
            },
            Same: { 'Fn::GetAtt': ['Queue', 'Arn'] },
            Text: { 'Fn::Sub': `\${Stage}` },
            Policy: { 'Fn::If': ['Live', { Ref: 'Topic' }, { Ref: 'AWS::NoValue' }] },
            Joined: {
              'Fn::Join': [
                '-',
                [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, { 'Fn::Base64': 'x' }],
              ],
            },
            Folded: 'one two',
            Numbers: [1, 0.5, '012', true, true],
            Stack: { 'Fn::ImportValue': { 'Fn::Sub': `\${AWS::StackName}-out` } },
            Day: '2026-11-30',
            5: 'five',
          },
        },
      },
    });
  });
});
