import { describe, expect, it } from 'vitest';
import { asciiLowerCase, asciiUpperCase } from '../../../src/domain/kernel/ascii-case.ts';

describe('the case of ASCII letters', () => {
  it('is lowered for A to Z and nothing else', () => {
    expect(asciiLowerCase('@AMZ[`amz{ÄÉ\u212a')).toBe('@amz[`amz{ÄÉ\u212a');
  });

  it('is raised for a to z and nothing else', () => {
    expect(asciiUpperCase('@AMZ[`amz{äéıſ')).toBe('@AMZ[`AMZ{äéıſ');
  });
});
