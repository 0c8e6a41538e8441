import { describeIsolation } from './isolation.ts';

describeIsolation(1_500);
