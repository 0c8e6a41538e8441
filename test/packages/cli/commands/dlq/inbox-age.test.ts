import { describe, expect, it } from 'vitest';
import { ageRefusal } from '../../../../../packages/cli/src/commands/dlq/inbox-age.ts';

const day = 86_400_000;

describe('the age of an event', () => {
  it('forbids to run it again once the inbox may have forgotten it', () => {
    expect(ageRefusal({ eventAt: 0 }, 30 * day, 30 * day - 1)).toBeUndefined();
    expect(ageRefusal({ eventAt: 0 }, 30 * day, 42 * day)).toBe(
      'its event is 42 d old, and the inbox knows events for 30 d: it would take effect twice if it was handled; find out, then give --forgotten',
    );
  });

  it('forbids nothing where no event, or no function, tells it', () => {
    expect(ageRefusal({ eventAt: undefined }, 30 * day, 42 * day)).toBeUndefined();
    expect(ageRefusal({ eventAt: 0 }, undefined, 42 * day)).toBeUndefined();
  });
});
