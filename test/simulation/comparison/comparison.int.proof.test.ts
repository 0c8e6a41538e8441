import { describeComparison } from './comparison.ts';

describeComparison(Array.from({ length: 500 }, (_, index) => index + 41));
