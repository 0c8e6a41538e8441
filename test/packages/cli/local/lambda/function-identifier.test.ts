import { describe, expect, it } from 'vitest';
import {
  identifierFlaw,
  parseIdentifier,
} from '../../../../../packages/cli/src/local/lambda/function-identifier.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const nameRule =
  /^1 validation error detected: Value '.*' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \(arn:/;

describe('parseIdentifier', () => {
  it.each([
    ['f', { name: 'f' }],
    ['f:7', { name: 'f', qualifier: '7' }],
    ['f:$LATEST', { name: 'f', qualifier: '$LATEST' }],
    ['function:f', { name: 'f' }],
    ['000000000000:f', { account: '000000000000', name: 'f' }],
    ['000000000000:function:f', { account: '000000000000', name: 'f' }],
    ['us-east-1:000000000000:function:f', { region: 'us-east-1', account: '000000000000' }],
    [arn, { region: 'us-east-1', account: '000000000000', name: 'f' }],
    [`${arn}:live`, { region: 'us-east-1', account: '000000000000', qualifier: 'live' }],
    ['arn:aws-cn:lambda:cn-north-1:000000000000:function:f', { region: 'cn-north-1', name: 'f' }],
    // Recorded: the last part is taken for the name.
    ['arn:aws:lambda:us-east-1:000000000000:function', { name: 'function' }],
  ])('reads %s', (identifier, parts) => {
    expect(parseIdentifier(identifier)).toMatchObject(parts);
    expect(identifierFlaw(identifier, undefined)).toBeUndefined();
  });

  it.each([
    '*',
    'my-function!',
    'invalid-account:function:f',
    'arn:aws:lambda:invalid-region:000000000000:function:f',
    'arn:aws:ec2:us-east-1:000000000000:instance:i-1234567890abcdef0',
    'arn:aws:lambda::000000000000:function:f',
    'arn:aws:lambda:us-east-1::function:f',
    `${arn}:1:2`,
    `${arn}:$LATES`,
    'function:f:$LATEST:extra',
    '12345:function:f',
  ])('refuses %s', (identifier) => {
    expect(parseIdentifier(identifier)).toBeUndefined();
    expect(identifierFlaw(identifier, undefined)).toMatch(nameRule);
  });
});

describe('identifierFlaw', () => {
  it('takes a name of 170 characters and refuses one more', () => {
    expect(identifierFlaw('a'.repeat(170), undefined)).toBeUndefined();
    expect(identifierFlaw('a'.repeat(171), undefined)).toContain(
      `at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 170`,
    );
  });

  it('takes a qualifier of 128 characters and refuses one more', () => {
    expect(identifierFlaw('f', 'a'.repeat(128))).toBeUndefined();
    expect(identifierFlaw('f', 'a'.repeat(129))).toBe(
      `1 validation error detected: Value '${'a'.repeat(129)}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`,
    );
  });

  it.each(['$LATEST', '$latest', '7', 'live', '$LATEST.PUBLISHED'])(
    'takes the qualifier %s',
    (qualifier) => expect(identifierFlaw('f', qualifier)).toBeUndefined(),
  );

  it.each(['invalid!', '', 'a:b', '1.2'])('refuses the qualifier %j', (qualifier) => {
    expect(identifierFlaw('f', qualifier)).toBe(
      `1 validation error detected: Value '${qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`,
    );
  });

  it('counts what is wrong with the name and the qualifier together', () => {
    expect(identifierFlaw('*', 'a'.repeat(129))).toMatch(
      /^2 validation errors detected: .*; Value/,
    );
  });
});
