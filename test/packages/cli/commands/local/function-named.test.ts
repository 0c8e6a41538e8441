import { describe, expect, it } from 'vitest';
import { createFunctionNamed } from '../../../../../packages/cli/src/commands/local/function-named.ts';

const named = createFunctionNamed([
  'shop-booking-api',
  'shop-booking-relay',
  'audit-relay',
  'alone',
]);

describe('a function of a service', () => {
  it('is found by its name in the service', () => {
    expect(named('api')).toBe('shop-booking-api');
    expect(named('booking-relay')).toBe('shop-booking-relay');
    expect(named('alone')).toBe('alone');
  });

  it('is not found by a part of a word', () => {
    expect(() => named('pi')).toThrow('function pi is not there; the app has shop-booking-api');
  });

  it('is refused where several are named so', () => {
    expect(() => named('relay')).toThrow('is one of shop-booking-relay, audit-relay');
  });
});
