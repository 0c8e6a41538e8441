import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../../../packages/cli/src/commands/local/api-body.ts';

const answer = (statusCode: unknown, body: unknown) => ({ statusCode, headers: {}, body });

describe('the body of an API that a self-check asks', () => {
  it.each([200, 201, 299])('is parsed from the answer with status %i', (status) => {
    expect(bodyOf('api', answer(status, '{"left":1}'))).toEqual({ left: 1 });
  });

  it.each([199, 300, 404, 503])('is the reason of a failure with status %i', (status) => {
    const asked = () => bodyOf('api', answer(status, '{"error":{"code":"No"}}'));
    expect(asked).toThrow(`api answered ${status}: {"error":{"code":"No"}}`);
  });

  it.each([null, 'text', {}, answer('200', '{}'), answer(200, { left: 1 })])(
    'is not looked for in an answer of another form: %j',
    (other) => {
      expect(() => bodyOf('notes', other)).toThrow('notes did not answer { statusCode, body }');
    },
  );
});
