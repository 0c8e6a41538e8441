import { describeComparison } from './comparison.ts';

describeComparison(Array.from({ length: 40 }, (_, index) => index + 1));
