import { expect, test } from 'vitest';
import { isRegionName } from '../../../src/domain/kernel/region-name.ts';

test.each(['us-east-1', 'ap-northeast-3', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'])(
  'takes %s for the name of a Region',
  (name) => {
    expect(isRegionName(name)).toBe(true);
  },
);

test.each(['', 'us-east', 'us-east-1a', 'US-EAST-1', 'us--1', ' us-east-1', 'useast-1'])(
  'takes %j for no name of a Region',
  (name) => {
    expect(isRegionName(name)).toBe(false);
  },
);
