import { describeIsolation } from './isolation.ts';

describeIsolation(200);
