// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import {
  referencesIn,
  resolveValue,
  type Scope,
} from '../../../../../packages/cli/src/local/template/intrinsics.ts';
import type { Json } from '../../../../../packages/cli/src/local/template/json.ts';

const known: Readonly<Record<string, Json>> = {
  Name: 'orders',
  'AWS::Region': 'us-east-1',
  Port: 5432,
};

const scope: Scope = {
  region: 'us-east-1',
  ref: (name) => {
    if (name === 'AWS::NoValue') return undefined;
    const value = known[name];
    if (value === undefined) throw new Error(`there is no resource or parameter ${name}`);
    return value;
  },
  getAtt: (logicalId, attribute) => `${logicalId}/${attribute}`,
  importValue: (name) => `imported ${name}`,
  stackOutput: (stack, output, region) => `${stack}.${output}@${region}`,
  condition: (name) => name === 'Yes',
  mapping: (map, first, second) => `${map}.${first}.${second}`,
};

const resolve = (value: Json) => resolveValue(value, scope);

describe('resolveValue', () => {
  it.each<[string, Json, Json]>([
    ['Ref', { Ref: 'Name' }, 'orders'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    ['GetAtt as a string with dots in the attribute', { 'Fn::GetAtt': 'A.B.C' }, 'A/B.C'],
    ['Join of numbers and strings', { 'Fn::Join': [':', ['a', 1, { Ref: 'Port' }]] }, 'a:1:5432'],
    ['Sub', { 'Fn::Sub': '${Name}-${Queue.Arn}-${!Kept}' }, 'orders-Queue/Arn-${Kept}'],
    ['Sub with variables', { 'Fn::Sub': ['${a}${Name}', { a: { Ref: 'Port' } }] }, '5432orders'],
    ['Select of Split', { 'Fn::Select': [1, { 'Fn::Split': ['.', 'a.b'] }] }, 'b'],
    ['FindInMap', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'M.us-east-1.k'],
    ['If', { 'Fn::If': ['Yes', 'then', { Ref: 'Nonsense' }] }, 'then'],
    ['If with AWS::NoValue', { a: { 'Fn::If': ['No', 'then', { Ref: 'AWS::NoValue' }] } }, {}],
    ['Equals', { 'Fn::Equals': [{ Ref: 'Name' }, 'orders'] }, true],
    [
      'And, Or, Not',
      { 'Fn::And': [{ 'Fn::Not': [{ Condition: 'No' }] }, { 'Fn::Or': [false, true] }] },
      true,
    ],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Name}-x' } }, 'imported orders-x'],
    [
      'GetStackOutput',
      { 'Fn::GetStackOutput': { StackName: 's', OutputName: 'o', Region: 'r' } },
      's.o@r',
    ],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'us-east-1a'],
    [
      'a property called Condition',
      { Condition: { StringEquals: { a: 'b' } } },
      { Condition: { StringEquals: { a: 'b' } } },
    ],
  ])('resolves %s', (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each<[string, Json, string]>([
    ['an unknown name', { a: [{ Ref: 'Nobody' }] }, 'Nobody'],
    ['an unknown function', { 'Fn::Transform': {} }, 'Fn::Transform'],
    ['a dynamic reference', { Password: '{{resolve:secretsmanager:x}}' }, 'secretsmanager'],
    ['an index behind the end', { 'Fn::Select': [3, ['a']] }, 'no item 3'],
    ['an object where a string is due', { 'Fn::Join': ['', [{ a: 1 }]] }, 'needs a string'],
    ['a malformed call', { 'Fn::If': ['Yes'] }, 'needs a list of 3'],
  ])('refuses %s instead of leaving it as it is', (_, value, reason) => {
    expect(() => resolve(value)).toThrow(reason);
  });

  it('finds every reference, wherever it stands', () => {
    const value = {
      a: [{ Ref: 'One' }, { 'Fn::GetAtt': ['Two', 'Arn'] }],
      b: { 'Fn::Sub': ['${Three.Arn}${x}', { x: { Ref: 'Four' } }] },
      c: { 'Fn::GetAtt': 'Five.Arn' },
    };
    expect(referencesIn(value)).toEqual(
      expect.arrayContaining(['One', 'Two', 'Three', 'Four', 'Five']),
    );
  });
});
