import { describe, expect, it } from 'vitest';
import { ratioSpreadMax, spreadOf, worst } from '../../bench/support/rounds.ts';

describe('the spread of rounds', () => {
  it('is a share of the size of their median, also of differences below zero', () => {
    expect(spreadOf([8, 10, 12])).toBeCloseTo(0.4);
    expect(spreadOf([-8, -10, -12])).toBeCloseTo(0.4);
    expect(spreadOf([-8, -10, -12])).toBeGreaterThan(ratioSpreadMax);
  });
});

describe('the worst round', () => {
  it('is the one at the end that the bar is at', () => {
    expect(worst([0, 0, 0.1], 'largest')).toBe(0.1);
    expect(worst([0.95, 0.85, 0.99], 'smallest')).toBe(0.85);
  });

  it('is no number where there is none, so that it meets no bar', () => {
    expect(worst([], 'largest')).toBeNaN();
    expect(worst([], 'smallest')).toBeNaN();
  });
});
