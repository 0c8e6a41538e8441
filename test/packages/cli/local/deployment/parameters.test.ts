import { expect, it } from 'vitest';
import { parameterValues } from '../../../../../packages/cli/src/local/deployment/stacks/parameters.ts';

it('refuses a pattern that is no regular expression in one line', () => {
  const declarations = { Name: { Type: 'String', AllowedPattern: '[a-' } };
  expect(() => parameterValues(declarations, { Name: { value: 'a' } }, {})).toThrow(
    expect.objectContaining({
      code: 'ValidationError',
      message:
        "Template format error: AllowedPattern of parameter 'Name' is not a regular expression: [a-",
    }),
  );
});

it('takes the name that objects have anyway for a parameter only where it is declared', () => {
  const declarations = { constructor: { Type: 'String', Default: 'mine' } };
  expect(parameterValues(declarations, {}, {})).toEqual({ constructor: 'mine' });
  expect(() => parameterValues({}, { toString: { value: 'a' } }, {})).toThrow(
    'Parameters: [toString] do not exist in the template',
  );
});
