import { expect, it } from 'vitest';
import type { VersionedFunction } from '../../../../../../packages/cli/src/local/lambda/index.ts';
import { functionsByArn } from '../../../../../../packages/cli/src/local/stack/plan/functions-by-arn.ts';

const [latest, live] = ['newest', 'live'].map((name) => ({
  invoke: () => Promise.reject(new Error(`${name} was not called`)),
}));
const found = {
  qualified: (qualifier: string) => ({ $LATEST: latest, live })[qualifier],
} as unknown as VersionedFunction;
const byArn = functionsByArn((region) =>
  region === 'us-east-1' ? new Map([['f', found]]) : undefined,
);
const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';

it.each([arn, `${arn}:$LATEST`])('finds the function %s', (name) => {
  expect(byArn(name)).toBe(latest);
});

it('finds an alias', () => {
  expect(byArn(`${arn}:live`)).toBe(live);
});

it.each([
  ['another account', 'arn:aws:lambda:us-east-1:123456789012:function:f'],
  ['a Region without the app', 'arn:aws:lambda:eu-west-1:000000000000:function:f'],
  ['a version that is not published here', `${arn}:7`],
  ['an alias that is not there', `${arn}:other`],
  ['another service', 'arn:aws:sqs:us-east-1:000000000000:f'],
  ['another name', 'arn:aws:lambda:us-east-1:000000000000:function:g'],
  ['no ARN', 'f'],
])('finds no function of %s', (_, name) => {
  expect(byArn(name)).toBeUndefined();
});
