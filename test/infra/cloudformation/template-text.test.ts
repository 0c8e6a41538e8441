// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub

import { describe, expect, it } from 'vitest';
import { withFunctions } from '../../../infra/cloudformation/template-text.ts';

const stands = new Map([
  ['zqName', { Ref: 'Name' }],
  ['7919', { Ref: 'Size' }],
]);

const region = { Ref: 'AWS::Region' };

describe('a text with marks', () => {
  it.each([
    ['stays as it is without a mark', 'plain ${x}', 'plain ${x}'],
    ['becomes the function where it is a mark', 'zqName', { Ref: 'Name' }],
    ['gets the function in its place', 'a-zqName-b', { 'Fn::Sub': 'a-${Name}-b' }],
    ['keeps a dollar sign', '${L} zqName', { 'Fn::Sub': '${!L} ${Name}' }],
    ['becomes the function where it is a number', 7919, { Ref: 'Size' }],
    ['gets a number only where that is whole', 'a7919b 7919', { 'Fn::Sub': 'a7919b ${Size}' }],
    [
      'is joined with other texts',
      { 'Fn::Join': ['', ['arn:', region, ':zqName']] },
      { 'Fn::Sub': 'arn:${AWS::Region}:${Name}' },
    ],
    [
      'names an attribute',
      { 'Fn::Join': ['', ['x', { 'Fn::GetAtt': ['Queue', 'Arn'] }]] },
      { 'Fn::Sub': 'x${Queue.Arn}' },
    ],
    [
      'has a variable for a function that a text cannot name, once',
      { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'a' }, '/', { 'Fn::ImportValue': 'a' }]] },
      { 'Fn::Sub': ['${Value1}/${Value1}', { Value1: { 'Fn::ImportValue': 'a' } }] },
    ],
    [
      'is joined with a function that has a mark',
      { 'Fn::Join': ['', ['x', { 'Fn::ImportValue': 'zqName:out' }]] },
      {
        'Fn::Sub': ['x${Value1}', { Value1: { 'Fn::ImportValue': { 'Fn::Sub': '${Name}:out' } } }],
      },
    ],
    ['keeps its variables', { 'Fn::Sub': '${Key}zqName' }, { 'Fn::Sub': '${Key}${Name}' }],
  ])('%s', (_, value, expected) => {
    expect(withFunctions(value, stands)).toEqual(expected);
  });

  it('cannot be the name of a property', () => {
    expect(() => withFunctions({ zqName: 1 }, stands)).toThrow('would need a parameter');
  });
});
