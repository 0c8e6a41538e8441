import { expect, it } from 'vitest';
import { invokedName } from '../../../../../packages/cli/src/commands/regions/region-view.ts';

const aliases = ['arn:aws:lambda:us-east-1:000000000000:function:shop-api:live'];

it.each([
  ['with its alias', 'shop-api', 'shop-api:live'],
  ['by its own name where another function has an alias', 'shop-relay', 'shop-relay'],
  ['by its own name where a longer name has an alias', 'shop', 'shop'],
])('asks a function %s', (_, name, invoked) => {
  expect(invokedName(name, aliases)).toBe(invoked);
});
