import { expect, it } from 'vitest';
import {
  sdkHelp,
  sdkPackages,
} from '../../../../../packages/cli/src/commands/regions/halves-options.ts';
import { requirePackages } from '../../../../../packages/cli/src/commands/service/sdk.ts';

it('names every package that is missing in one line', () => {
  expect(() => requirePackages(['@aws-sdk/client-none', 'pg', '@aws-sdk/client-void'])).toThrow(
    '@aws-sdk/client-none, @aws-sdk/client-void are not installed: npm install --save-dev @aws-sdk/client-none @aws-sdk/client-void',
  );
  expect(() => requirePackages(['@aws-sdk/client-none'])).toThrow(
    '@aws-sdk/client-none is not installed: npm install --save-dev @aws-sdk/client-none',
  );
  expect(() => requirePackages(sdkPackages)).not.toThrow();
});

it('asks for the packages that the help names', () => {
  const named = sdkHelp.match(/client-[a-z-]+/g) ?? [];
  expect(sdkPackages).toEqual(named.map((name) => `@aws-sdk/${name}`));
});
